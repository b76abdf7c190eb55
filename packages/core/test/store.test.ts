import { describe, expect, it } from "vitest";
import type { DiagnosticsMessages } from "../src/index.js";
import { isSilent } from "./support/probing-source.js";
import { RecordingSink } from "./support/recording-sink.js";
import { outage, restart } from "./support/restart.js";
import { answer, ids, member } from "./support/scripted-source.js";
import { codeOf } from "./support/setup.js";
import { messagesOf } from "./support/who-serves.js";

describe("a restart during an outage", () => {
  it("begins with the last good set, its state stale, and tells every sink", async () => {
    const { clock, source, poller, store } = restart(["b", "a"], outage);
    const changes = messagesOf<DiagnosticsMessages["rollcall:change"]>("rollcall:change");
    const sink = new RecordingSink();
    poller.subscribe(sink);
    await clock.advance(0);
    expect(sink.calls.map(({ snapshot, diff }) => [snapshot.version, ids(snapshot.endpoints), ids(diff.added)])).toEqual([
      [1, "a b", "a b"],
    ]);
    expect(sink.calls[0]?.snapshot).toBe(poller.snapshot);
    expect(changes.map(({ snapshot }) => snapshot)).toEqual([poller.snapshot]);
    expect(sink.statuses.map(({ state, failures }) => `${state} ${failures}`)).toEqual(["pending 0", "stale 0", "stale 1"]);
    expect(poller.status).toMatchObject({ state: "stale", lastSuccessAt: undefined, error: { code: "UNAVAILABLE" } });
    expect([store.loads, source.starts]).toEqual([["scripted"], [0]]);
    expect(JSON.parse(JSON.stringify(poller))).toMatchObject({ state: "stale", version: 1, endpoints: [{ id: "a" }, { id: "b" }] });
  });

  it("stays with it for as long as the outage lasts, and tells it to whoever comes later", async () => {
    const { clock, poller } = restart(["a", "b"], outage);
    poller.subscribe(() => undefined);
    await clock.advance(3_600_000);
    const late = new RecordingSink();
    poller.subscribe(late);
    await clock.advance(0);
    expect([ids(late.folded), late.statuses[0]?.state]).toEqual(["a b", "stale"]);
  });

  it("is enough for ready(), for which nobody is asked then and nothing is left behind", async () => {
    const { clock, source, poller } = restart(["a", "b"], outage);
    const ready = poller.ready();
    await clock.advance(0);
    expect(ids((await ready).endpoints)).toBe("a b");
    expect(await poller.ready()).toBe(poller.snapshot);
    expect([source.starts, clock.pending]).toEqual([[], 0]);
  });

  it("serves those who wait although polls have failed meanwhile, and the loop that iterates", async () => {
    const { clock, poller } = restart(["a", "b"], outage, { loadMs: 5_000 });
    const ready = poller.ready();
    const iterator = poller[Symbol.asyncIterator]();
    const next = iterator.next();
    await clock.advance(4_000);
    expect([poller.status.state, poller.status.failures > 0, poller.snapshot]).toEqual(["pending", true, undefined]);
    await clock.advance(1_000);
    expect([ids((await ready).endpoints), await next]).toEqual(["a b", { done: false, value: poller.snapshot }]);
    await iterator.return?.();
    expect(clock.pending).toBe(0);
  });

  it("is no answer to refresh(), which asked for a poll", async () => {
    const { clock, poller } = restart(["a"], outage);
    const refreshed = codeOf(poller.refresh());
    await clock.advance(0);
    expect([ids(poller.snapshot?.endpoints), await refreshed]).toEqual(["a", "UNAVAILABLE"]);
  });

  it("finds a cluster whose seeds are all dead through whom it knew", async () => {
    const { clock, source, poller } = restart(["a", "b"], ({ known }) => (ids(known).includes("b") ? answer("b", "c") : outage()));
    const sink = new RecordingSink();
    poller.subscribe(sink);
    await clock.advance(100);
    const [first] = source.contexts;
    expect([ids(first?.known), ids(first?.previous?.endpoints), first?.attempt]).toEqual(["a b", "a b", 0]);
    expect([ids(sink.folded), sink.problems]).toEqual(["b c", []]);
    expect([poller.status.state, poller.status.lastSuccessAt !== undefined]).toEqual(["fresh", true]);
  });

  it("finds it by the question that follows a slow load", async () => {
    const { clock, source, poller } = restart(["b"], ({ known }) => (ids(known) === "b" ? answer("b") : outage()), { loadMs: 300 });
    poller.subscribe(() => undefined);
    await clock.advance(299);
    expect([source.starts.length, ids(source.contexts[0]?.known)]).toEqual([1, ""]);
    await clock.advance(2_000);
    expect([source.starts.length, poller.status.state, poller.status.failures]).toEqual([2, "fresh", 0]);
  });

  it("ends with an answer that says the same: the version stays, the state is fresh", async () => {
    const { clock, poller } = restart(["a", "b"], ["a", "b"]);
    const sink = new RecordingSink();
    poller.subscribe(sink, { metadata: true });
    await clock.advance(0);
    expect([sink.calls.length, poller.snapshot?.version, poller.status.state]).toEqual([1, 1, "fresh"]);
  });
});

describe("a first answer that is quicker than the store", () => {
  it("wins: what is loaded later replaces nothing, and nobody hears of it", async () => {
    const { clock, poller } = restart(["x", "y"], ["a", "b"], { loadMs: 100 });
    const changes = messagesOf("rollcall:change");
    const sink = new RecordingSink();
    poller.subscribe(sink, { metadata: true });
    await clock.advance(0);
    const first = poller.snapshot;
    await clock.advance(5_000);
    expect(ids(first?.endpoints)).toBe("a b");
    expect([poller.snapshot, poller.status.state, sink.calls.length, changes.length]).toEqual([first, "fresh", 1, 1]);
  });

  it("is compared with what was loaded while it was on its way", async () => {
    const { clock, poller } = restart(
      ["a", "b", "c", "d"],
      () => new Promise((resolve) => clock.setTimeout(() => resolve(answer("a")), 200)),
      { loadMs: 100 },
    );
    poller.subscribe(() => undefined);
    await clock.advance(200);
    expect([ids(poller.snapshot?.endpoints), poller.status.held]).toEqual(["a b c d", 1]);
  });
});

describe("the guard", () => {
  it("compares the first answer with the restored set: a half-isolated member removes nobody", async () => {
    const { clock, source, poller } = restart(["a", "b", "c", "d", "e"], ["a"]);
    const sink = new RecordingSink();
    poller.subscribe(sink);
    await clock.advance(100);
    expect([ids(sink.folded), poller.status.held, poller.status.error?.code, poller.status.state]).toEqual([
      "a b c d e",
      1,
      "HELD",
      "stale",
    ]);
    source.script = ["a", "b", "c", "d"];
    await clock.advance(1_000);
    expect([ids(sink.folded), poller.status.held, poller.status.state, sink.problems]).toEqual(["a b c d", 0, "fresh", []]);
  });

  it("believes a collapse that is repeated", async () => {
    const { clock, poller } = restart(["a", "b", "c", "d", "e"], ["a"]);
    poller.subscribe(() => undefined);
    await clock.advance(2_000);
    expect(ids(poller.snapshot?.endpoints)).toBe("a");
  });

  it("takes an answer that lists nobody for a failed poll", async () => {
    const { clock, poller } = restart(["a", "b"], []);
    poller.subscribe(() => undefined);
    await clock.advance(60_000);
    expect([ids(poller.snapshot?.endpoints), poller.status.error?.code, poller.status.state]).toEqual(["a b", "EMPTY_METADATA", "stale"]);
  });
});

describe("who serves, after a restart", () => {
  it("everybody restored is used at once and asked nothing", async () => {
    const { clock, source, poller } = restart(["a", "b"], ["a", "b"]);
    source.everybody = isSilent;
    poller.subscribe(() => undefined);
    await clock.advance(60_000);
    expect([ids(poller.snapshot?.endpoints), source.probes]).toEqual(["a b", []]);
  });

  it("a newcomer against the restored set waits aside until it has answered", async () => {
    const { clock, source, poller } = restart(["a", "b"], ["a", "b", "c"]);
    source.serves.set("c", source.after(50));
    poller.subscribe(() => undefined);
    await clock.advance(20);
    expect([ids(poller.snapshot?.endpoints), ids(poller.snapshot?.aside), poller.status.aside[0]?.reason]).toEqual([
      "a b",
      "c",
      "newcomer",
    ]);
    await clock.advance(50);
    expect([ids(poller.snapshot?.endpoints), ids(poller.snapshot?.aside)]).toEqual(["a b c", ""]);
  });

  it("an answer that keeps nobody of the restored set is used at once", async () => {
    const { clock, source, poller } = restart(["a", "b"], ["c", "d"]);
    source.everybody = isSilent;
    poller.subscribe(() => undefined);
    await clock.advance(20);
    expect([ids(poller.snapshot?.endpoints), ids(poller.snapshot?.aside)]).toEqual(["c d", ""]);
  });

  it("a restored member that is frozen goes aside when it is suspected, though the cluster cannot be asked", async () => {
    const { clock, source, poller } = restart(["a", "b"], outage);
    source.serves.set("b", isSilent);
    poller.subscribe(() => undefined);
    await clock.advance(0);
    poller.suspect(member("b"));
    await clock.advance(600);
    expect([ids(poller.snapshot?.endpoints), ids(poller.snapshot?.aside)]).toEqual(["a", "b"]);
    expect(ids(source.contexts.at(-1)?.known)).toBe("a b");
  });
});
