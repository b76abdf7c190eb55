import type { VersionRange } from "../kafka-transport.js";

/**
 * The newest version of a request that both sides know.
 *
 * @param offered - what the broker says; absent if it does not know the request
 * @param oldest - the oldest version known here
 * @param newest - the newest version known here
 * @returns `undefined` if there is none
 */
export function commonVersion(offered: VersionRange | undefined, oldest: number, newest: number): number | undefined {
  if (!offered) return undefined;
  const version = Math.min(offered.max, newest);
  return version >= Math.max(offered.min, oldest) ? version : undefined;
}
