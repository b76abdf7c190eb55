import { checkNumber, checkOptionNames, invalid } from "./check-options.js";
import { type Clock, systemClock } from "./clock.js";
import { DiscoveryError } from "./discovery-error.js";

/** One stray answer is no replacement, however long ago it came. */
const MIN_ANSWERS = 3;

/** Remembers which cluster a source has, so that an answer of another one is never merged. @throws DiscoveryError `INVALID_OPTIONS` */
export function clusterPin(
  options: {
    /** The only cluster id that is ever accepted. Default: the id of the first answer. */
    readonly clusterId?: string | undefined;
    /**
     * `follow`: when no id was given, nobody of the pinned cluster has answered for `staleAfterMs` and every answer since then, three
     * at least, names the same other id (a cluster restored from a backup), that id is pinned instead and a process warning says so.
     * `refuse`: never. Default `follow`; a given `clusterId` is never replaced.
     */
    readonly foreign?: "refuse" | "follow" | undefined;
    /** How long only the other cluster must have answered before it is followed, in milliseconds. Default 90 000. 0 to `Infinity`. */
    readonly staleAfterMs?: number | undefined;
    /** Who pins; the `source` of errors. Default `core`. */
    readonly source?: string | undefined;
    /** Default: the system clock. */
    readonly clock?: Clock | undefined;
  } = {},
): {
  /** The pinned id, once there is one. */
  readonly id: string | undefined;
  /** Accepts an answer's cluster id, pinning the first. @throws DiscoveryError `FOREIGN_CLUSTER`: refuse the answer, ask the next candidate. */
  check(clusterId: string): void;
} {
  const { mayFollow, staleAfterMs, source, clock } = checked(options);
  let pinned = options.clusterId;
  let stranger: { readonly id: string; readonly since: number; answers: number } | undefined;
  return {
    get id() {
      return pinned;
    },
    check(clusterId) {
      pinned ??= clusterId;
      if (clusterId === pinned) {
        stranger = undefined;
        return;
      }
      if (stranger?.id !== clusterId) stranger = { id: clusterId, since: clock.now(), answers: 0 };
      stranger.answers += 1;
      if (!mayFollow || stranger.answers < MIN_ANSWERS || clock.now() - stranger.since < staleAfterMs) {
        throw new DiscoveryError("FOREIGN_CLUSTER", `the answer is of cluster ${clusterId}, but ${pinned} is pinned; check the seeds`, {
          source,
        });
      }
      warn(`[${source}] cluster ${pinned} has not answered for ${staleAfterMs} ms: following ${clusterId}`);
      pinned = clusterId;
      stranger = undefined;
    },
  };
}

function checked(options: NonNullable<Parameters<typeof clusterPin>[0]>) {
  checkOptionNames("clusterPin", options, ["clusterId", "foreign", "staleAfterMs", "source", "clock"]);
  const { clock = systemClock, source = "core", foreign = "follow" } = options;
  const staleAfterMs = checkNumber("clusterPin staleAfterMs", options.staleAfterMs, 90_000, 0, Number.POSITIVE_INFINITY);
  if (foreign !== "follow" && foreign !== "refuse") throw invalid("clusterPin foreign", foreign, "follow or refuse");
  return { mayFollow: foreign === "follow" && options.clusterId === undefined, staleAfterMs, source, clock };
}

function warn(text: string): void {
  process.emitWarning(text, { type: "RollcallWarning", code: "ROLLCALL_CLUSTER_REPLACED" });
}
