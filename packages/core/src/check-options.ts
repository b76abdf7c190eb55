import { inspect } from "node:util";
import { DiscoveryError } from "./discovery-error.js";

/** The number given, or `fallback` if none is. @throws DiscoveryError `INVALID_OPTIONS` unless it is from `min` to `max`. */
export function checkNumber(name: string, given: unknown, fallback: number | undefined, min: number, max: number): number {
  const value = given === undefined ? fallback : given;
  if (typeof value === "number" && value >= min && value <= max) return value;
  throw invalid(name, given, `a number from ${min} to ${max}`);
}

/** @throws DiscoveryError `INVALID_OPTIONS` if `options` is no object or has a name that is not in `allowed`. */
export function checkOptionNames(of: string, options: unknown, allowed: readonly string[]): void {
  if (typeof options !== "object" || options === null) throw invalid(`the options of ${of}`, options, "an object");
  for (const name of Object.keys(options)) {
    if (!allowed.includes(name)) throw invalid(`${of}, option names`, name, `one of ${allowed.join(", ")}`);
  }
}

/** Why `signal` is none, of whatever realm; undefined if it is one, or absent. */
export function signalProblem(signal: AbortSignal | undefined): DiscoveryError | undefined {
  return signal === undefined || typeof signal?.addEventListener === "function" ? undefined : invalid("signal", signal, "an AbortSignal");
}

/** The one way bad options are reported: which, what was given, what is allowed. Objects are not printed: they may hold secrets. */
export function invalid(name: string, given: unknown, allowed: string): DiscoveryError {
  const shown = typeof given === "string" ? JSON.stringify(given) : inspect(given, { depth: -1 });
  return new DiscoveryError("INVALID_OPTIONS", `${name}: got ${shown}, allowed is ${allowed}`, { source: "core" });
}
