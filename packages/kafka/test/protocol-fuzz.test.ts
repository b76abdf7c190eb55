import { isDiscoveryError } from "@rollcall/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readApiVersions } from "../src/protocol/api-versions.js";
import { readDescribeCluster } from "../src/protocol/describe-cluster.js";
import { readMetadata } from "../src/protocol/metadata.js";
import { type AnsweredTopic, BROKERS, describeClusterAnswer, metadataAnswer } from "./support/kafka-answers.js";
import { apiVersions } from "./support/loopback-broker.js";

interface Reading {
  readonly valid: Uint8Array;
  readonly read: (bytes: Uint8Array) => unknown;
}

const TOPICS: readonly AnsweredTopic[] = ["a", "b"].map((name) => ({
  name,
  partitions: [0, 1, 2].map((partition) => ({ partition, leader: 1, epoch: 3, replicas: [1, 2], inSync: [1], offline: [2] })),
}));

const READINGS: readonly Reading[] = [
  { valid: apiVersions([3, 0, 13], [60, 0, 2]), read: readApiVersions },
  ...[0, 1, 2].map((version) => ({
    valid: describeClusterAnswer(version),
    read: (bytes: Uint8Array) => readDescribeCluster(bytes, version),
  })),
  ...Array.from({ length: 13 }, (_, index) => index + 1).map((version) => ({
    valid: metadataAnswer(version, { topics: TOPICS }),
    read: (bytes: Uint8Array) => readMetadata(bytes, version),
  })),
];

/** One change: at a place (0 to 1 of the length), of a kind, with some bytes. */
const change = fc.record({
  at: fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }),
  kind: fc.constantFrom("flip", "flip", "flip", "cut", "insert", "overwrite", "replace"),
  bytes: fc.oneof(
    fc.uint8Array({ minLength: 1, maxLength: 8 }),
    fc.constantFrom(...["7fffffff", "ffffffff", "ffffffff0f", "00", "80"].map((text) => Buffer.from(text, "hex"))),
  ),
});

function changed(valid: Uint8Array, { at, kind, bytes }: { at: number; kind: string; bytes: Uint8Array }): Uint8Array {
  const place = Math.floor(at * valid.length);
  const before = valid.subarray(0, place);
  if (kind === "cut") return before;
  if (kind === "replace") return bytes;
  if (kind === "insert") return Buffer.concat([before, bytes, valid.subarray(place)]);
  if (kind === "overwrite") return Buffer.concat([before, bytes, valid.subarray(place + bytes.length)]);
  const copy = Uint8Array.from(valid);
  copy[place] = (copy[place] ?? 0) ^ (1 << ((bytes[0] ?? 0) % 8));
  return copy;
}

/** How many things an answer holds: none of them can be had for less than a byte. */
function count(value: unknown): number {
  if (value instanceof Map) return value.size;
  if (typeof value !== "object" || value === null) return 0;
  const inside = Object.values(value).reduce((sum: number, one) => sum + count(one), 0);
  return inside + (Array.isArray(value) ? value.length : 0);
}

describe("10 000 damaged answers", () => {
  it("row 19: are read as something valid, or refused with a DiscoveryError; never more is made of one than it holds", () => {
    let refused = 0;
    let read = 0;
    const damaged = fc.tuple(fc.constantFrom(...READINGS), fc.array(change, { minLength: 1, maxLength: 2 }));
    const property = fc.property(damaged, ([reading, changes]) => {
      const bytes = changes.reduce(changed, reading.valid);
      try {
        if (count(reading.read(bytes)) > bytes.length) throw new Error("more was made of it than it holds");
        read++;
      } catch (error) {
        if (!isDiscoveryError(error)) throw error;
        refused++;
      }
    });
    fc.assert(property, { numRuns: 10_000, seed: 5 });
    // Else the changes would be too wild, or too tame, to prove anything.
    expect(Math.min(refused, read)).toBeGreaterThan(1_000);
  }, 30_000);

  it("are made of answers that can be read", () => {
    for (const { valid, read } of READINGS) expect(count(read(valid))).toBeGreaterThan(1);
    expect(BROKERS).toHaveLength(3);
  });
});
