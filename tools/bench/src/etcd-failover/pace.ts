import type { RealEtcdOptions } from "@rollcall/testbed";

/** How long everything lasts. */
export interface Pace {
  /** How often Rollcall polls and Go synchronises, in milliseconds; each of these is a contender of its own. */
  readonly intervalsMs: readonly number[];
  /** How fast the cluster's elections are. */
  readonly timers: NonNullable<RealEtcdOptions["timers"]>;
  /** How often all members are replaced, each time before fresh clients. */
  readonly rounds: number;
  /** Until all clients must have begun, in milliseconds. */
  readonly beginMs: number;
  /** Before and after whatever happens, in milliseconds; before a replacement see {@link calmBeforeMs}. */
  readonly calmMs: number;
  /** How long after the replacement clients are watched, in milliseconds: every client has asked once more by then. */
  readonly watchMs: number;
  /** For how long a follower does not serve, in milliseconds. */
  readonly outageMs: number;
  /** For how long clients at rest are watched, in milliseconds. */
  readonly restMs: number;
  /** The same for a crowd of clients in one process. */
  readonly crowdRestMs: number;
  /** How many are a crowd. */
  readonly crowd: number;
}

export const FULL: Pace = {
  intervalsMs: [1_000, 30_000],
  timers: "default",
  rounds: 3,
  beginMs: 60_000,
  calmMs: 3_000,
  watchMs: 40_000,
  outageMs: 20_000,
  restMs: 60_000,
  crowdRestMs: 20_000,
  crowd: 100,
};

/** A quick look. */
export const SHORT: Pace = {
  intervalsMs: [1_000],
  timers: "fast",
  rounds: 1,
  beginMs: 60_000,
  calmMs: 3_000,
  watchMs: 5_000,
  outageMs: 6_000,
  restMs: 8_000,
  crowdRestMs: 5_000,
  crowd: 40,
};

/**
 * How long before the replacement of a round clients are left alone, in milliseconds. What becomes of one that asks rarely depends on when in its interval the members
 * go: the rounds begin at moments that are spread over the longest interval.
 */
export function calmBeforeMs(round: number, { calmMs, rounds, intervalsMs }: Pick<Pace, "calmMs" | "rounds" | "intervalsMs">): number {
  return calmMs + ((round - 1) * Math.max(...intervalsMs)) / rounds;
}
