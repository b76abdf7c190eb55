import { inspect } from "node:util";

/** One rule of the contract between a poller and a source or sink. */
export interface Rule {
  /** What must hold, in one sentence. */
  readonly rule: string;
  /** What goes wrong in production when it does not. */
  readonly why: string;
}

/** What was seen, by name; part of the message. */
export type Observed = Readonly<Record<string, unknown>>;

/** A rule of the contract was seen broken. */
export class ConformanceError extends Error implements Rule {
  /** What test runners print before the message. */
  override readonly name = "ConformanceError";
  readonly rule: string;
  readonly why: string;
  /** What was seen. */
  readonly observed: Observed;

  /** @param cause - the error that was seen, if the rule was broken by one */
  constructor({ rule, why }: Rule, observed: Observed = {}, cause?: unknown) {
    const facts = Object.entries(observed).map(([name, value]) => `\n  ${name}: ${textOf(value)}`);
    super(`broken rule: ${rule}\nwhy it matters: ${why}${facts.length > 0 ? `\nobserved:${facts.join("")}` : ""}`, { cause });
    this.rule = rule;
    this.why = why;
    this.observed = observed;
  }
}

function textOf(value: unknown): string {
  // Of an error only what it says: a stack in the middle hides the rest.
  return typeof value === "string" || value instanceof Error ? String(value) : inspect(value, { compact: true, breakLength: Infinity });
}

/**
 * Does nothing while a rule holds.
 * @throws ConformanceError when `holds` is false
 */
export function check(rule: Rule, holds: boolean, observed: Observed = {}): asserts holds {
  if (!holds) throw new ConformanceError(rule, observed);
}
