import { ConformanceError, type Runner } from "../../src/index.js";

/** What a suite registered. */
export interface Registered {
  readonly facet: string;
  readonly name: string;
  readonly run: (() => Promise<void>) | "skipped";
  readonly timeoutMs: number;
}

/** A runner that only writes down. */
export function writingRunner(): { readonly runner: Runner; readonly registered: readonly Registered[] } {
  const registered: Registered[] = [];
  const facets: string[] = [];
  const add = (name: string, run: Registered["run"], timeoutMs: number): void =>
    void registered.push({ facet: facets.at(-1) ?? "", name, run, timeoutMs });
  const skip = (name: string, _body: unknown, timeoutMs: number): void => add(name, "skipped", timeoutMs);
  const runner: Runner = {
    describe: (name, body) => {
      facets.push(name);
      body();
      facets.pop();
    },
    it: Object.assign(add, { skip }),
  };
  return { runner, registered };
}

/** A case that failed. */
export interface Broken {
  readonly facet: string;
  readonly error: ConformanceError;
}

/** Runs the cases one after another. @throws what is no `ConformanceError` */
export async function brokenOf(registered: readonly Registered[]): Promise<readonly Broken[]> {
  const broken: Broken[] = [];
  for (const { facet, run } of registered) {
    try {
      if (run !== "skipped") await run();
    } catch (error) {
      if (!(error instanceof ConformanceError)) throw error;
      broken.push({ facet, error });
    }
  }
  return broken;
}
