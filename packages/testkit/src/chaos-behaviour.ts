import { DiscoveryError } from "@rollcall/core";

/** How a chaos proxy treats its connections. */
export type ChaosBehaviour =
  /** Brings everything to the other side. */
  | { readonly kind: "forward" }
  /** Brings everything to the other side, `ms` milliseconds later. 0 to 600 000. */
  | { readonly kind: "delay"; readonly ms: number }
  /** Resets every connection, and every new one as soon as it is accepted: a load balancer without backends. */
  | { readonly kind: "cut" }
  /**
   * Brings `bytes` more bytes of the target's answers to the client of each connection, and then ends it, or falls silent: a member
   * that dies in the middle of a message. 0 to 2^53 - 1.
   */
  | { readonly kind: "half-frame"; readonly bytes: number; readonly end: "cut" | "silence" }
  /** Takes whatever either side sends, and brings none of it to the other: a firewall that lost its state. */
  | { readonly kind: "blackhole" }
  /** Accepts, and neither reads nor says anything, nor connects to the target: a frozen process. */
  | { readonly kind: "silence" }
  /** Resets every connection, and nobody listens on the port: a process that ended. */
  | { readonly kind: "refuse" };

const KINDS: readonly ChaosBehaviour["kind"][] = ["forward", "delay", "cut", "half-frame", "blackhole", "silence", "refuse"];
const MAX_DELAY_MS = 600_000;

/** @throws DiscoveryError `INVALID_OPTIONS` */
export function checkBehaviour(behaviour: ChaosBehaviour): void {
  if (!KINDS.includes(behaviour?.kind)) throw invalid(`kind ${String(behaviour?.kind)} is unknown; known are ${KINDS.join(", ")}`);
  if (behaviour.kind === "delay" && !(behaviour.ms >= 0 && behaviour.ms <= MAX_DELAY_MS)) {
    throw invalid(`ms is ${String(behaviour.ms)}; allowed are 0 to ${MAX_DELAY_MS}`);
  }
  if (behaviour.kind !== "half-frame") return;
  if (!(Number.isSafeInteger(behaviour.bytes) && behaviour.bytes >= 0)) {
    throw invalid(`bytes is ${String(behaviour.bytes)}; allowed are whole numbers from 0`);
  }
  if (!["cut", "silence"].includes(behaviour.end)) throw invalid(`end is ${String(behaviour.end)}; allowed are cut and silence`);
}

function invalid(message: string): DiscoveryError {
  return new DiscoveryError("INVALID_OPTIONS", `chaosProxy: ${message}`, { source: "testkit" });
}
