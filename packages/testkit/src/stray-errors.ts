import { ConformanceError, type Rule } from "./rule.js";

const STRAY: Rule = {
  rule: "every error reaches whoever asked or told: no unhandled rejection, nothing thrown from a callback",
  why: "Node.js ends the whole process for either",
};

/** Runs a case, and fails it for errors that went astray meanwhile. */
export async function withoutStrayErrors(run: () => Promise<void>): Promise<void> {
  const stray: unknown[] = [];
  const caught = (error: unknown): void => void stray.push(error);
  process.on("unhandledRejection", caught);
  process.on("uncaughtExceptionMonitor", caught);
  try {
    await run();
    // Node.js reports a rejection once the turn in which nobody handled it is over.
    await new Promise((resolve) => setImmediate(resolve));
  } finally {
    process.off("unhandledRejection", caught);
    process.off("uncaughtExceptionMonitor", caught);
  }
  if (stray.length > 0) throw new ConformanceError(STRAY, { stray }, stray[0]);
}
