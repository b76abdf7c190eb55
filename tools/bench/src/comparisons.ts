import { isDeepStrictEqual } from "node:util";
import type { Endpoint } from "@rollcall/core";
import fastDeepEqual from "fast-deep-equal";

/** Whether an answer says the same as the one before. */
export type Same = (before: readonly Endpoint[], after: readonly Endpoint[]) => boolean;

/** How users compare answers. */
export type Comparison = "isDeepStrictEqual" | "JSON.stringify" | "fast-deep-equal";

/** Each way to compare, made anew for every poller, because one remembers something. */
export const COMPARISONS: Readonly<Record<Comparison, () => Same>> = {
  isDeepStrictEqual: () => isDeepStrictEqual,
  "JSON.stringify": sameText,
  "fast-deep-equal": () => fastDeepEqual,
};

/** The text of the last answer is kept, so that each answer is written down only once. */
function sameText(): Same {
  let text = "";
  return (_before, after) => {
    const before = text;
    text = JSON.stringify(after);
    return text === before;
  };
}
