import { DiscoveryError } from "@rollcall/core";
import { hang } from "@rollcall/testkit";
import { describe, expect, it } from "vitest";
import { bootstrapBrokers } from "../src/bootstrap-brokers.js";
import { atOnce, bootstrapScene, broker, clusterOf, picks, tally } from "./support/bootstrap-scene.js";

const NOBODY = "no-kafka-broker-is-known-yet.invalid:9092";
const seeds = ["seed-1.test", "seed-2.test:9093"];
const isSeed = /^seed-(1\.test:9092|2\.test:9093)$/;

describe("a subscription", () => {
  it("does not exist while the function is never called: the poller stays asleep", async () => {
    const { clock, source, poller } = clusterOf(broker(1));
    bootstrapBrokers(poller, { clock });
    await clock.advance(600_000);
    expect([source.starts, clock.pending]).toEqual([[], 0]);
  });

  it("begins with the first call, so that an idle client's list stays fresh", async () => {
    const { clock, source, poller } = clusterOf(broker(1));
    const brokers = bootstrapBrokers(poller, { clock });
    expect(await atOnce(clock, brokers())).toEqual(["kafka-1.test:9092"]);
    source.script = () => ({ endpoints: [broker(11)] });
    await clock.advance(600_000);
    expect(source.starts.length).toBeGreaterThan(15);
    expect(await atOnce(clock, brokers())).toEqual(["kafka-11.test:9092"]);
    await poller.close();
  });

  it.each([Symbol.dispose, Symbol.asyncDispose] as const)("ends with %s: the poller falls asleep", async (dispose) => {
    const { clock, source, poller } = clusterOf(broker(1));
    const brokers = bootstrapBrokers(poller, { clock });
    await atOnce(clock, brokers());
    await brokers[dispose]();
    await brokers[dispose]();
    const asked = source.starts.length;
    expect(await atOnce(clock, brokers())).toEqual(["kafka-1.test:9092"]);
    await clock.advance(600_000);
    expect([source.starts.length, clock.pending]).toEqual([asked, 0]);
  });

  it("ends when the poller closes, which leaves no timer", async () => {
    const { clock, source, poller } = clusterOf(broker(1));
    const brokers = bootstrapBrokers(poller, { clock });
    await atOnce(clock, brokers());
    await poller.close();
    const asked = source.starts.length;
    expect(await atOnce(clock, brokers())).toEqual(["kafka-1.test:9092"]);
    await clock.advance(600_000);
    expect([source.starts.length, clock.pending]).toEqual([asked, 0]);
  });
});

describe("a call after the first", () => {
  it("makes the poller ask, as soon as the floor allows and without waiting for it", async () => {
    const { clock, source, poller } = clusterOf(broker(1));
    const brokers = bootstrapBrokers(poller, { clock });
    await atOnce(clock, brokers());
    await clock.advance(10_000);
    expect(source.starts).toHaveLength(1);
    source.script = hang;
    expect(await atOnce(clock, brokers())).toEqual(["kafka-1.test:9092"]);
    expect(source.starts).toHaveLength(2);
    await poller.close();
  });

  it("within 5 s makes the poller look at the broker that was handed out before, and says why", async () => {
    const { clock, source, poller } = clusterOf(broker(1), broker(2));
    const brokers = bootstrapBrokers(poller, { clock });
    const [first = ""] = await picks(clock, brokers, 1);
    await clock.advance(4_000);
    source.down.add(first.charAt("kafka-".length));
    const [second] = await picks(clock, brokers, 1);
    expect(second).not.toBe(first);
    await clock.advance(100);
    expect(poller.snapshot?.aside.map(({ host }) => `${host}:9092`)).toEqual([first]);
    await poller.close();
  });

  it("later than that suspects nobody", async () => {
    const { clock, source, poller } = clusterOf(broker(1), broker(2));
    const brokers = bootstrapBrokers(poller, { clock });
    await atOnce(clock, brokers());
    await clock.advance(5_000);
    await atOnce(clock, brokers());
    await clock.advance(1_000);
    expect(source.probed).toEqual([]);
    await poller.close();
  });
});

describe("the first snapshot", () => {
  it("is waited for", async () => {
    const { clock, source, poller } = bootstrapScene(() => Promise.reject(new Error("not yet")));
    const call = bootstrapBrokers(poller, { clock, seeds })();
    await clock.advance(1_500);
    source.script = () => ({ endpoints: [broker(1)] });
    await clock.advance(1_400);
    expect(await atOnce(clock, call)).toEqual(["kafka-1.test:9092"]);
    await poller.close();
  });

  it("is waited for no longer than waitMs, then a seed has to do", async () => {
    const { clock, poller } = bootstrapScene(hang);
    const call = bootstrapBrokers(poller, { clock, seeds })();
    await clock.advance(2_999);
    expect(await atOnce(clock, call)).toBeUndefined();
    await clock.advance(1);
    expect((await call)[0]).toMatch(isSeed);
    await poller.close();
  });

  it("is not waited for by calls that come after a poll has failed", async () => {
    const { clock, poller } = bootstrapScene(() => Promise.reject(new Error("not yet")));
    const brokers = bootstrapBrokers(poller, { clock, seeds });
    const first = brokers();
    await clock.advance(100);
    expect((await atOnce(clock, brokers()))?.[0]).toMatch(isSeed);
    expect(await atOnce(clock, first)).toBeUndefined();
    await poller.close();
    await first;
  });

  it("is not waited for once a poll failed for good", async () => {
    const { clock, poller } = bootstrapScene(() => Promise.reject(new DiscoveryError("UNAUTHENTICATED", "no", { source: "test" })));
    expect((await atOnce(clock, bootstrapBrokers(poller, { clock, seeds })()))?.[0]).toMatch(isSeed);
    await poller.close();
  });

  it("is not waited for once the poller has closed, nor after dispose, during a call", async () => {
    const { clock, poller } = bootstrapScene(hang);
    const [closed, disposed] = [bootstrapBrokers(poller, { clock, seeds }), bootstrapBrokers(poller, { clock })];
    const calls = [closed(), disposed()] as const;
    expect(await atOnce(clock, calls[1])).toBeUndefined();
    disposed[Symbol.dispose]();
    expect(await atOnce(clock, calls[1])).toEqual([NOBODY]);
    expect(await atOnce(clock, calls[0])).toBeUndefined();
    await poller.close();
    expect((await atOnce(clock, calls[0]))?.[0]).toMatch(isSeed);
    expect((await atOnce(clock, closed()))?.[0]).toMatch(isSeed);
    expect(clock.pending).toBe(0);
  });
});

describe("row 12: the rack", () => {
  const cluster = [broker(1, "az1"), broker(2, "az2"), broker(3, "az3"), broker(4, "az1"), broker(5, "az2"), broker(6, "az3")];

  it("row 12: 300 first picks of 300 functions are all of the same rack while it is up, and spread over the rest when it is down", async () => {
    const { clock, source, poller } = clusterOf(...cluster);
    const functions = Array.from({ length: 300 }, () => bootstrapBrokers(poller, { clock, rack: "az1" }));
    const up = tally((await atOnce(clock, ...functions.map((brokers) => brokers()))) ?? []);
    expect(Object.keys(up).sort()).toEqual(["kafka-1.test:9092", "kafka-4.test:9092"]);
    expect(Math.min(...Object.values(up))).toBeGreaterThan(100);

    for (const id of ["1", "4"]) source.down.add(id);
    for (const id of [1, 4]) poller.suspect(broker(id));
    await clock.advance(1_000);
    expect(poller.snapshot?.aside.map(({ id }) => id)).toEqual(["1", "4"]);
    const others = Array.from({ length: 300 }, () => bootstrapBrokers(poller, { clock, rack: "az1" }));
    const down = tally((await atOnce(clock, ...others.map((brokers) => brokers()))) ?? []);
    expect(Object.keys(down).sort()).toEqual([2, 3, 5, 6].map((id) => `kafka-${id}.test:9092`));
    expect(Math.min(...Object.values(down))).toBeGreaterThan(40);
    await poller.close();
  });

  it("row 12: nobody is herded to the first broker of the list: without a rack, first picks are spread over all", async () => {
    const { clock, poller } = clusterOf(...cluster);
    const first = tally((await atOnce(clock, ...Array.from({ length: 300 }, () => bootstrapBrokers(poller, { clock })()))) ?? []);
    expect(Object.keys(first)).toHaveLength(6);
    expect(Math.max(...Object.values(first))).toBeLessThan(90);
    await poller.close();
  });

  it("row 12: 50 clients that share one function spread evenly, for one subscription", async () => {
    const { clock, source, poller } = clusterOf(...cluster);
    const brokers = bootstrapBrokers(poller, { clock, rack: "az2" });
    const answers = await atOnce(clock, ...Array.from({ length: 50 }, () => brokers()));
    expect(tally(answers ?? [])).toEqual({ "kafka-2.test:9092": 25, "kafka-5.test:9092": 25 });
    expect(source.probed).toEqual([]);
    brokers[Symbol.dispose]();
    await clock.advance(60_000);
    expect(source.watches.map(({ signal }) => signal.aborted)).toEqual([true]);
  });

  it("row 12: brokers set aside come last, and every address rotates", async () => {
    const { clock, source, poller } = clusterOf(broker(1), broker(2), broker(3));
    const brokers = bootstrapBrokers(poller, { clock });
    await atOnce(clock, brokers());
    source.down.add("3");
    poller.suspect(broker(3));
    await clock.advance(100);
    expect(tally(await picks(clock, brokers, 10))).toEqual({ "kafka-1.test:9092": 5, "kafka-2.test:9092": 5 });
    await poller.close();
  });
});
