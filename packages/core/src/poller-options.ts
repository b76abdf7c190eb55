import { checkNumber, checkOptionNames, invalid } from "./check-options.js";
import { type Clock, systemClock } from "./clock.js";
import type { MapEndpoint } from "./endpoint.js";
import { type Guard, shrinkGuard } from "./shrink-guard.js";
import type { SnapshotStore } from "./snapshot-store.js";

/** Options of `MetadataPoller`. A bad value or an unknown name is `INVALID_OPTIONS`. */
export interface PollerOptions {
  /**
   * Pause from the end of one poll to the start of the next, in milliseconds. Default 30 000. 10 to 86 400 000.
   * Spread by ±10 %; after the first success and after an outage the next poll comes at a random moment of one interval,
   * so that processes started together do not ask together.
   */
  readonly intervalMs?: number | undefined;
  /**
   * Floor between two polls, whatever asks, in milliseconds. Default 1 000, or `intervalMs` if that is shorter.
   * 10 to `intervalMs`. Holds across unsubscribing, aborts and storms of `refresh()`; also the first step of backoff.
   */
  readonly minIntervalMs?: number | undefined;
  /**
   * How long one poll may take, all candidates together, in milliseconds. Default 10 000, or `intervalMs` if that is
   * shorter. 10 to 86 400 000; a given value may exceed `intervalMs` (long polls), but not be below a given `probe.timeoutMs`.
   */
  readonly timeoutMs?: number | undefined;
  /**
   * Age of the last success after which `status.state` is `stale`, in milliseconds. Default 3 × `intervalMs`. At least
   * `intervalMs`. Information only: nothing is ever removed for being old.
   */
  readonly staleAfterMs?: number | undefined;
  /**
   * How long to go on polling after the last subscriber left, in milliseconds. Default 0. 0 to `Infinity`, which polls from
   * first use until `close()`.
   */
  readonly lingerMs?: number | undefined;
  /** Holds back the removals of a suspicious answer. Default `shrinkGuard()`. */
  readonly guard?: Guard | undefined;
  /**
   * Asking members whether they serve, at a source that can. Default: on suspicion, and when they are new or have moved. `false`: never.
   */
  readonly probe?:
    | {
        /** How long one probe may take, in milliseconds. Default 500, or the poll's `timeoutMs` if that is shorter. 10 to `timeoutMs`. */
        readonly timeoutMs?: number | undefined;
        /**
         * Pause before a member that does not serve is asked again, in milliseconds; doubles up to 8 times that, ±10 %. Default 1 000.
         * 10 to 86 400 000.
         */
        readonly recheckMs?: number | undefined;
        /**
         * Also asks every member without suspicion, this often, in milliseconds, ±10 %. Default: what the source says, for most never.
         * `minIntervalMs` to 86 400 000.
         */
        readonly everyMs?: number | undefined;
      }
    | false
    | undefined;
  /** Rewrites (NAT) or drops each endpoint before anything compares it. Default: endpoints stay as listed. */
  readonly mapEndpoint?: MapEndpoint | undefined;
  /**
   * Where the last good set is kept, so that a restart during an outage begins with it, its state `stale`. Default: nowhere. Needs a source
   * with `restore`. Read once, when polling begins for the first time; written when a new version says something new, and once an hour
   * while polls confirm it. `close()` does not wait for a save in progress.
   */
  readonly store?: SnapshotStore | undefined;
  /** Time and randomness. Default: the system's; its timers do not keep the process alive unless somebody awaits. */
  readonly clock?: Clock | undefined;
}

/** How members are asked whether they serve. */
export interface ProbeOptions {
  readonly timeoutMs: number;
  readonly recheckMs: number;
  readonly everyMs: number | undefined;
}

/** The options with every default filled in and every bound checked. */
export interface ResolvedOptions {
  readonly intervalMs: number;
  readonly minIntervalMs: number;
  readonly timeoutMs: number;
  readonly staleAfterMs: number;
  readonly lingerMs: number;
  readonly guard: Guard;
  readonly probe: ProbeOptions | undefined;
  readonly mapEndpoint: MapEndpoint | undefined;
  readonly store: SnapshotStore | undefined;
  readonly clock: Clock;
}

const NAMES = [
  "intervalMs",
  "minIntervalMs",
  "timeoutMs",
  "staleAfterMs",
  "lingerMs",
  "guard",
  "probe",
  "mapEndpoint",
  "store",
  "clock",
] as const satisfies readonly (keyof PollerOptions)[];
const CLOCK_METHODS = ["now", "wallNow", "setTimeout", "clearTimeout", "random"] as const satisfies readonly (keyof Clock)[];
const DAY_MS = 86_400_000;

/** @throws DiscoveryError `INVALID_OPTIONS`, naming the option, what was given and what is allowed. */
export function resolveOptions(options: PollerOptions): ResolvedOptions {
  checkOptionNames("MetadataPoller", options, NAMES);
  const intervalMs = checkNumber("intervalMs", options.intervalMs, 30_000, 10, DAY_MS);
  const { guard = shrinkGuard(), mapEndpoint, store, clock = systemClock } = options;
  if (typeof guard !== "function") throw invalid("guard", guard, "a function, such as shrinkGuard()");
  if (mapEndpoint !== undefined && typeof mapEndpoint !== "function") throw invalid("mapEndpoint", mapEndpoint, "a function");
  if (store !== undefined && (typeof store?.load !== "function" || typeof store.save !== "function")) {
    throw invalid("store", store, "an object with load() and save()");
  }
  const missing = CLOCK_METHODS.find((method) => typeof clock?.[method] !== "function");
  if (missing !== undefined) throw invalid("clock", clock, `an object with the method ${missing}`);
  const minIntervalMs = checkNumber("minIntervalMs", options.minIntervalMs, Math.min(1_000, intervalMs), 10, intervalMs);
  const timeoutMs = checkNumber("timeoutMs", options.timeoutMs, Math.min(10_000, intervalMs), 10, DAY_MS);
  return {
    intervalMs,
    minIntervalMs,
    timeoutMs,
    staleAfterMs: checkNumber("staleAfterMs", options.staleAfterMs, 3 * intervalMs, intervalMs, Number.POSITIVE_INFINITY),
    lingerMs: checkNumber("lingerMs", options.lingerMs, 0, 0, Number.POSITIVE_INFINITY),
    guard,
    probe: resolveProbe(options.probe, minIntervalMs, timeoutMs),
    mapEndpoint,
    store,
    clock,
  };
}

function resolveProbe(options: PollerOptions["probe"] = {}, minIntervalMs: number, timeoutMs: number): ProbeOptions | undefined {
  if (options === false) return undefined;
  checkOptionNames("probe", options, ["timeoutMs", "recheckMs", "everyMs"]);
  const { everyMs } = options;
  return {
    timeoutMs: checkNumber("probe.timeoutMs", options.timeoutMs, Math.min(500, timeoutMs), 10, timeoutMs),
    recheckMs: checkNumber("probe.recheckMs", options.recheckMs, 1_000, 10, DAY_MS),
    everyMs: everyMs === undefined ? undefined : checkNumber("probe.everyMs", everyMs, undefined, minIntervalMs, DAY_MS),
  };
}
