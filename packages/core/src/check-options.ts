import { inspect } from "node:util";
import { DiscoveryError } from "./discovery-error.js";

/** @throws DiscoveryError `INVALID_OPTIONS` unless `given` is a number from `min` to `max`. */
export function checkNumber(name: string, given: unknown, min: number, max: number): number {
  if (typeof given === "number" && given >= min && given <= max) return given;
  throw invalid(name, given, `a number from ${min} to ${max}`);
}

/** @throws DiscoveryError `INVALID_OPTIONS` if `options` is no object or has a name that is not in `allowed`. */
export function checkOptionNames(of: string, options: unknown, allowed: readonly string[]): void {
  if (typeof options !== "object" || options === null) throw invalid(`the options of ${of}`, options, "an object");
  for (const name of Object.keys(options)) {
    if (!allowed.includes(name)) throw invalid(`${of}, option names`, name, `one of ${allowed.join(", ")}`);
  }
}

/** The one way bad options are reported: which, what was given, what is allowed. */
export function invalid(name: string, given: unknown, allowed: string): DiscoveryError {
  const shown = typeof given === "string" ? JSON.stringify(given) : inspect(given, { depth: 0 });
  return new DiscoveryError("INVALID_OPTIONS", `${name}: got ${shown}, allowed is ${allowed}`, { source: "core" });
}
