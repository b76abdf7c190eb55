import type { Endpoint } from "@rollcall/core";
import type { Runner } from "../runner.js";

/** Where a client connects to. */
export type Address = Pick<Endpoint, "host" | "port">;

/** A client on a feed, as a user of the sink would make it. Every case gets one of its own. */
export interface SinkHarness {
  /**
   * The addresses that the client uses now, in any order. Read as often as needed; while it rejects, the client counts as not ready.
   */
  held(): Iterable<Address> | Promise<Iterable<Address>>;
  /** Ends the client and its subscription as a user would. Called once, or twice by the case about that. */
  close(): unknown;
}

/** How a sink works and what can be done to its client; `harness` is what `make` made for the case. */
export interface SinkCapabilities<H extends SinkHarness = SinkHarness> {
  /** The functions of your test runner. Default: the global `describe` and `it`, where the runner provides them. */
  readonly runner?: Runner | undefined;
  /** Four different addresses for the members. Default: 192.0.2.1 to 192.0.2.4 (RFC 5737: nobody is there), port 2379. */
  readonly addresses?: readonly Address[] | undefined;
  /**
   * How long a call of the sink, its client's taking over of a set, or `close` may take, in milliseconds of the real clock. Default
   * 2 000. 1 to 600 000. Failing cases take this long or longer; the runner is told to leave a case twenty times this, and one that does
   * not listen (mocha) needs a limit above it.
   */
  readonly timeoutMs?: number | undefined;
  /**
   * The client takes a set over some time after the call that brought it, as a channel does that connects first. Default: absent, then
   * the set must be in use when the call ends.
   */
  readonly eventual?: boolean | undefined;
  /**
   * The subscription stays after `close` until the poller closes, as that of a channel which is pulled, and serves every later client on
   * the same feed. Default: absent, then it ends.
   */
  readonly staysSubscribed?: boolean | undefined;
  /**
   * Lets the client refuse every set from now on, or take them again. Default: absent, then the cases about a client that refuses are
   * listed as skipped.
   */
  refuse?(harness: H, refusing: boolean): unknown;
}
