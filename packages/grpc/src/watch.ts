import { DiscoveryError, type Endpoint } from "@rollcall/core";
import type { CallEnded, StateChanged } from "./balancing.js";
import { hostPort } from "./spread.js";

/** Where a member failed somebody, and how. */
export type Suspect = (at: Pick<Endpoint, "host" | "port">, cause: DiscoveryError) => void;

const CANCELLED = 1;
const DEADLINE_EXCEEDED = 4;
const UNAVAILABLE = 14;

const CONNECTING = 1;
const READY = 2;
const TRANSIENT_FAILURE = 3;

/**
 * Watches one connection, and what becomes of the calls on it. A burst of failures is one suspicion: calls that began before
 * a suspicion can say no more than it did, so the function that they were given is deaf from then on, and new calls are
 * given another. No function is made per call.
 */
export class Watch {
  readonly #at: Pick<Endpoint, "host" | "port">;
  readonly #suspect: Suspect;
  #callEnded: CallEnded;

  constructor(at: Pick<Endpoint, "host" | "port">, suspect: Suspect) {
    this.#at = at;
    this.#suspect = suspect;
    this.#callEnded = this.#newEar();
  }

  /** For a call that begins now. */
  get callEnded(): CallEnded {
    return this.#callEnded;
  }

  /** A connection that nobody wants any more also leaves READY; it must not be listened to then. */
  readonly stateChanged: StateChanged = (_subchannel, before, now, _keepaliveMs, error) => {
    if (before === READY) this.#failed("UNAVAILABLE", `the connection to ${hostPort(this.#at)} was lost`);
    else if (before === CONNECTING && now === TRANSIENT_FAILURE) {
      this.#failed("UNAVAILABLE", `cannot connect to ${hostPort(this.#at)}: ${error ?? "no reason given"}`);
    }
  };

  #newEar(): CallEnded {
    const isDeaf = (): boolean => this.#callEnded !== ended;
    const failed = (code: number): void =>
      this.#failed(code === UNAVAILABLE ? "UNAVAILABLE" : "TIMEOUT", `a call to ${hostPort(this.#at)} ended with ${NAMES[code]}`);
    const ended: CallEnded = function (code) {
      if (!isDeaf() && isTheMembersFault(code, this)) failed(code);
    };
    return ended;
  }

  #failed(code: "TIMEOUT" | "UNAVAILABLE", what: string): void {
    this.#callEnded = this.#newEar();
    this.#suspect(this.#at, new DiscoveryError(code, what, { source: "grpc" }));
  }
}

const NAMES: Readonly<Record<number, string>> = {
  [CANCELLED]: "CANCELLED at its deadline",
  [DEADLINE_EXCEEDED]: "DEADLINE_EXCEEDED",
  [UNAVAILABLE]: "UNAVAILABLE",
};

/**
 * Whether the member may be why a call ended so. Its other errors are an application's own, and CANCELLED is the caller's,
 * unless the deadline has passed: then the server, which knows the deadline too, was first to end the call. Before 1.14 grpc-js
 * says nothing but the code, so the deadline is read from the call; without it, a cancelled call tells nothing.
 */
function isTheMembersFault(code: number, call: unknown): boolean {
  if (code === DEADLINE_EXCEEDED || code === UNAVAILABLE) return true;
  return code === CANCELLED && Date.now() >= deadlineOf(call);
}

function deadlineOf(call: unknown): number {
  const deadline = (call as { readonly deadline?: unknown } | null | undefined)?.deadline;
  return typeof deadline === "number" || deadline instanceof Date ? Number(deadline) : Number.POSITIVE_INFINITY;
}
