/** The two functions of a test runner that a suite needs: those of vitest, `node:test`, jest and mocha fit as they are. */
export interface Runner {
  /** Groups what `body` registers. */
  readonly describe: (name: string, body: () => void) => unknown;
  /** Registers one test; it fails when `body` rejects. `skip` lists a test that is not run; a runner without it does not list them. */
  readonly it: RegisterTest & { readonly skip?: RegisterTest };
}

/**
 * Registers one test. `timeoutMs` is more than the test takes before it says by itself what is late; vitest and jest take it, and
 * a runner whose own limit is lower would hide which rule was broken.
 */
export type RegisterTest = (name: string, body: () => Promise<void>, timeoutMs: number) => unknown;

/** One thing that a suite checks. */
export interface ConformanceCase {
  /** The group it is listed in, such as `applies removals`. */
  readonly facet: string;
  /** What must hold, as a sentence without its subject. */
  readonly name: string;
  /** Rejects with a `ConformanceError` when it does not hold. */
  readonly run: () => Promise<void>;
  /** Why it is not run; it is listed as skipped then. Default: it is run. */
  readonly skipped?: string | undefined;
  /** When a runner may give it up, in milliseconds: later than it ends by itself, whatever is late. */
  readonly timeoutMs: number;
}

/**
 * Registers the cases with a runner, one `describe` per facet, in the given order.
 *
 * @param runner - default: the global `describe` and `it`, where a runner provides them
 * @throws Error when no runner is given and there are no globals
 */
export function registerCases(title: string, cases: readonly ConformanceCase[], runner: Runner = globalRunner()): void {
  runner.describe(title, () => {
    for (const facet of new Set(cases.map((one) => one.facet))) {
      runner.describe(facet, () => {
        for (const one of cases) if (one.facet === facet) register(one, runner.it);
      });
    }
  });
}

function register({ name, run, skipped, timeoutMs }: ConformanceCase, it: Runner["it"]): void {
  if (skipped === undefined) it(name, run, timeoutMs);
  else it.skip?.(`${name} (${skipped})`, run, timeoutMs);
}

function globalRunner(): Runner {
  const { describe, it } = globalThis as Partial<Runner>;
  if (typeof describe === "function" && typeof it === "function") return { describe, it };
  throw new Error(
    "[rollcall] no test runner: there is no global describe() and it(); pass those of yours, for example " +
      'import { describe, it } from "node:test" and then { runner: { describe, it } }',
  );
}
