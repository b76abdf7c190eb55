import { type PollerOptions, shrinkGuard } from "../../src/index.js";
import { settle } from "./manual-clock.js";
import { EPILOGUE } from "./model-epilogue.js";
import { type Check, invariantsOf } from "./model-invariants.js";
import { Dice } from "./model-journal.js";
import { FLOOR_MS, INTERVAL_MS, Life, type LifeKind, PROBE_TIMEOUT_MS, RECHECK_MS, TIMEOUT_MS } from "./model-life.js";
import { happen } from "./model-operations.js";

/** Random operations in one life. */
export const STEPS = 60;
const A_DAY_MS = 86_400_000;

/** What one life led to: what went wrong, each with the number of the invariant, and everything that happened. */
export interface Outcome {
  readonly problems: readonly string[];
  readonly trace: readonly string[];
}

/**
 * One seeded life of a poller: random operations, then faults stop and everything must be well again, then close; with every
 * invariant checked after every step. Each step has dice of its own, so that a life can be replayed with some of its steps only.
 */
export async function live(seed: number, steps: readonly number[]): Promise<Outcome> {
  const kind = kindOf(seed);
  const run = new Run(new Life(seed, kind));
  run.life.journal.note(`a life with ${JSON.stringify(kind)}`);
  for (const step of steps) await run.step(() => happen(run.life, new Dice(1_000 * seed + step)));
  await run.epilogue(new Dice(1_000 * seed + 999));
  await run.close();
  run.life.end();
  return { problems: run.problems, trace: run.life.journal.lines };
}

class Run {
  readonly life: Life;
  readonly problems: string[] = [];
  readonly #invariants: ReadonlyMap<number, Check>;

  constructor(life: Life) {
    this.life = life;
    this.#invariants = invariantsOf(life);
  }

  /** Does something and checks everything, unless something went wrong before. */
  async step(act: () => unknown): Promise<void> {
    if (this.problems.length > 0) return;
    await act();
    await settle();
    this.life.look();
    this.problems.push(...this.life.problems);
    for (const [number, check] of this.#invariants) for (const problem of check()) this.#say(number, problem);
  }

  async epilogue(dice: Dice): Promise<void> {
    const pass = (ms: number): Promise<void> => this.step(() => this.life.time.advance(ms));
    for (const [number, chapter] of EPILOGUE) {
      if (this.life.closed || this.problems.length > 0) return;
      for await (const problem of chapter(this.life, pass, dice)) if (this.problems.length === 0) this.#say(number, problem);
    }
  }

  /** After close nothing happens any more; whatever fires later changes nothing. */
  async close(): Promise<void> {
    await this.step(() => this.life.close());
    await this.step(() => this.life.time.advance(A_DAY_MS));
    await this.step(() => this.life.suspect(this.life.source.members));
  }

  #say(number: number, problem: string): void {
    this.problems.push(`${number}: ${problem}`);
    this.life.journal.note(`INVARIANT ${number}: ${problem}`);
  }
}

function kindOf(seed: number): LifeKind {
  const dice = new Dice(1_000 * seed + 998);
  const guard = dice.weighted<LifeKind["guard"]>([
    [4, "default"],
    [1, "trusting"],
    [1, "allowing empty"],
  ]);
  const probes = dice.chance(0.85);
  const probing = probes && dice.chance(0.9);
  const everyMs = probing && dice.chance(0.15) ? 5_000 : undefined;
  const lingerMs = dice.weighted([
    [4, 0],
    [2, 2_500],
    [1, Number.POSITIVE_INFINITY],
  ]);
  const pace = { timeoutMs: PROBE_TIMEOUT_MS, recheckMs: RECHECK_MS, everyMs };
  const options: PollerOptions = {
    intervalMs: INTERVAL_MS,
    minIntervalMs: FLOOR_MS,
    timeoutMs: TIMEOUT_MS,
    lingerMs,
    ...(guard === "trusting" && { guard: () => true }),
    ...(guard === "allowing empty" && { guard: shrinkGuard({ allowEmpty: true, confirmations: 2 }) }),
    probe: probing ? pace : false,
  };
  return {
    key: `model ${seed}`,
    probes,
    probing,
    everyMs,
    lingerMs,
    guard,
    watch: dice.weighted<LifeKind["watch"]>([
      [4, "quiet"],
      [1, "throwing"],
      [1, "pushing"],
      [1, "pushing at once"],
    ]),
    crowd: dice.chance(0.2),
    mayClose: dice.chance(0.2),
    options,
  };
}
