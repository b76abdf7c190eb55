import { expect, it, onTestFinished } from "vitest";
import { ModelRun } from "./support/model.js";

const SEEDS = 300;
const STEPS = 60;

it(`${SEEDS} random lives of a poller keep every invariant`, { timeout: 120_000 }, async () => {
  const unhandled: unknown[] = [];
  const collect = (reason: unknown): void => void unhandled.push(reason);
  process.on("unhandledRejection", collect);
  onTestFinished(() => void process.off("unhandledRejection", collect));
  for (let seed = 1; seed <= SEEDS; seed += 1) {
    const run = new ModelRun(seed);
    await run.run(STEPS);
    expect(run.problems, `seed ${seed}:\n${run.trace.join("\n")}`).toEqual([]);
  }
  expect(unhandled).toEqual([]); // invariant 11
});
