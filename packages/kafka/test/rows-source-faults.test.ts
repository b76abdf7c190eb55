import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { type DiagnosticsMessages, MetadataPoller } from "@rollcall/core";
import { settle } from "@rollcall/testkit";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { kafkaBrokersSource } from "../src/kafka-brokers-source.js";
import { METADATA } from "../src/protocol/metadata.js";
import { WireWriter } from "../src/protocol/wire-writer.js";
import { answering, broker, context, describeCluster, FakeCluster, FROZEN, VERSIONS } from "./support/fake-cluster.js";
import { polled } from "./support/polled.js";

const [b1, b2, b3] = [broker(1), broker(2), broker(3)];
const all = [b1, b2, b3];
const theirs = answering(() => ({ clusterId: "theirs", brokers: [b1] }));

describe("the brokers of a cluster, polled through faults", () => {
  it("row 5: all of them freeze: the poll ends with timeoutMs, the set stays", async () => {
    const cluster = new FakeCluster(...all);
    const stage = await polled(cluster, {}, { timeoutMs: 1_800 });
    for (const each of all) cluster.at(each, FROZEN);
    await cluster.clock.advance(1_000);
    stage.poller.refresh().catch(() => undefined);
    await cluster.clock.advance(1_799);
    expect(stage.poller.status.failures).toBe(0);
    await cluster.clock.advance(1);
    expect(stage.poller.status).toMatchObject({ failures: 1, error: { code: "TIMEOUT" } });
    expect(stage.view).toBe("1 2 3 |");
    expect(cluster.transport.open.size).toBe(0);
  });

  it("rows 6 and 15: all of them are down for a minute: seeds resolved once per poll, polls bounded, back within one step", async () => {
    const cluster = new FakeCluster(...all);
    let resolved = 0;
    const stage = await polled(cluster, {
      seeds: async () => {
        resolved += 1;
        return ["b1", "b2", "b3"];
      },
    });
    cluster.stop(...all);
    await stage.refresh();
    cluster.asked();
    resolved = 0;
    await cluster.clock.advance(60_000);
    expect(resolved).toBeGreaterThanOrEqual(6);
    expect(resolved).toBeLessThanOrEqual(16);
    expect(cluster.asked()).toHaveLength(3 * resolved);
    expect(stage.view).toBe("1 2 3 |");
    cluster.brokers = [b1, b2];
    cluster.start(b1, b2);
    await cluster.clock.advance(10_000);
    expect(stage.view).toBe("1 2 |");
  });

  it("row 7: a foreign cluster takes over an address: nothing of it is believed, and the others are asked", async () => {
    const cluster = new FakeCluster(...all);
    const stage = await polled(cluster);
    const [last = ""] = cluster.asked();
    cluster.transport.listening.set(last, theirs);
    await stage.refresh();
    expect(stage.poller.status).toMatchObject({ state: "fresh", failures: 0 });
    expect(stage.sink.calls).toHaveLength(1);
    for (const each of all) cluster.at(each, theirs);
    await stage.refresh();
    expect(stage.poller.status.error).toMatchObject({
      code: "FOREIGN_CLUSTER",
      message: expect.stringContaining("cluster theirs, but ours is pinned"),
    });
    expect(stage.view).toBe("1 2 3 |");
  });

  it("row 7: a cluster restored under a new id is followed after 90 s, or never with refuse", async () => {
    const warn = vi.spyOn(process, "emitWarning").mockImplementation(() => undefined);
    onTestFinished(() => warn.mockRestore());
    const views: string[] = [];
    for (const foreign of ["follow", "refuse"] as const) {
      const cluster = new FakeCluster(...all);
      const stage = await polled(cluster, { foreign });
      for (const each of all)
        cluster.at(
          each,
          answering(() => ({ clusterId: "restored", brokers: [b1, b2] })),
        );
      await cluster.clock.advance(80_000);
      views.push(stage.view);
      await cluster.clock.advance(80_000);
      views.push(stage.view);
    }
    expect(views).toEqual(["1 2 3 |", "1 2 |", "1 2 3 |", "1 2 3 |"]);
    expect(warn).toHaveBeenCalledTimes(1);
  });

  it("row 7: a cluster that is followed has none of the fenced brokers of the one before", async () => {
    const versions = new Map([
      [60, { min: 0, max: 1 }],
      [3, { min: 0, max: 12 }],
    ]);
    const cluster = new FakeCluster(b1);
    cluster.at(b1, { ...answering(() => ({ clusterId: "theirs", brokers: [b1] }), 0, 1), versions });
    const source = kafkaBrokersSource({ seeds: ["b1"] }, cluster.context);
    await source.fetch(context());
    const previous = { clusterId: "ours", brokers: [b1, { ...b2, fenced: true }] };
    expect(await source.fetch(context({ previous }))).toEqual({ clusterId: "theirs", brokers: [b1] });
  });

  it("row 8: an empty list is passed over, and when all are empty the set stays", async () => {
    const cluster = new FakeCluster(...all);
    const stage = await polled(cluster);
    const empty = answering(() => ({ clusterId: "ours", brokers: [] }));
    const [, ...others] = all;
    for (const each of others) cluster.at(each, empty);
    await stage.refresh();
    await stage.refresh();
    expect(stage.poller.status.failures).toBe(0);
    expect(cluster.asked().length).toBeGreaterThan(3);
    for (const each of all) cluster.at(each, empty);
    await stage.refresh();
    expect(stage.poller.status.error).toMatchObject({ code: "EMPTY_METADATA", message: expect.stringContaining("no broker is listed") });
    expect(stage.view).toBe("1 2 3 |");
  });

  it("row 14: a broker that a client suspects is asked, set aside at once, and looked for in a poll", async () => {
    const cluster = new FakeCluster(...all);
    const stage = await polled(cluster);
    cluster.at(b1, FROZEN);
    await cluster.clock.advance(2_000);
    cluster.asked();
    stage.poller.suspect({ host: "b1", port: 9092 });
    await cluster.clock.advance(100);
    expect(stage.view).toBe("2 3 | 1");
    cluster.start(b1);
    await cluster.clock.advance(2_000);
    expect(stage.view).toBe("1 2 3 |");
  });

  it("row 18: at rest there is no timer but the poller's two, next poll and staleness, and none after close", async () => {
    const cluster = new FakeCluster(...all);
    const poller = new MetadataPoller(kafkaBrokersSource({ seeds: ["b1"] }, cluster.context), { clock: cluster.clock });
    poller.subscribe(() => undefined);
    await cluster.clock.advance(0);
    expect(cluster.clock.pending).toBe(2);
    cluster.at(b1, FROZEN);
    poller.refresh().catch(() => undefined);
    await cluster.clock.advance(1_100);
    await poller.close();
    await settle();
    expect(cluster.clock.pending).toBe(0);
    expect(cluster.transport.open.size).toBe(0);
  });
});

describe("an answer of a broker", () => {
  it("row 16: is asked for in the versions of that broker: Metadata, for no topics, where DescribeCluster is unknown", async () => {
    const cluster = new FakeCluster(...all);
    const keys: number[] = [];
    cluster.at(b1, {
      versions: new Map([[METADATA, { min: 0, max: 8 }]]),
      answer: async ({ apiKey, apiVersion, body }) => {
        keys.push(apiKey);
        expect([apiVersion, ...body]).toEqual([8, 0, 0, 0, 0, 0, 0, 0]);
        return metadataV8();
      },
    });
    const source = kafkaBrokersSource({ seeds: ["b1"] }, cluster.context);
    const signal = new AbortController().signal;
    const metadata = await source.fetch({ signal, previous: undefined, known: [], attempt: 0 });
    expect(metadata).toEqual({ clusterId: "ours", brokers: [{ id: 7, host: "b7", port: 9092, rack: "az7", fenced: false }] });
    expect(keys).toEqual([METADATA]);
  });

  it("row 16: of a controller is refused, and says what it is", async () => {
    const cluster = new FakeCluster();
    cluster.at(b1, { versions: new Map([[60, { min: 0, max: 2 }]]), answer: async () => describeCluster({ brokers: [] }, 114) });
    const stage = await polled(cluster, { seeds: ["b1"] });
    expect(stage.poller.status.error).toMatchObject({
      code: "MALFORMED_RESPONSE",
      message: expect.stringMatching(/b1:9092: .*controller/),
    });
  });

  it.each<[string, Uint8Array]>([
    ["nothing", new Uint8Array()],
    ["half an answer", describeCluster({ brokers: all }).subarray(0, 60)],
    ["a broker twice", describeCluster({ brokers: [b1, b1] })],
    ["a broker without a host", describeCluster({ brokers: [broker(1, { host: "" })] })],
    ["port 0", describeCluster({ brokers: [broker(1, { port: 0 })] })],
    ["port 65536", describeCluster({ brokers: [broker(1, { port: 65_536 })] })],
    ["a negative count", Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 1, 5, 111, 117, 114, 115, 0, 0, 0, 1, 255, 255, 255, 255, 15)],
  ])("row 19: that says %s is MALFORMED_RESPONSE, and the set stays", async (_what, bytes) => {
    const heard: DiagnosticsMessages["rollcall:change"][] = [];
    const hear = (message: unknown): void => void heard.push(message as DiagnosticsMessages["rollcall:change"]);
    subscribe("rollcall:change", hear);
    onTestFinished(() => void unsubscribe("rollcall:change", hear));
    const cluster = new FakeCluster(...all);
    const stage = await polled(cluster);
    for (const each of all) cluster.at(each, { versions: VERSIONS, answer: async () => bytes });
    await stage.refresh();
    expect(stage.poller.status.error).toMatchObject({ code: "MALFORMED_RESPONSE", retryable: true });
    expect(stage.view).toBe("1 2 3 |");
    expect(heard).toHaveLength(1);
    expect(cluster.transport.open.size).toBe(0);
  });
});

/** An answer to Metadata version 8, which is not flexible, and says nothing of fenced brokers. */
function metadataV8(): Uint8Array {
  const wire = new WireWriter();
  wire.int32(0).array([7], (id) => wire.int32(id).string("b7").int32(9092).string("az7"));
  return wire
    .string("ours")
    .int32(7)
    .array([], () => undefined)
    .int32(0)
    .finish();
}
