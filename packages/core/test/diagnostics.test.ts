import { subscribe, tracingChannel, unsubscribe } from "node:diagnostics_channel";
import { describe, expect, it, onTestFinished } from "vitest";
import type { DiagnosticsMessages, PollTrace } from "../src/diagnostics.js";
import { answer, hang, ids } from "./support/scripted-source.js";
import { setup } from "./support/setup.js";

/** Collects the messages of a channel until the test ends. */
function collect<M>(channel: string): readonly M[] {
  const messages: M[] = [];
  const listener = (message: unknown): void => void messages.push(message as M);
  subscribe(channel, listener);
  onTestFinished(() => void unsubscribe(channel, listener));
  return messages;
}

describe("rollcall:change", () => {
  it("says every new version with its snapshot and what separates it from the one before", async () => {
    const changes = collect<DiagnosticsMessages["rollcall:change"]>("rollcall:change");
    const { clock, source, poller } = setup(["a", "b"]);
    poller.subscribe(() => undefined);
    await clock.advance(0);
    const first = poller.snapshot;
    source.script = ["b@moved", "c"];
    await clock.advance(40_000);
    expect(changes.map(({ source: key, snapshot }) => `${key} ${snapshot.version}`)).toEqual(["scripted 1", "scripted 2"]);
    expect([changes[0]?.snapshot, changes[1]?.snapshot]).toEqual([first, poller.snapshot]);
    expect(changes[0]?.diff).toEqual({ added: first?.endpoints, removed: [], changed: [] });
    const diff = changes[1]?.diff;
    expect([ids(diff?.added), ids(diff?.removed), diff?.changed.map(([before, after]) => `${before.host} ${after.host}`)]).toEqual([
      "c",
      "a",
      ["b.test moved"],
    ]);
  });

  it("says also a version that only differs in its metadata, with an empty diff", async () => {
    const changes = collect<DiagnosticsMessages["rollcall:change"]>("rollcall:change");
    const { clock, poller } = setup(({ attempt, previous }) => ({ ...answer("a"), epoch: attempt + (previous === undefined ? 1 : 2) }));
    poller.subscribe(() => undefined);
    await clock.advance(60_000);
    expect(changes.map(({ snapshot }) => snapshot.version)).toEqual([1, 2]);
    expect(changes[1]?.diff).toEqual({ added: [], removed: [], changed: [] });
  });
});

describe("rollcall:held", () => {
  it("says what a suspicious answer listed, what stays, and how many there were in a row", async () => {
    const messages = collect<DiagnosticsMessages["rollcall:held"]>("rollcall:held");
    const { clock, source, poller } = setup(["a", "b", "c"]);
    poller.subscribe(() => undefined);
    await clock.advance(0);
    source.script = ["c"];
    void poller.refresh();
    await clock.advance(10_000);
    expect(messages.map(({ source: key, answer: listed, kept, streak }) => [key, ids(listed), ids(kept), streak])).toEqual([
      ["scripted", "c", "a b c", 1],
      ["scripted", "c", "a b c", 2],
    ]);
    expect(ids(poller.snapshot?.endpoints)).toBe("c"); // the third was believed
  });
});

describe("rollcall:rejected", () => {
  it("says which entry of an answer is not used, and why", async () => {
    const messages = collect<DiagnosticsMessages["rollcall:rejected"]>("rollcall:rejected");
    const bad = { id: "b", host: "[::1]", port: 1 };
    const { clock, poller } = setup(() => ({ endpoints: [bad, ...answer("a", "a@other").endpoints] }));
    poller.subscribe(() => undefined);
    await clock.advance(0);
    expect(messages).toEqual([
      { source: "scripted", entry: bad, reason: expect.stringContaining("host") },
      { source: "scripted", entry: { id: "a", host: "other", port: 2379 }, reason: expect.stringContaining("its id came before") },
    ]);
    expect(messages[0]?.entry).toBe(bad);
  });

  it("says that a source's watch threw", async () => {
    const messages = collect<DiagnosticsMessages["rollcall:rejected"]>("rollcall:rejected");
    const { source, poller } = setup(["a"]);
    const thrown = new Error("cannot watch");
    source.watch = (): never => {
      throw thrown;
    };
    poller.subscribe(() => undefined);
    expect(messages).toEqual([{ source: "scripted", entry: thrown, reason: expect.stringMatching(/^watch threw/) }]);
  });
});

describe("rollcall:sink-error", () => {
  it("says every failed delivery with its error, counted in a row until one succeeds", async () => {
    const messages = collect<DiagnosticsMessages["rollcall:sink-error"]>("rollcall:sink-error");
    const { clock, source, poller } = setup(["a", "b"]);
    const error = new Error("not applied");
    const faults = [(): never => fail(error), () => Promise.reject(error), () => undefined, (): never => fail(error), () => undefined];
    poller.subscribe(() => faults.shift()?.());
    await clock.advance(5_000);
    source.script = ["a", "b", "c"];
    await clock.advance(30_000);
    expect(faults).toEqual([]);
    expect(messages.map(({ failures }) => failures)).toEqual([1, 2, 1]);
    for (const message of messages) expect([message.source, message.error]).toEqual(["scripted", error]);
  });

  it("says a selection that throws or chooses nobody, and a status that throws or rejects", async () => {
    const messages = collect<DiagnosticsMessages["rollcall:sink-error"]>("rollcall:sink-error");
    const { clock, poller } = setup(["a"]);
    const error = new Error("no choice");
    poller.subscribe(() => undefined, { select: () => fail(error) });
    poller.subscribe(() => undefined, { select: () => [] });
    poller.subscribe({ update: () => undefined, status: () => fail(error) });
    poller.subscribe({ update: () => undefined, status: (() => Promise.reject(error)) as () => void });
    await clock.advance(0);
    const texts = messages.map((message) => (message.error as Error).message);
    expect(texts.filter((text) => text === "no choice")).toHaveLength(1 + 2 * 2); // pending, then fresh
    expect(texts.filter((text) => text.startsWith("select chose none of 1"))).toHaveLength(1);
    await poller.close();
  });
});

describe("rollcall:poll", () => {
  it("traces every poll as one object from start to finish, with its number, its attempt and what it led to", async () => {
    const started: PollTrace[] = [];
    const finished: (PollTrace & { readonly error?: unknown })[] = [];
    const channel = tracingChannel<"rollcall:poll", PollTrace>("rollcall:poll");
    const listeners = {
      start: (message: PollTrace): void => void started.push(message),
      end: (): void => undefined,
      asyncStart: (): void => undefined,
      asyncEnd: (message: PollTrace): void => void finished.push(message),
      error: (): void => undefined,
    };
    channel.subscribe(listeners);
    onTestFinished(() => channel.unsubscribe(listeners));
    const { clock, source, poller } = setup(["a", "b", "c"]);
    poller.subscribe(() => undefined);
    await clock.advance(0);
    for (const script of [["a", "b", "c"], hang, () => fail(new Error("down")), ["a"]]) {
      source.script = script as readonly string[];
      void poller.refresh();
      await clock.advance(3_000);
    }
    source.script = hang;
    void poller.refresh();
    await clock.advance(1_000);
    await poller.close();
    expect(finished.every((trace, at) => trace === started[at])).toBe(true);
    const seen = finished.map(({ source: key, poll, attempt, outcome, error }) => [
      key,
      poll,
      attempt,
      outcome ?? (error as { code: string }).code,
    ]);
    expect(seen.slice(0, 2)).toEqual([
      ["scripted", 1, 0, "changed"],
      ["scripted", 2, 0, "unchanged"],
    ]);
    expect(seen.map(([, poll]) => poll)).toEqual(seen.map((_, at) => at + 1));
    expect([...new Set(seen.map(([, , , outcome]) => outcome))]).toEqual([
      "changed",
      "unchanged",
      "TIMEOUT",
      "UNAVAILABLE",
      "held",
      "ABORTED",
    ]);
    expect(Math.max(...seen.map(([, , attempt]) => attempt as number))).toBeGreaterThan(1);
  });
});

function fail(error: Error): never {
  throw error;
}
