import { expect, it } from "vitest";
import type { Snapshot } from "../src/snapshot.js";
import { SnapshotKeeper } from "../src/snapshot-keeper.js";
import { ManualClock, settle } from "./support/manual-clock.js";

const HOUR_MS = 3_600_000;

/** A keeper on a manual clock, and which versions its store was asked to save. */
function keeping(save: () => Promise<void>, stored?: unknown) {
  const saved: number[] = [];
  const clock = new ManualClock();
  const store = {
    load: async () => stored,
    save: (_key: string, { version }: Snapshot) => {
      saved.push(version);
      return save();
    },
  };
  const keeper = new SnapshotKeeper<unknown>({ key: "k", restore: (metadata) => metadata }, { store, clock });
  return { keeper, saved, clock };
}

const one = (metadata: unknown = {}): Snapshot => ({ version: 1, endpoints: [], aside: [], metadata, changedAt: 0 });
const done = async (): Promise<void> => undefined;

it("what is stored and confirmed is saved again, once an hour", async () => {
  const { keeper, saved, clock } = keeping(done);
  const snapshot = one();
  keeper.keep(snapshot);
  await clock.advance(HOUR_MS - 1);
  keeper.confirm(snapshot);
  await settle();
  expect(saved).toEqual([1]);
  await clock.advance(1);
  for (let times = 0; times < 3; times += 1) {
    keeper.confirm(snapshot);
    await settle();
  }
  expect(saved).toEqual([1, 1]);
});

it("what was restored counts from its load", async () => {
  const { keeper, saved, clock } = keeping(done, { metadata: {} });
  const snapshot = one(await keeper.load());
  await clock.advance(HOUR_MS - 1);
  keeper.confirm(snapshot);
  await settle();
  expect(saved).toEqual([]);
  await clock.advance(1);
  keeper.confirm(snapshot);
  await settle();
  expect(saved).toEqual([1]);
});

it("what could not be saved is not tried again for being confirmed", async () => {
  const { keeper, saved, clock } = keeping(() => Promise.reject(new Error("disk full")));
  const snapshot = one();
  keeper.keep(snapshot);
  await clock.advance(2 * HOUR_MS);
  keeper.confirm(snapshot);
  await settle();
  expect(saved).toEqual([1]);
});
