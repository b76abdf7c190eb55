import type { IncomingMessage, ServerResponse } from "node:http";
import { checkNumber, checkOptionNames } from "../check-options.js";
import { type Clock, systemClock } from "../clock.js";
import { DiscoveryError, type DiscoveryErrorCode } from "../discovery-error.js";
import type { EndpointFeed, Subscription } from "../endpoint-feed.js";
import type { Status } from "../snapshot.js";
import { checkFeed } from "./check-feed.js";

/** Whether there are members to talk to, and what that was judged by. JSON, without addresses or secrets. */
export interface ReadinessReport {
  /** The verdict. */
  readonly ready: boolean;
  /** Why it is not; absent while it is. */
  readonly reason?: string | undefined;
  /** Of the feed. `stale` is ready, unless `maxAgeMs` says otherwise. */
  readonly state: Status["state"];
  /** How many members are in use. */
  readonly endpoints: number;
  /** How many are listed and do not serve. */
  readonly aside: number;
  /** Since the last poll that succeeded, in milliseconds; absent if none has. */
  readonly ageMs?: number | undefined;
  /** Failed polls in a row. */
  readonly failures: number;
  /** Why the last poll failed; absent after a success. */
  readonly error?: DiscoveryErrorCode | undefined;
}

/** A readiness check on a feed. */
export interface Readiness extends Disposable, AsyncDisposable {
  /** How it is now. Never throws. */
  report(): ReadinessReport;
  /**
   * Resolves with the report when ready. Rejects when not with a DiscoveryError, `CLOSED` or `UNAVAILABLE`; its `cause` is the error of the last poll and
   * its `causes` the report, which is what `@godaddy/terminus` shows. Never waits.
   */
  readonly check: () => Promise<ReadinessReport>;
  /**
   * Answers a request of `node:http` or of what is built on it, whatever its path: 200 when ready and 503 when not, with the report as JSON, never cached. `GET` and
   * `HEAD`; anything else is 405.
   */
  readonly handler: (request: IncomingMessage, response: ServerResponse) => void;
  /** Ends the subscription. Not ready from then on. */
  [Symbol.dispose](): void;
  /** The same. */
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * Says whether a process knows members to talk to: for a readiness probe of Kubernetes, a load balancer or Terminus. Not ready before the first set, with too few
 * members in use, once the set is too old if that is asked for, and after the feed closed or this was disposed.
 *
 * A cluster that cannot be asked makes nobody unready by default: members may serve all the same, and a fleet that becomes unready all at once turns a small outage
 * into a large one. No liveness probe should depend on it either: a restart mends no cluster.
 *
 * It subscribes until it is disposed, so that the feed polls before the first probe comes.
 *
 * @throws DiscoveryError `INVALID_OPTIONS`, or `CLOSED` when the feed is
 */
export function readiness(
  feed: EndpointFeed,
  options: {
    /** How many members have to be in use. Default 1. 0 to 1 000 000. */
    readonly minEndpoints?: number | undefined;
    /**
     * How long ago the last successful poll may have ended, in milliseconds by the wall clock. Default `Infinity`: any time, and a set from a store is enough. 0 to
     * `Infinity`; below the feed's `intervalMs` a process would be unready between two polls.
     */
    readonly maxAgeMs?: number | undefined;
    /** Default: the system clock. */
    readonly clock?: Clock | undefined;
  } = {},
): Readiness {
  checkFeed("readiness feed", feed);
  checkOptionNames("readiness", options, ["minEndpoints", "maxAgeMs", "clock"]);
  const minEndpoints = checkNumber("readiness minEndpoints", options.minEndpoints, 1, 0, 1_000_000);
  const maxAgeMs = checkNumber("readiness maxAgeMs", options.maxAgeMs, Number.POSITIVE_INFINITY, 0, Number.POSITIVE_INFINITY);
  return new FeedReadiness(feed, { minEndpoints, maxAgeMs, clock: options.clock ?? systemClock });
}

class FeedReadiness implements Readiness {
  readonly #feed: EndpointFeed;
  readonly #limits: { readonly minEndpoints: number; readonly maxAgeMs: number; readonly clock: Clock };
  readonly #subscription: Subscription;
  #isDisposed = false;

  constructor(feed: EndpointFeed, limits: { readonly minEndpoints: number; readonly maxAgeMs: number; readonly clock: Clock }) {
    this.#feed = feed;
    this.#limits = limits;
    this.#subscription = feed.subscribe(() => undefined);
  }

  report(): ReadinessReport {
    const { snapshot, status } = this.#feed;
    const { state, failures, error, lastSuccessAt } = status;
    const [endpoints, aside] = [snapshot?.endpoints.length ?? 0, snapshot?.aside.length ?? 0];
    const ageMs = lastSuccessAt === undefined ? undefined : Math.max(0, this.#limits.clock.wallNow() - lastSuccessAt);
    const reason = this.#problem(state, snapshot === undefined ? undefined : endpoints, ageMs);
    return { ready: reason === undefined, reason, state, endpoints, aside, ageMs, failures, error: error?.code };
  }

  readonly check = async (): Promise<ReadinessReport> => {
    const report = this.report();
    if (report.ready) return report;
    const code = report.state === "closed" || this.#isDisposed ? "CLOSED" : "UNAVAILABLE";
    const details = { source: "readiness", cause: this.#feed.status.error };
    throw Object.assign(new DiscoveryError(code, `not ready: ${report.reason}`, details), { causes: report });
  };

  readonly handler = ({ method }: IncomingMessage, response: ServerResponse): void => {
    if (method !== "GET" && method !== "HEAD") {
      response.writeHead(405, { allow: "GET, HEAD" }).end();
      return;
    }
    const report = this.report();
    const body = JSON.stringify(report);
    const headers = { "content-type": "application/json", "content-length": Buffer.byteLength(body), "cache-control": "no-store" };
    response.writeHead(report.ready ? 200 : 503, headers).end(method === "GET" ? body : undefined);
  };

  [Symbol.dispose](): void {
    this.#isDisposed = true;
    this.#subscription[Symbol.dispose]();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this[Symbol.dispose]();
  }

  #problem(state: Status["state"], endpoints: number | undefined, ageMs: number | undefined): string | undefined {
    const { minEndpoints, maxAgeMs } = this.#limits;
    if (this.#isDisposed) return "the check has been disposed";
    if (state === "closed") return "the poller is closed";
    if (endpoints === undefined) return "there is no set yet";
    if (endpoints < minEndpoints) return `members in use: ${endpoints}, needed: ${minEndpoints}`;
    if (maxAgeMs === Number.POSITIVE_INFINITY || (ageMs !== undefined && ageMs <= maxAgeMs)) return undefined;
    return ageMs === undefined ? "no poll has succeeded yet" : `the last success is ${ageMs} ms old, allowed: ${maxAgeMs}`;
  }
}
