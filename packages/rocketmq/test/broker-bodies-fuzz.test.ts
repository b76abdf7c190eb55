import { isDiscoveryError } from "@rollcall/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readClusterInfo } from "../src/protocol/cluster-info.js";
import { readTopicRoute } from "../src/protocol/topic-route.js";
import { damage, damaged } from "./support/damage.js";
import { broker, clusterInfo, topicRoute } from "./support/nameserver-world.js";

const BROKERS = [broker("a"), broker("a", { id: 1, address: "a1:10911" }), broker("b", { zone: "z" })];

/** How many things each reader makes of a body. */
const READERS = [
  { valid: clusterInfo(BROKERS), read: (body: Uint8Array) => readClusterInfo(body, () => undefined).length },
  {
    valid: topicRoute(BROKERS, "t"),
    read: (body: Uint8Array) => {
      const { brokers, queues } = readTopicRoute(body, () => undefined);
      return brokers.length + queues.size;
    },
  },
];

/** Values that nobody promised, where texts, numbers, lists and tables ought to be. */
const anything = fc.constantFrom<unknown>("h:1", "", "6", -1, 0, 2 ** 53, 1.5, null, true, [], {});

/** Mostly what was promised. */
function mostly(promised: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  return fc.oneof({ weight: 40, arbitrary: promised }, anything);
}

const name = mostly(fc.constantFrom("a", "b", "__proto__"));
const count = mostly(fc.nat({ max: 8 }));
const address = mostly(fc.constantFrom("h:1", "h:2", "h:0", "h:70000", "h", "[::1]:1", "::1:1", "http://h:1"));
const addresses = mostly(fc.dictionary(fc.constantFrom("0", "1", "-1", "x", "1.5", "__proto__"), address));
const brokerData = mostly(fc.record({ brokerName: name, cluster: name, brokerAddrs: addresses, zoneName: name }));
const queueData = mostly(fc.record({ brokerName: name, readQueueNums: count, writeQueueNums: count, perm: count }));
const shaped = fc.record({
  brokerAddrTable: mostly(fc.dictionary(fc.string(), brokerData, { maxKeys: 3 })),
  brokerDatas: mostly(fc.array(brokerData, { maxLength: 3 })),
  queueDatas: mostly(fc.array(queueData, { maxLength: 2 })),
  orderTopicConf: name,
});
const bodies = fc.oneof(
  fc.tuple(fc.constantFrom(0, 1), fc.array(damage, { minLength: 1, maxLength: 2 })).map(([reader, changes]) => {
    return { reader, body: changes.reduce(damaged, READERS[reader]?.valid ?? new Uint8Array()) };
  }),
  fc.tuple(fc.constantFrom(0, 1), shaped).map(([reader, value]) => ({ reader, body: Buffer.from(JSON.stringify(value)) })),
);

describe("10 000 bodies that are damaged, or of values that nobody promised", () => {
  it("row 17: are read as something valid, or refused as MALFORMED_RESPONSE; never more is made of one than it holds", () => {
    let refused = 0;
    let read = 0;
    const property = fc.property(bodies, ({ reader, body }) => {
      try {
        if ((READERS[reader]?.read(body) ?? 0) > body.length) throw new Error("more was made of it than it holds");
        read++;
      } catch (error) {
        if (!isDiscoveryError(error) || error.code !== "MALFORMED_RESPONSE") throw error;
        refused++;
      }
    });
    fc.assert(property, { numRuns: 10_000, seed: 6 });
    expect(Math.min(refused, read)).toBeGreaterThan(1_000);
  }, 60_000);

  it("are made of some that can be read", () => {
    expect(READERS.map(({ valid, read }) => read(valid))).toEqual([3, 5]);
  });
});

describe("a body of many brokers", () => {
  it("is read in time that grows with their number only", () => {
    const entry = (at: number): string => `"${at}":{"brokerAddrs":{0:"h${at}:1"},"brokerName":"${at}","cluster":"c"}`;
    const body = `{"brokerAddrTable":{${Array.from({ length: 100_000 }, (_, at) => entry(at)).join(",")}}}`;
    expect(readClusterInfo(Buffer.from(body), () => undefined)).toHaveLength(100_000);
  }, 30_000);
});
