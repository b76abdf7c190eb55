import { expect, it, onTestFinished } from "vitest";
import { live, type Outcome, STEPS } from "./model.js";

const ALL_STEPS: readonly number[] = Array.from({ length: STEPS }, (_, step) => step);

/**
 * A test that runs this many seeds. One that fails is shrunk to the steps that it takes, and prints what happened. To see it again, run
 * `model.test.ts` with the variable `ROLLCALL_MODEL` set to what the failure says: a seed, or a seed and some of its steps.
 */
export function keepsInvariants(seeds: number): void {
  const { ROLLCALL_MODEL: replay } = process.env;
  it(`${seeds} random lives of a poller keep every invariant`, { timeout: 5_000 + 200 * seeds }, async () => {
    if (replay !== undefined) return expect.fail(await replayed(replay));
    for (let seed = 1; seed <= seeds; seed += 1) {
      const outcome = await watched(seed, ALL_STEPS);
      if (outcome.problems.length > 0) return expect.fail(await shrunk(seed, outcome));
    }
  });
}

async function replayed(replay: string): Promise<string> {
  const [seed, steps] = replay.split(":");
  const outcome = await watched(Number(seed), steps?.split(",").filter(Boolean).map(Number) ?? ALL_STEPS);
  return steps === undefined && outcome.problems.length > 0 ? shrunk(Number(seed), outcome) : report(replay, outcome);
}

/** One life; a rejection that nobody handles is a problem of it (invariant 11). */
async function watched(seed: number, steps: readonly number[]): Promise<Outcome> {
  const unhandled: string[] = [];
  const collect = (reason: unknown): void => void unhandled.push(`11: unhandled ${String(reason)}`);
  process.on("unhandledRejection", collect);
  onTestFinished(() => void process.off("unhandledRejection", collect));
  const { problems, trace } = await live(seed, steps);
  process.off("unhandledRejection", collect);
  return { problems: [...problems, ...unhandled], trace };
}

/** Leaves out every step without which the same invariant breaks. */
async function shrunk(seed: number, found: Outcome): Promise<string> {
  let outcome = found;
  let steps = ALL_STEPS;
  for (let size = STEPS / 2; size >= 1; size = Math.floor(size / 2)) {
    for (let from = steps.length - size; from > -size; from -= size) {
      const fewer = steps.filter((_, at) => at < from || at >= from + size);
      const tried = await watched(seed, fewer);
      if (numberOf(tried) !== numberOf(found)) continue;
      steps = fewer;
      outcome = tried;
    }
  }
  return report(`${seed}:${steps.join(",")}`, outcome);
}

function numberOf({ problems }: Outcome): string | undefined {
  return problems[0]?.split(":")[0];
}

function report(replay: string, { problems, trace }: Outcome): string {
  return `${problems.join("\n") || "all is well"}\nTo replay: ROLLCALL_MODEL=${replay}\n${trace.join("\n")}`;
}
