import { expect, it } from "vitest";
import { heapUsed } from "./support/churn.js";
import { ModuleChurn } from "./support/module-churn.js";

const CLUSTERS = 5;
const STEPS = 20_000;

async function churned(seed: number, steps: number): Promise<ModuleChurn> {
  const churn = new ModuleChurn(seed, { modules: 1_000, clusters: CLUSTERS });
  for (let step = 0; step < steps; step += 1) await churn.step();
  return churn;
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, one) => total + one, 0);

it.each([1, 2, 3])(
  "1000 modules that come, leave and close share one poller per key, which keeps its floor and polls for nobody (seed %i)",
  async (seed) => {
    const churn = await churned(seed, STEPS);
    await churn.settle();
    expect(churn.problems).toEqual([]);
    const made = sum(churn.clusters.map((cluster) => cluster.made));
    const polls = sum(churn.clusters.map((cluster) => cluster.polls));
    expect(Math.min(made, polls / 20, churn.listeners / 10), "it was no real churn").toBeGreaterThan(3 * CLUSTERS);
  },
);

it("when all of 1000 modules have left, no timer, listener or polling is left; a disposed registry has closed every source once", async () => {
  const churn = await churned(4, STEPS);
  expect(churn.clock.pending).toBeGreaterThan(0);
  churn.leave();
  expect([churn.clock.pending, churn.foreign.listeners, churn.problems]).toEqual([0, 0, []]);
  await churn.registry[Symbol.asyncDispose]();
  for (const { made, closed, watching, asking } of churn.clusters) {
    expect({ closed, watching: watching.size, asking: asking.size }).toEqual({ closed: made, watching: 0, asking: 0 });
  }
});

it("the registry keeps no poller that 1000 modules have closed and left, and none at all once disposed", async () => {
  const churn = await churned(5, STEPS);
  churn.leave();
  const alive = async (): Promise<number> => {
    await heapUsed();
    return churn.everyPoller.filter((poller) => poller.deref() !== undefined).length;
  };
  expect(churn.everyPoller.length).toBeGreaterThan(2 * CLUSTERS);
  expect(await alive()).toBeLessThanOrEqual(CLUSTERS);
  await churn.registry[Symbol.asyncDispose]();
  expect(await alive()).toBe(0);
});
