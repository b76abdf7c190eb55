import { getEventListeners } from "node:events";
import { DiscoveryError } from "@rollcall/core";
import { settle } from "@rollcall/testkit";
import { describe, expect, it } from "vitest";
import { kafkaSettings } from "../src/kafka-options.js";
import { KafkaRound } from "../src/kafka-round.js";
import type { KafkaConnection } from "../src/kafka-transport.js";
import { answering, broker, context, FakeCluster, FROZEN, VERSIONS } from "./support/fake-cluster.js";
import { known, list, roundOf } from "./support/rounds.js";

const [b1, b2, b3] = [broker(1), broker(2), broker(3)];
const [s1, s2] = [broker(101, { host: "s1" }), broker(102, { host: "s2" })];

describe("whom a round asks", () => {
  it("row 3: every broker known, then every seed, each address once, and whoever answered second the next time", async () => {
    const cluster = new FakeCluster(s2);
    const round = roundOf(cluster, { seeds: ["s2", "s1", "b1"] });
    const reply = await round.ask(list, context({ known: known(b1, b2) }));
    expect(reply.from).toEqual({ host: "s2", port: 9092 });
    const asked = cluster.asked();
    expect([...asked.slice(0, 2)].sort()).toEqual(["b1:9092", "b2:9092"]);
    expect(asked.slice(2).at(-1)).toBe("s2:9092");
    await round.ask(list, context({ known: known(b1, b2) }));
    expect(cluster.asked()).toEqual([expect.stringMatching(/^b[12]:/), "s2:9092"]);
  });

  it("row 3: none of those that are set aside comes first", async () => {
    const cluster = new FakeCluster(b1, b2, b3);
    const round = roundOf(cluster);
    for (let poll = 0; poll < 20; poll += 1) await round.ask(list, context({ known: known(b1, b2, b3), aside: known(b2) }));
    const asked = new Set(cluster.asked());
    expect([...asked].sort()).toEqual(["b1:9092", "b3:9092"]);
    await round.ask(list, context({ known: known(b1, b2, b3), aside: known(b1, b2, b3) }));
    expect(cluster.asked()).not.toContain("b2:9092");
  });

  it("row 3: names everybody when nobody answers, and goes on with the known the next time", async () => {
    const cluster = new FakeCluster(b1);
    const round = roundOf(cluster, { seeds: ["s1"] });
    await round.ask(list, context({ known: known(b1) }));
    cluster.stop(b1);
    const error = await round.ask(list, context({ known: known(b1, b2) })).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: "UNAVAILABLE", source: "kafka" });
    for (const name of ["b1:9092", "b2:9092", "s1:9092"]) {
      expect(String(error)).toContain(`${name}: [kafka] [UNAVAILABLE] no answer: connect ECONNREFUSED ${name}`);
    }
    cluster.asked();
    cluster.start(b1, b2);
    expect((await round.ask(list, context({ known: known(b2) }))).from).toEqual({ host: "b2", port: 9092 });
    expect(cluster.asked()).toEqual(["b2:9092"]);
  });

  it("row 3: resolves a seeds function on every round that reaches it, and only then", async () => {
    const cluster = new FakeCluster(b1, s1);
    let calls = 0;
    const round = roundOf(cluster, { seeds: async () => [`s${++calls}`] });
    await round.ask(list, context({ known: known(b1) }));
    expect(calls).toBe(0);
    cluster.stop(b1);
    expect((await round.ask(list, context({ known: known(b1) }))).from.host).toBe("s1");
    cluster.stop(s1);
    cluster.start(s2);
    expect((await round.ask(list, context({ known: known(b1) }))).from.host).toBe("s2");
  });

  it("row 6: error 129 makes the seeds come next, resolved once, and the rest of the known after them", async () => {
    const cluster = new FakeCluster();
    const rebootstrap = answering(() => ({ brokers: [] }), 129);
    for (const each of [b1, b2, b3]) cluster.at(each, rebootstrap);
    let calls = 0;
    const seeds = async (): Promise<readonly string[]> => [`s${++calls}`];
    const failed = await roundOf(cluster, { seeds })
      .ask(list, context({ known: known(b1, b2, b3) }))
      .catch((error: unknown) => error);
    expect(failed).toMatchObject({ code: "UNAVAILABLE", message: expect.stringContaining("REBOOTSTRAP_REQUIRED") });
    const asked = cluster.asked();
    expect(asked[1]).toBe("s1:9092");
    expect([...asked].sort()).toEqual(["b1:9092", "b2:9092", "b3:9092", "s1:9092"]);
    expect(calls).toBe(1);
  });

  it("passes over a seed that is no address without printing its secrets, and asks the others", async () => {
    const cluster = new FakeCluster();
    const round = roundOf(cluster, { seeds: async () => ["kafka://u:s3cret@s1:9092", "s2"] });
    const error = await round.ask(list, context()).catch((thrown: unknown) => thrown);
    expect(String(error)).toContain("***@s1:9092: [kafka] [UNAVAILABLE] this seed is no address; use host:port, without a scheme");
    expect(String(error)).not.toContain("s3cret");
    expect(cluster.asked()).toEqual(["s2:9092"]);
  });

  it("is told by a seeds function that throws, once the known have been asked", async () => {
    const cluster = new FakeCluster();
    const round = roundOf(cluster, { seeds: () => Promise.reject(new Error("no such file")) });
    await expect(round.ask(list, context({ known: known(b1) }))).rejects.toThrow(/b1:9092: .*no such file/);
  });
});

describe("how long a round asks", () => {
  it("row 4: the next broker is asked after hedgeAfterMs of silence, and the silent one is left without a connection", async () => {
    const cluster = new FakeCluster(s1);
    const deaf = { versions: VERSIONS, answer: () => new Promise<Uint8Array>(() => undefined) };
    cluster.at(b1, FROZEN);
    cluster.at(b2, deaf);
    const asking = roundOf(cluster, { seeds: ["s1"], hedgeAfterMs: 300 }).ask(list, context({ known: known(b1, b2) }));
    await cluster.clock.advance(599);
    expect(cluster.asked()).toHaveLength(2);
    await cluster.clock.advance(1);
    expect((await asking).from.host).toBe("s1");
    expect(cluster.transport.open.size).toBe(0);
    expect(cluster.clock.pending).toBe(0);
  });

  it("row 5: one broker gets attemptTimeoutMs, connect and answer together", async () => {
    const cluster = new FakeCluster();
    cluster.at(s1, FROZEN);
    const asking = roundOf(cluster, { seeds: ["s1"], attemptTimeoutMs: 700 })
      .ask(list, context())
      .catch((error: unknown) => error);
    await cluster.clock.advance(700);
    expect(await asking).toMatchObject({
      code: "TIMEOUT",
      message: expect.stringContaining("s1:9092: [kafka] [TIMEOUT] no answer within 700 ms"),
    });
  });

  it("row 5: ends with its signal, with no connection, no timer and no listener left", async () => {
    const cluster = new FakeCluster();
    cluster.at(s1, FROZEN);
    cluster.at(s2, { versions: VERSIONS, answer: () => new Promise<Uint8Array>(() => undefined) });
    const poll = new AbortController();
    const asking = roundOf(cluster, { hedgeAfterMs: 10 }).ask(list, context({ signal: poll.signal }));
    const failed = asking.catch((error: unknown) => error);
    await cluster.clock.advance(10);
    expect(cluster.asked()).toHaveLength(2);
    const reason = new DiscoveryError("TIMEOUT", "too long", { source: "test" });
    poll.abort(reason);
    expect(cluster.transport.open.size).toBe(0);
    expect(await failed).toBe(reason);
    expect(cluster.clock.pending).toBe(0);
    expect(getEventListeners(poll.signal, "abort")).toEqual([]);
  });
});

describe("a connection that comes too late", () => {
  it("is closed without being asked anything", async () => {
    const cluster = new FakeCluster(s1);
    let connect: (connection: KafkaConnection) => void = () => undefined;
    const late = new Promise<KafkaConnection>((resolve) => (connect = resolve));
    const round = new KafkaRound(kafkaSettings({ seeds: ["s1"] }), { ...cluster.context, transport: () => ({ connect: () => late }) });
    const poll = new AbortController();
    const failed = round.ask(list, context({ signal: poll.signal })).catch((error: unknown) => error);
    await settle();
    poll.abort(new Error("enough"));
    expect(await failed).toMatchObject({ code: "ABORTED" });
    const said: string[] = [];
    const send = async (): Promise<Uint8Array> => Uint8Array.of(said.push("sent"));
    connect({ versions: VERSIONS, send, close: () => void said.push("closed") });
    await settle();
    expect(said).toEqual(["closed"]);
  });
});

describe("asking briefly", () => {
  it("takes the first answer, whoever gives it", async () => {
    const cluster = new FakeCluster(b3);
    const { signal } = new AbortController();
    expect((await roundOf(cluster).askBriefly([b1, b2, b3], list, { signal }))?.from.host).toBe("b3");
    expect(await roundOf(cluster).askBriefly([], list, { signal })).toBeUndefined();
    expect(await roundOf(cluster).askBriefly([b1, b2], list, { signal })).toBeUndefined();
    expect(cluster.clock.pending).toBe(0);
    expect(getEventListeners(signal, "abort")).toEqual([]);
  });

  it("ends after hedgeAfterMs, although several are asked meanwhile", async () => {
    const cluster = new FakeCluster();
    for (const each of [b1, b2, b3]) cluster.at(each, FROZEN);
    const asking = roundOf(cluster, { hedgeAfterMs: 400 }).askBriefly([b1, b2, b3], list, { signal: new AbortController().signal });
    await cluster.clock.advance(399);
    expect(cluster.asked()).toHaveLength(3);
    await cluster.clock.advance(1);
    expect(await asking).toBeUndefined();
    expect(cluster.clock.pending).toBe(0);
  });

  it("ends with the poll, whose reason it rejects with", async () => {
    const cluster = new FakeCluster();
    cluster.at(b1, FROZEN);
    const poll = new AbortController();
    const asking = roundOf(cluster)
      .askBriefly([b1], list, { signal: poll.signal })
      .catch((error: unknown) => error);
    await settle();
    poll.abort(new Error("enough"));
    expect(await asking).toEqual(new Error("enough"));
    expect(getEventListeners(poll.signal, "abort")).toEqual([]);
    cluster.asked();
    await expect(roundOf(cluster).askBriefly([b1], list, { signal: poll.signal })).rejects.toThrow("enough");
    expect(cluster.asked()).toEqual([]);
  });
});
