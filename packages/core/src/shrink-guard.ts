import { checkNumber, checkOptionNames, invalid } from "./check-options.js";
import type { Endpoint } from "./endpoint.js";

/**
 * Decides whether the removals of an answer are believed. Consulted when an answer would remove a member, or lists none.
 *
 * @param next - what the answer lists
 * @param current - what is listed now
 * @param streak - suspicious answers in a row, this one included; failed polls neither count nor reset it
 * @returns false to hold the removals back; additions and moves are published all the same
 */
export type Guard = (next: readonly Endpoint[], current: readonly Endpoint[], streak: number) => boolean;

/**
 * The default {@link Guard}: an answer that keeps fewer than `1 - maxShrink` of the current *count*, such as that of a half
 * isolated member which knows only itself, must be repeated before its removals are believed. A full replacement by as many
 * others is no shrink.
 *
 * @throws DiscoveryError `INVALID_OPTIONS`
 */
export function shrinkGuard(
  options: {
    /** The share of the current members that one answer may remove. Default 0.5. 0 to 1; 1 trusts every answer that lists somebody. */
    readonly maxShrink?: number | undefined;
    /** How many suspicious answers in a row are believed, the first included. Default 3. 1 to 100. */
    readonly confirmations?: number | undefined;
    /** Whether an empty set can be confirmed at all. Default false: the last good set is kept for ever. */
    readonly allowEmpty?: boolean | undefined;
  } = {},
): Guard {
  checkOptionNames("shrinkGuard", options, ["maxShrink", "confirmations", "allowEmpty"]);
  const maxShrink = checkNumber("guard.maxShrink", options.maxShrink, 0.5, 0, 1);
  const confirmations = checkNumber("guard.confirmations", options.confirmations, 3, 1, 100);
  const { allowEmpty = false } = options;
  if (typeof allowEmpty !== "boolean") throw invalid("guard.allowEmpty", allowEmpty, "true or false");
  return (next, current, streak) => {
    if (next.length === 0) return allowEmpty && streak >= confirmations;
    return next.length >= (1 - maxShrink) * current.length || streak >= confirmations;
  };
}
