import { MetadataPoller, type Snapshot } from "@rollcall/core";
import { expect, it, onTestFinished } from "vitest";
import { answer, hang, ManualClock, member, recordingSink, type Script, scriptedSource } from "../src/index.js";

function polling(script: Script) {
  const clock = new ManualClock();
  const source = scriptedSource(clock, script);
  const poller = new MetadataPoller(source, { clock });
  onTestFinished(() => poller.close());
  return { clock, source, poller };
}

it("a hanging script rejects with its signal's reason, also one that has fired already", async () => {
  const stop = new AbortController();
  const hanging = hang(stop);
  stop.abort("enough");
  await expect(hanging).rejects.toBe("enough");
  await expect(hang(stop)).rejects.toBe("enough");
});

it("a recording sink on a scripted source: what was told, what that adds up to, how it went", async () => {
  const { clock, source, poller } = polling(["a", "b"]);
  const sink = recordingSink();
  poller.subscribe(sink);
  await clock.advance(0);
  expect(sink.folded).toEqual(answer("a", "b").endpoints);
  source.script = ["b@elsewhere", "c"];
  await clock.advance(60_000);
  expect(sink.folded).toEqual([member("b@elsewhere"), member("c")]);
  expect(sink.calls.at(-1)?.diff).toEqual({
    added: [member("c")],
    removed: [member("a")],
    changed: [[member("b"), member("b@elsewhere")]],
  });
  expect(sink.statuses.map(({ state }) => state)).toContain("fresh");
  expect(sink.problems).toEqual([]);
});

it("a scripted source remembers when it was asked, what is open and how polling began and ended", async () => {
  const { clock, source, poller } = polling(hang);
  const subscription = poller.subscribe(() => undefined);
  await clock.advance(100);
  expect([source.starts, source.ends, source.open.size, source.alive, source.maxAlive]).toEqual([[0], [], 1, 1, 1]);
  subscription[Symbol.dispose]();
  await clock.advance(0);
  expect([source.ends, source.open.size, source.watches.map(({ signal }) => signal.aborted)]).toEqual([[100], 0, [true]]);
  await poller.close();
  expect(source.closed).toBe(1);
});

it("a scripted source says that something besides the endpoints changed by its epoch", async () => {
  let epoch = 1;
  const { clock, poller } = polling(() => ({ ...answer("a"), epoch }));
  const versions: unknown[] = [];
  poller.subscribe(({ version, metadata }) => void versions.push([version, metadata.epoch]), { metadata: true });
  await clock.advance(0);
  epoch = 2;
  await clock.advance(60_000);
  expect(versions).toEqual([
    [1, 1],
    [2, 2],
  ]);
});

it("a recording sink that fails applies nothing, and is told again", async () => {
  const { clock, poller } = polling(["a"]);
  const sink = recordingSink();
  sink.behaviour = () => Promise.reject(new Error("not now"));
  poller.subscribe(sink);
  await clock.advance(0);
  expect(sink.folded).toEqual([]);
  sink.behaviour = () => Promise.resolve();
  await clock.advance(10_000);
  expect([sink.folded, sink.calls.length, sink.problems]).toEqual([[member("a")], 2, []]);
});

it("a recording sink collects the promises that are broken to it", () => {
  const sink = recordingSink();
  const [a, b] = [member("a"), member("b")];
  const snapshot = (version: number): Snapshot => ({ version, endpoints: [a], aside: [], metadata: {}, changedAt: 0 });
  sink.update(snapshot(2), { added: [a], removed: [], changed: [] });
  sink.update(snapshot(1), { added: [a], removed: [b], changed: [[b, b]] });
  sink.behaviour = () => new Promise(() => undefined);
  sink.update(snapshot(3), { added: [], removed: [], changed: [] });
  sink.update(snapshot(3), { added: [], removed: [], changed: [] });
  expect(sink.problems).toEqual([
    "version 1 after 2",
    "removed b, which was not there",
    "changed b from something else",
    "added a twice",
    "the diffs add up to another set at version 1",
    "called while a call is in progress",
  ]);
});
