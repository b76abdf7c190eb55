import { describe, expect, it } from "vitest";
import { type DiagnosticsMessages, type MapEndpoint, MetadataPoller, type SnapshotStore } from "../src/index.js";
import { ManualClock } from "./support/manual-clock.js";
import { RecordingSink } from "./support/recording-sink.js";
import { outage, restart } from "./support/restart.js";
import { answer, ids, member, ScriptedSource } from "./support/scripted-source.js";
import { messagesOf } from "./support/who-serves.js";

type Rejected = DiagnosticsMessages["rollcall:rejected"];

const error = new Error("disk full");
const boom = (): never => {
  throw error;
};

describe("what a store holds", () => {
  it("is mapped as every answer is", async () => {
    const mapEndpoint: MapEndpoint = (endpoint) => (endpoint.id === "c" ? undefined : { ...endpoint, host: `nat-${endpoint.id}` });
    const { clock, source, poller } = restart(["a", "b", "c"], outage, { mapEndpoint });
    poller.subscribe(() => undefined);
    await clock.advance(0);
    expect(poller.snapshot?.endpoints.map(({ host }) => host)).toEqual(["nat-a", "nat-b"]);
    expect(source.contexts[0]?.previous?.endpoints).toEqual(answer("a", "b", "c").endpoints);
  });

  it("loses its bad entries, each with an event, and is used without them", async () => {
    const rejected = messagesOf<Rejected>("rollcall:rejected");
    const endpoints = [member("a"), { id: "", host: "h", port: 1 }, { id: "p", host: "h", port: 0 }, null as never, member("a@again")];
    const { clock, poller } = restart({ endpoints }, outage);
    poller.subscribe(() => undefined);
    await clock.advance(0);
    expect(poller.snapshot?.endpoints).toEqual([member("a")]);
    expect(Object.isFrozen(poller.snapshot?.endpoints[0])).toBe(true);
    expect(rejected.map(({ entry }) => entry)).toEqual(endpoints.slice(1));
  });

  it("is not used if nobody of it can be", async () => {
    const rejected = messagesOf<Rejected>("rollcall:rejected");
    const { clock, poller } = restart({ endpoints: [{ id: "a", host: "h", port: 0 }] }, outage);
    poller.subscribe(() => undefined);
    await clock.advance(100);
    expect([poller.snapshot, poller.status.state, rejected.length]).toEqual([undefined, "pending", 1]);
  });

  it("keeps aside whom it reports as down", async () => {
    const { clock, source, poller } = restart(["a", "b"], outage);
    source.unavailable = () => ["b"];
    poller.subscribe(() => undefined);
    await clock.advance(0);
    expect([ids(poller.snapshot?.endpoints), ids(poller.snapshot?.aside), poller.status.aside[0]?.reason]).toEqual(["a", "b", "reported"]);
  });
});

describe("one event, and polling as if there were no store", () => {
  const garbage = "the store gave something that is no snapshot";
  const load = (kept: unknown): Partial<SnapshotStore> => ({ load: async () => kept });
  const stored = { metadata: answer("x") };
  it.each<[string, Partial<SnapshotStore>, object, string]>([
    ["load throws", { load: boom }, {}, "the stored snapshot is not used: disk full"],
    ["load rejects", { load: () => Promise.reject(error) }, {}, "the stored snapshot is not used: disk full"],
    ["load gives a text", load("{}"), {}, `the stored snapshot is not used: ${garbage}`],
    ["load gives an object of another kind", load({ members: [] }), {}, `the stored snapshot is not used: ${garbage}`],
    ["load gives no promise", { load: () => 42 as never }, {}, `the stored snapshot is not used: ${garbage}`],
    ["the metadata is garbage", load({ metadata: 7 }), {}, "the stored snapshot is not used: that is no answer"],
    ["restore throws", load(stored), { restore: boom }, "the stored snapshot is not used: disk full"],
    [
      "what restore returns cannot be read",
      load(stored),
      { restore: () => 7 },
      "the stored answer is not used: endpoints() returned no list",
    ],
    ["who is reported as down cannot be read", load(stored), { unavailable: boom }, "the stored answer is not used: disk full"],
  ])("when %s", async (_when, faults, sourceFaults, reason) => {
    const rejected = messagesOf<Rejected>("rollcall:rejected");
    const starts = await Promise.all(
      [faults, { load: async () => undefined }].map(async (store) => {
        const { clock, source, poller } = restart(undefined, outage, { store: { load: boom, save: async () => undefined, ...store } });
        Object.assign(source, sourceFaults);
        const sink = new RecordingSink();
        poller.subscribe(sink);
        await clock.advance(30_000);
        expect([poller.snapshot, poller.status.state]).toEqual([undefined, "pending"]);
        source.script = ["a"];
        delete source.unavailable;
        await clock.advance(10_000);
        expect([ids(sink.folded), poller.status.state, sink.problems]).toEqual(["a", "fresh", []]);
        return source.starts;
      }),
    );
    expect(rejected.map((message) => [message.source, message.reason])).toEqual([["scripted", reason]]);
    expect(starts[0]).toEqual(starts[1]);
  });

  it("when a save fails: the next version is saved again", async () => {
    const rejected = messagesOf<Rejected>("rollcall:rejected");
    const { clock, source, store, poller } = restart(undefined, ["a"]);
    const save = store.save.bind(store);
    store.save = async (key, snapshot) => (snapshot.version === 1 ? boom() : save(key, snapshot));
    const sink = new RecordingSink();
    poller.subscribe(sink);
    await clock.advance(0);
    expect(rejected).toEqual([{ source: "scripted", entry: error, reason: "version 1 is not stored: disk full" }]);
    source.script = ["a", "b"];
    await clock.advance(20_000);
    expect([ids(sink.folded), store.saves[0]?.version, rejected.length]).toEqual(["a b", 2, 1]);
  });

  it("when load and save hang there is no event either, no timer, and close() waits for neither", async () => {
    const rejected = messagesOf("rollcall:rejected");
    const forever = (): Promise<never> => new Promise(() => undefined);
    const { clock, source, poller } = restart(undefined, ["a"], { store: { load: forever, save: forever } });
    const sink = new RecordingSink();
    poller.subscribe(sink);
    await clock.advance(0);
    source.script = ["a", "b"];
    await clock.advance(20_000);
    expect([ids(sink.folded), poller.status.state, rejected]).toEqual(["a b", "fresh", []]);
    await poller.close();
    expect([clock.pending, source.closed]).toEqual([0, 1]);
  });
});

describe("the option store", () => {
  const clock = new ManualClock();
  const plain = new ScriptedSource(clock, ["a"]);
  const store: SnapshotStore = { load: async () => undefined, save: async () => undefined };

  it("is refused at a source without restore, which could not take anything back", () => {
    expect(() => new MetadataPoller(plain, { store })).toThrow(
      "[core] [INVALID_OPTIONS] store: got [Object], allowed is nothing at a source without restore()",
    );
  });

  it.each<[string, unknown]>([
    ["null", null],
    ["an object", {}],
    ["without save", { load: store.load }],
    ["without load", { save: store.save }],
    ["whose load is no function", { ...store, load: 1 }],
    ["a text", "members.json"],
  ])("is refused if it cannot load and save: %s", (_what, bad) => {
    const source = Object.assign(new ScriptedSource(clock, ["a"]), { restore: () => answer("a") });
    expect(() => new MetadataPoller(source, { store: bad as never })).toThrow(
      /\[INVALID_OPTIONS\] store: got .*, allowed is an object with load\(\) and save\(\)/,
    );
  });
});
