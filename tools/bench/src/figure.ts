import type { Comparison } from "./comparisons.js";

/** What a user would write instead. */
export type Alternative = Comparison | "setInterval, array";

/** The order of the columns. */
export const ALTERNATIVES: readonly Alternative[] = ["isDeepStrictEqual", "JSON.stringify", "fast-deep-equal", "setInterval, array"];

/** One measured value, beside its budget and what the alternatives take. */
export interface Figure {
  /** What is measured, at which size. */
  readonly what: string;
  readonly unit: string;
  /** Rollcall's value. */
  readonly value: number;
  /** What the design allows. Absent: for information. */
  readonly budget?: Budget | undefined;
  /** The same of each alternative for which it means something. */
  readonly alternatives?: Readonly<Partial<Record<Alternative, number>>> | undefined;
}

/** A bound, in the figure's unit. */
export type Budget = { readonly atMost: number } | { readonly atLeast: number };

/** Whether a figure keeps its budget; undefined when it has none. */
export function verdict({ value, budget }: Figure): "ok" | "MISSED" | undefined {
  if (budget === undefined) return undefined;
  const kept = "atMost" in budget ? value <= budget.atMost : value >= budget.atLeast;
  return kept ? "ok" : "MISSED";
}

/** A number of things, as the table writes it: `10 000`. */
export function counted(count: number): string {
  return count.toString().replace(/\B(?=(\d{3})+$)/g, " ");
}
