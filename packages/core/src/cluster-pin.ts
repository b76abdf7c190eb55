import { type Clock, systemClock } from "./clock.js";
import { DiscoveryError } from "./discovery-error.js";

/** What a {@link clusterPin} holds on to. */
export interface ClusterPinOptions {
  /** The only cluster id that is ever accepted. Default: the id of the first answer. */
  readonly clusterId?: string | undefined;
  /**
   * `follow`: when no id was given, nobody of the pinned cluster has answered for `staleAfterMs` and every answer since then
   * names the same other id (a cluster restored from a backup), that id is pinned instead and a process warning says so.
   * `refuse`: never. Default `follow`; a given `clusterId` is never replaced.
   */
  readonly foreign?: "refuse" | "follow" | undefined;
  /** How long only the other cluster must have answered before it is followed, in milliseconds. Default 90 000. */
  readonly staleAfterMs?: number | undefined;
  /** Who pins; the `source` of errors. Default `core`. */
  readonly source?: string | undefined;
  /** Default: the system clock. */
  readonly clock?: Clock | undefined;
}

/** Remembers which cluster is ours, so that an answer of another one is never merged. */
export interface ClusterPin {
  /** The pinned id, once there is one. */
  readonly id: string | undefined;
  /**
   * Accepts an answer's cluster id, pinning the first.
   * @throws DiscoveryError `FOREIGN_CLUSTER` when the answer must be refused and the next candidate asked.
   */
  check(clusterId: string): void;
}

/** A {@link ClusterPin} for one source. */
export function clusterPin(options: ClusterPinOptions = {}): ClusterPin {
  const { clock = systemClock, staleAfterMs = 90_000, source = "core", foreign = "follow" } = options;
  const mayFollow = foreign === "follow" && options.clusterId === undefined;
  let pinned = options.clusterId;
  let stranger: { readonly id: string; readonly since: number } | undefined;
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
      if (stranger?.id !== clusterId) stranger = { id: clusterId, since: clock.now() };
      if (!mayFollow || clock.now() - stranger.since < staleAfterMs) {
        throw new DiscoveryError("FOREIGN_CLUSTER", `the answer is of cluster ${clusterId}, but ${pinned} is pinned; check the seeds`, {
          source,
        });
      }
      process.emitWarning(`[${source}] cluster ${pinned} has not answered for ${staleAfterMs} ms: following ${clusterId}`, {
        type: "RollcallWarning",
        code: "ROLLCALL_CLUSTER_REPLACED",
      });
      pinned = clusterId;
      stranger = undefined;
    },
  };
}
