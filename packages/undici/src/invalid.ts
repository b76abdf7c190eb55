import { DiscoveryError } from "@rollcall/core";

/** What is wrong with what a user gave, as the one error that says so. */
export function invalid(message: string, cause?: unknown): DiscoveryError {
  return new DiscoveryError("INVALID_OPTIONS", message, cause === undefined ? { source: "undici" } : { source: "undici", cause });
}
