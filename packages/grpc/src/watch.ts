import { constants } from "node:http2";
import { type Clock, DiscoveryError, type Endpoint, hostPort, systemClock } from "@rollcall/core";
import type { CallEnded, StateChanged } from "./balancing.js";

/** Where a member failed somebody, and how. */
export type Suspect = (at: Pick<Endpoint, "host" | "port">, cause: DiscoveryError) => void;

const CANCELLED = 1;
const DEADLINE_EXCEEDED = 4;
const UNAVAILABLE = 14;
const { NGHTTP2_REFUSED_STREAM: REFUSED_STREAM } = constants;

const CONNECTING = 1;
const TRANSIENT_FAILURE = 3;

/**
 * How long a connection may take before its member is suspected. grpc-js waits for one without end: a frozen member accepts it,
 * and is silent (grpc-node issue 2785).
 */
const SLOW_MS = 1_000;

/** How long a poller may take to find out whether a member that failed a call serves, and how seldom calls keep away from it meanwhile. */
const DOUBT_MS = 300;
const DOUBT_EVERY_MS = 10_000;

/**
 * Watches one connection, and what becomes of the calls on it. A burst of failures is one suspicion: calls that began before
 * a suspicion can say no more than it did, so the function that they were given is deaf from then on, and new calls are
 * given another. No function is made per call.
 */
export class Watch {
  readonly #at: Pick<Endpoint, "host" | "port">;
  readonly #suspect: Suspect;
  readonly #clock: Clock;
  #callEnded: CallEnded;
  #slow: unknown;
  #doubtedAt = Number.NEGATIVE_INFINITY;

  constructor(at: Pick<Endpoint, "host" | "port">, suspect: Suspect, clock: Clock = systemClock) {
    this.#at = at;
    this.#suspect = suspect;
    this.#clock = clock;
    this.#callEnded = this.#newEar();
  }

  /** For a call that begins now. */
  get callEnded(): CallEnded {
    return this.#callEnded;
  }

  /**
   * Whether calls had better go to others for a moment, if there are any: the member has just failed one, and is being asked. Seldom, so that
   * one that fails a small part of its calls keeps its share.
   */
  get isInDoubt(): boolean {
    return this.#clock.now() - this.#doubtedAt < DOUBT_MS;
  }

  /** The channel takes a connection that is in this state; what becomes of it is told to `stateChanged`. */
  begin(state: number): void {
    if (state === CONNECTING) this.#slow = this.#clock.setTimeout(() => this.#unreachable(`no answer in ${SLOW_MS} ms`), SLOW_MS);
  }

  /** The channel wants the connection no more: it may end, or never be made. */
  end(): void {
    this.#clock.clearTimeout(this.#slow);
  }

  /**
   * That a connection ended says nothing by itself: servers drain connections of a certain age, and grpc-js does not tell that
   * from a loss. The calls that were lost with it do, and so does the next connection.
   */
  readonly stateChanged: StateChanged = (_subchannel, before, now, _keepaliveMs, error) => {
    this.end();
    this.begin(now);
    if (before === CONNECTING && now === TRANSIENT_FAILURE) this.#unreachable(error ?? "no reason given");
  };

  #unreachable(why: string): void {
    this.#failed("UNAVAILABLE", `cannot connect to ${hostPort.format(this.#at)}: ${why}`);
  }

  #newEar(): CallEnded {
    const isDeaf = (): boolean => this.#callEnded !== ended;
    const failed = (code: number): void =>
      this.#failed(code === UNAVAILABLE ? "UNAVAILABLE" : "TIMEOUT", `a call to ${hostPort.format(this.#at)} ended with ${NAMES[code]}`);
    const ended: CallEnded = function (code) {
      if (!isDeaf() && isTheMembersFault(code, this)) failed(code);
    };
    return ended;
  }

  #failed(code: "TIMEOUT" | "UNAVAILABLE", what: string): void {
    this.#callEnded = this.#newEar();
    const now = this.#clock.now();
    if (now - this.#doubtedAt >= DOUBT_EVERY_MS) this.#doubtedAt = now;
    this.#suspect(this.#at, new DiscoveryError(code, what, { source: "grpc" }));
  }
}

const NAMES: Readonly<Record<number, string>> = {
  [CANCELLED]: "CANCELLED at its deadline",
  [DEADLINE_EXCEEDED]: "DEADLINE_EXCEEDED",
  [UNAVAILABLE]: "UNAVAILABLE",
};

/**
 * Whether the member may be why a call ended so. Its other errors are an application's own. UNAVAILABLE is also what grpc-js makes
 * of a stream that was refused, as those are that come when the connection is being drained: the member serves, and the call is
 * made again. CANCELLED is the caller's, unless the deadline has passed: then the server, which knows the deadline too, was first
 * to end the call. Before 1.14 grpc-js says nothing but the code, so the rest is read from the call, as far as it is there.
 */
function isTheMembersFault(code: number, call: unknown): boolean {
  const { deadline, child } = (call ?? {}) as CallInside;
  if (code === UNAVAILABLE) return child?.http2Stream?.rstCode !== REFUSED_STREAM;
  if (code === DEADLINE_EXCEEDED) return true;
  return code === CANCELLED && (typeof deadline === "number" || deadline instanceof Date) && Date.now() >= Number(deadline);
}

/** The part of a call, as a balancing policy sees it, that tells how it ended. */
interface CallInside {
  readonly deadline?: unknown;
  readonly child?: { readonly http2Stream?: { readonly rstCode?: number } } | null;
}
