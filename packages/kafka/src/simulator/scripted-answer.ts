import type { Clock } from "@rollcall/core";
import type { KafkaBroker } from "../kafka-broker.js";

/** What a broker says instead of the truth. What is not a faulty frame changes only what Metadata and DescribeCluster say. */
export type ScriptedAnswer =
  /** These bytes, as they are, instead of the frame. */
  | { readonly kind: "bytes"; readonly bytes: Uint8Array }
  /** The first half of the frame, then nothing ever. */
  | { readonly kind: "half" }
  /** A frame that announces this length (an int32), of which only the beginning comes. */
  | { readonly kind: "length"; readonly length: number }
  /** The right answer to another request. */
  | { readonly kind: "correlation" }
  /** The connection is closed instead. */
  | { readonly kind: "close" }
  /** The right answer, this many milliseconds late. */
  | { readonly kind: "slow"; readonly ms: number }
  /** An error instead of brokers; Metadata can say it from version 13 on. */
  | { readonly kind: "error"; readonly code: number }
  /** These brokers, whatever they are. */
  | { readonly kind: "brokers"; readonly brokers: readonly KafkaBroker[] }
  /** Another cluster id, or none. */
  | { readonly kind: "clusterId"; readonly clusterId: string | null };

/** What a connection does with an answer. */
export interface Reply {
  /** Nothing where the client wants no answer. */
  readonly bytes?: Uint8Array | undefined;
  /** Default: the next request is answered. */
  readonly after?: "close" | "silence" | undefined;
}

/** What Metadata and DescribeCluster say of the cluster. */
export interface ClusterFacts {
  readonly error: number;
  readonly clusterId: string | null;
  readonly brokers: readonly KafkaBroker[];
}

/** The facts as the script wants them. */
export function scriptedFacts(facts: ClusterFacts, script: ScriptedAnswer | undefined): ClusterFacts {
  switch (script?.kind) {
    case "error":
      return { ...facts, error: script.code, brokers: [] };
    case "brokers":
      return { ...facts, brokers: script.brokers };
    case "clusterId":
      return { ...facts, clusterId: script.clusterId };
    default:
      return facts;
  }
}

/** The frame as the script wants it. */
export async function scriptedReply(frame: Uint8Array, script: ScriptedAnswer | undefined, clock: Clock): Promise<Reply> {
  switch (script?.kind) {
    case "bytes":
      return { bytes: script.bytes };
    case "half":
      return { bytes: frame.subarray(0, frame.length >> 1), after: "silence" };
    case "length":
      return { bytes: withInt32(frame, 0, () => script.length), after: "silence" };
    case "correlation":
      return { bytes: withInt32(frame, 4, (id) => id ^ 0x5a5a) };
    case "close":
      return { after: "close" };
    case "slow":
      await new Promise<void>((resolve) => clock.setTimeout(resolve, script.ms));
      return { bytes: frame };
    default:
      return { bytes: frame };
  }
}

function withInt32(frame: Uint8Array, at: number, change: (value: number) => number): Uint8Array {
  const changed = Buffer.from(frame);
  changed.writeInt32BE(change(changed.readInt32BE(at)), at);
  return changed;
}
