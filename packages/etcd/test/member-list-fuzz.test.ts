import { isDiscoveryError, MetadataPoller } from "@rollcall/core";
import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import { memberEndpoints, readMemberList } from "../src/etcd-members-metadata.js";
import { hostileAnswers, SECRET } from "./support/hostile-list.js";
import { votersAt } from "./support/member-list.js";
import { harness } from "./support/source-harness.js";

const RUNS = { numRuns: 10_000, seed: 7 };

describe("10 000 hostile answers", () => {
  it("row 7: are read as something valid, or refused as MALFORMED_RESPONSE; never more is made of one than it holds", () => {
    let refused = 0;
    let read = 0;
    const property = fc.property(hostileAnswers, (bytes) => {
      try {
        const { metadata } = readMemberList(bytes);
        const endpoints = memberEndpoints(metadata, "http");
        if (metadata.members.length + endpoints.length > bytes.length) throw new Error("more was made of it than it holds");
        if (!endpoints.every(({ host, port }) => /^[^\s\p{C}]+$/u.test(host) && port > 0 && port < 65_536))
          throw new Error("a bad address");
        if (JSON.stringify(endpoints.map(({ id, host }) => id + host)).includes(SECRET)) throw new Error("a secret");
        if (endpoints.length > 0) read += 1;
      } catch (error) {
        if (!isDiscoveryError(error) || error.code !== "MALFORMED_RESPONSE" || String(error).includes(SECRET)) throw error;
        refused += 1;
      }
    });
    fc.assert(property, RUNS);
    // Else they would be too wild, or too tame, to prove anything.
    expect(Math.min(refused, read)).toBeGreaterThan(1_000);
  }, 120_000);

  it("row 7: never make a poller give up its last good set or print a secret, nor warn of anything but loopback addresses, once", async () => {
    const warn = vi.spyOn(process, "emitWarning").mockImplementation(() => undefined);
    const { source, transport, clock } = harness({ seeds: ["a:1"], foreign: "refuse" });
    const urls = ["http://a:1", "http://b:1", "http://c:1"];
    const good = votersAt(...urls);
    let answer = good;
    for (const url of urls) transport.members.set(url, () => answer);
    const poller = new MetadataPoller(source, { clock, probe: false, lingerMs: Number.POSITIVE_INFINITY, minIntervalMs: 10 });
    const poll = async (next: Uint8Array): Promise<unknown> => {
      answer = next;
      const polled = poller.refresh().catch((error: unknown) => error);
      await clock.advance(10);
      return await polled;
    };
    const { endpoints } = (await poll(good)) as { endpoints: unknown };
    const outcomes = new Map<string, number>();
    const property = fc.asyncProperty(hostileAnswers, async (bytes) => {
      const before = poller.snapshot;
      const outcome = await poll(bytes);
      const code = isDiscoveryError(outcome) ? outcome.code : "applied";
      outcomes.set(code, (outcomes.get(code) ?? 0) + 1);
      if (!["applied", "HELD"].includes(code)) expect(poller.snapshot).toBe(before);
      expect(poller.snapshot?.endpoints).not.toEqual([]);
      expect(JSON.stringify(poller) + String(outcome)).not.toContain(SECRET);
      // What was believed may be so much longer that the good list has to be confirmed.
      for (let polls = 0; polls < 3 && (poller.snapshot !== before || code === "HELD"); polls += 1) await poll(good);
      expect(poller.snapshot?.endpoints).toEqual(endpoints);
    });
    await fc.assert(property, { ...RUNS, endOnFailure: true });
    expect([...outcomes.keys()].sort()).toEqual(["EMPTY_METADATA", "FOREIGN_CLUSTER", "HELD", "MALFORMED_RESPONSE", "applied"]);
    expect(warn.mock.calls.map(([, options]) => options)).toMatchObject([{ code: "ROLLCALL_ETCD_LOOPBACK" }]);
    expect(String(warn.mock.calls[0]?.[0])).not.toMatch(new RegExp(`${SECRET}|\\p{C}`, "u"));
    warn.mockRestore();
    await poller.close();
  }, 120_000);
});
