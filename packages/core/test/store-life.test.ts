import { describe, expect, it } from "vitest";
import type { Snapshot } from "../src/index.js";
import { refuses } from "./support/probing-source.js";
import { RecordingSink } from "./support/recording-sink.js";
import { outage, restart } from "./support/restart.js";
import { answer, ids, member } from "./support/scripted-source.js";
import { codeOf } from "./support/setup.js";
import { messagesOf } from "./support/who-serves.js";

const versions = (saves: readonly Snapshot[]): readonly string[] => saves.map(({ version, endpoints }) => `${version} ${ids(endpoints)}`);

describe("what is saved", () => {
  it("is the first set, then each that changed, and nothing while nothing changes", async () => {
    const { clock, source, store, poller } = restart(undefined, ["a", "b"]);
    poller.subscribe(() => undefined);
    await clock.advance(60_000);
    expect(versions(store.saves)).toEqual(["1 a b"]);
    source.script = () => ({ ...answer("a", "b"), epoch: 2 });
    await clock.advance(12_000);
    expect(versions(store.saves)).toEqual(["1 a b", "2 a b"]);
  });

  it("is not what was restored, whoever serves of it, but the first change after it", async () => {
    const { clock, source, store, poller } = restart(["a", "b"], ["a", "b"]);
    poller.subscribe(() => undefined);
    await clock.advance(60_000);
    source.serves.set("b", refuses);
    poller.suspect(member("b"));
    await clock.advance(500);
    expect([poller.snapshot?.version, ids(poller.snapshot?.aside), store.saves]).toEqual([2, "b", []]);
    source.script = ["a"];
    await clock.advance(12_000);
    expect(versions(store.saves)).toEqual(["3 a"]);
  });

  it("is also what polls have confirmed for an hour, so that it does not look old", async () => {
    const { clock, store, poller } = restart(undefined, ["a", "b"], { intervalMs: 600_000 });
    poller.subscribe(() => undefined);
    await clock.advance(3_000_000);
    expect(versions(store.saves)).toEqual(["1 a b"]);
    await clock.advance(1_800_000);
    expect(versions(store.saves)).toEqual(["1 a b", "1 a b"]);
  });

  it("is no version that a verdict alone has made", async () => {
    const { clock, source, store, poller } = restart(undefined, ["a", "b"]);
    const sink = new RecordingSink();
    poller.subscribe(sink);
    await clock.advance(0);
    source.serves.set("b", refuses);
    poller.suspect(member("b"));
    await clock.advance(500);
    expect([ids(poller.snapshot?.endpoints), ids(poller.snapshot?.aside)]).toEqual(["a", "b"]);
    source.serves.delete("b");
    await clock.advance(10_000);
    expect([ids(poller.snapshot?.endpoints), poller.snapshot?.version, sink.problems]).toEqual(["a b", 3, []]);
    expect(versions(store.saves)).toEqual(["1 a b"]);
  });

  it("is no set whose removals are held", async () => {
    const { clock, source, store, poller } = restart(undefined, ["a", "b", "c", "d"]);
    poller.subscribe(() => undefined);
    await clock.advance(0);
    source.script = ["z"];
    void poller.refresh();
    await clock.advance(1_000);
    expect([ids(poller.snapshot?.endpoints), poller.status.held]).toEqual(["a b c d z", 1]);
    expect(versions(store.saves)).toEqual(["1 a b c d"]);
    await clock.advance(2_000);
    expect(versions(store.saves).at(-1)).toMatch(/^\d z$/);
  });
});

describe("while the store loads", () => {
  it("close() ends it: nothing is restored, told or left, and whoever waits is rejected", async () => {
    const changes = messagesOf("rollcall:change");
    const rejected = messagesOf("rollcall:rejected");
    const { clock, source, poller } = restart(["a"], outage, { loadMs: 500 });
    const sink = new RecordingSink();
    poller.subscribe(sink);
    const ready = codeOf(poller.ready());
    await clock.advance(100);
    await poller.close();
    const told = sink.statuses.length;
    await clock.advance(10_000);
    expect([await ready, poller.snapshot, poller.status.state]).toEqual(["CLOSED", undefined, "closed"]);
    expect([sink.calls, sink.statuses.length - told, changes, rejected, clock.pending, source.closed]).toEqual([[], 0, [], [], 0, 1]);
  });

  it("everybody may leave: what was loaded is there for whoever comes next, and nobody is asked meanwhile", async () => {
    const { clock, source, store, poller } = restart(["a"], outage, { loadMs: 500 });
    poller.subscribe(() => undefined)[Symbol.dispose]();
    await clock.advance(10_000);
    expect([source.starts, clock.pending, ids(poller.snapshot?.endpoints), poller.status.state]).toEqual([[], 0, "a", "stale"]);
    const sink = new RecordingSink();
    poller.subscribe(sink);
    await clock.advance(1_000);
    expect([ids(sink.folded), sink.calls.length, sink.problems]).toEqual(["a", 1, []]);
    expect(store.loads).toEqual(["scripted"]);
  });

  it("somebody may leave and another come, before the first poll: it is loaded once", async () => {
    const { clock, store, poller } = restart(["a"], outage, { loadMs: 500 });
    poller.subscribe(() => undefined)[Symbol.dispose]();
    const sink = new RecordingSink();
    poller.subscribe(sink);
    await clock.advance(1_000);
    expect([store.loads, ids(sink.folded), sink.calls.length]).toEqual([["scripted"], "a", 1]);
  });

  it("a sink that closes the poller when it is told the restored set is the last to hear of it", async () => {
    const { clock, poller } = restart(["a"], outage, { loadMs: 500 });
    const late = new RecordingSink();
    poller.subscribe(() => void poller.close());
    poller.subscribe(late);
    await clock.advance(1_000);
    expect([late.calls, poller.status.state, clock.pending]).toEqual([[], "closed", 0]);
  });
});

describe("a stored answer", () => {
  it("that closes the poller while it is read is not used", async () => {
    const changes = messagesOf("rollcall:change");
    const { clock, source, poller } = restart(["a", "b"], outage);
    source.endpoints = ({ endpoints }) => {
      void poller.close();
      return endpoints;
    };
    poller.subscribe(() => undefined);
    await clock.advance(0);
    expect([poller.snapshot, changes]).toEqual([undefined, []]);
  });

  it("that comes after the first answer is not even read", async () => {
    const rejected = messagesOf("rollcall:rejected");
    const { clock, poller } = restart({ endpoints: [member("a"), { id: "", host: "h", port: 1 }] }, ["a", "b"], { loadMs: 500 });
    poller.subscribe(() => undefined);
    await clock.advance(1_000);
    expect([ids(poller.snapshot?.endpoints), rejected]).toEqual(["a b", []]);
  });
});
