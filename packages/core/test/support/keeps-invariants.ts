import { expect, it, onTestFinished } from "vitest";
import { ModelRun } from "./model.js";

const STEPS = 60;

/** A test that runs this many seeds; one that fails prints the trace of what led to it. */
export function keepsInvariants(seeds: number): void {
  it(`${seeds} random lives of a poller keep every invariant`, { timeout: 1_000 + 200 * seeds }, async () => {
    const unhandled: unknown[] = [];
    const collect = (reason: unknown): void => void unhandled.push(reason);
    process.on("unhandledRejection", collect);
    onTestFinished(() => void process.off("unhandledRejection", collect));
    for (let seed = 1; seed <= seeds; seed += 1) {
      const run = new ModelRun(seed);
      await run.run(STEPS);
      expect(run.problems, `seed ${seed}:\n${run.trace.join("\n")}`).toEqual([]);
    }
    expect(unhandled).toEqual([]); // invariant 11
  });
}
