import { describe, expect, it } from "vitest";
import type { Snapshot } from "../src/index.js";
import { KeepAlive } from "../src/keep-alive.js";
import { SnapshotIterator } from "../src/snapshot-iterator.js";
import { ManualClock, settle } from "./support/manual-clock.js";

const END = { done: true, value: undefined };
const at = (version: number): Snapshot => ({ version, endpoints: [], aside: [], metadata: undefined, changedAt: 0 });
const yielded = (version: number): unknown => ({ done: false, value: at(version) });

/** An iterator of one feed, what it did to that feed, and the clock on which it keeps the process alive. */
function iterating(isOpen: () => boolean = () => true) {
  const clock = new ManualClock();
  const events: string[] = [];
  let update: (snapshot: Snapshot) => void = () => undefined;
  const iterator = new SnapshotIterator<unknown>(
    (listener) => {
      events.push("subscribed");
      update = listener;
      const dispose = (): void => void events.push("disposed");
      return isOpen() ? { [Symbol.dispose]: dispose, [Symbol.asyncDispose]: async () => dispose() } : undefined;
    },
    new KeepAlive(clock),
    () => void events.push("ended"),
  );
  return { clock, events, iterator, publish: (version: number): void => update(at(version)) };
}

describe("SnapshotIterator", () => {
  it("subscribes at the first next() and only then", async () => {
    const { events, iterator, publish } = iterating();
    expect([iterator[Symbol.asyncIterator]() === iterator, events]).toEqual([true, []]);
    const waiting = [iterator.next(), iterator.next()];
    publish(1);
    publish(2);
    await Promise.all(waiting);
    expect(events).toEqual(["subscribed"]);
  });

  it("yields the newest version, each at most once: a slow body skips", async () => {
    const { iterator, publish } = iterating();
    const first = iterator.next();
    publish(1);
    expect(await first).toEqual(yielded(1));
    for (const version of [2, 3, 4]) publish(version);
    expect(await iterator.next()).toEqual(yielded(4));
    const next = iterator.next();
    publish(5);
    expect(await next).toEqual(yielded(5));
  });

  it("answers calls of next() that wait together in their order", async () => {
    const { iterator, publish } = iterating();
    const waiting = [iterator.next(), iterator.next()];
    publish(1);
    publish(2);
    expect(await Promise.all(waiting)).toEqual([yielded(1), yielded(2)]);
  });

  it("keeps the process alive exactly while a next() waits", async () => {
    const { clock, iterator, publish } = iterating();
    const first = iterator.next();
    await settle();
    expect(clock.pending).toBe(1);
    publish(1);
    await first;
    expect(clock.pending).toBe(0);
    publish(2);
    await iterator.next();
    expect(clock.pending).toBe(0);
    void iterator.next();
    await settle();
    expect(clock.pending).toBe(1);
    await iterator.return();
    expect(clock.pending).toBe(0);
  });

  it("return() ends every next() that waits and those to come, gives up the subscription, and says so once", async () => {
    const { events, iterator } = iterating();
    const waiting = [iterator.next(), iterator.next()];
    expect([await iterator.return(), await iterator.return()]).toEqual([END, END]);
    expect(await Promise.all([...waiting, iterator.next()])).toEqual([END, END, END]);
    expect(events).toEqual(["subscribed", "disposed", "ended"]);
  });

  it("a version that nobody has taken when return() is called is dropped", async () => {
    const { iterator, publish } = iterating();
    const first = iterator.next();
    publish(1);
    await first;
    publish(2);
    await iterator.return();
    expect(await iterator.next()).toEqual(END);
  });

  it("return() before the first next() never subscribes", async () => {
    const { events, iterator } = iterating();
    await iterator.return();
    expect(await iterator.next()).toEqual(END);
    expect(events).toEqual(["ended"]);
  });

  it("ends at once when there is nothing to subscribe to any more", async () => {
    const { clock, iterator } = iterating(() => false);
    expect([await iterator.next(), clock.pending]).toEqual([END, 0]);
  });
});
