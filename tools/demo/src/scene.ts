import type { Status } from "@rollcall/core";
import type { Load, Words } from "./cast.js";

/** Everything that a view shows of one moment. */
export interface Scene {
  readonly words: Words;
  /** Since the clients exist, in milliseconds. */
  readonly elapsedMs: number;
  readonly memberships: readonly MembershipLines[];
  readonly clients: readonly LoadLine[];
  /** The client that has no discovery. */
  readonly control: LoadLine;
}

/** Members of one kind, and what their poller is about. */
export interface MembershipLines {
  /** What one of them is called. */
  readonly member: string;
  readonly poller: {
    readonly state: Status["state"];
    /** Of the snapshot; 0 while there is none. */
    readonly version: number;
    /** Until the next poll is due, in milliseconds; absent while one is running. */
    readonly nextPollInMs: number | undefined;
  };
  readonly members: readonly MemberLine[];
}

/** One member that the cluster lists or the poller has in use. */
export interface MemberLine {
  readonly address: string;
  /** Whether it was there when the clients were made. */
  readonly original: boolean;
  /** Whether the clients use it. */
  readonly inUse: boolean;
  /** Whether it is in the cluster's list. */
  readonly listed: boolean;
}

/** One client under load. */
export interface LoadLine extends Load {
  /** Acknowledged writes per second, lately. */
  readonly perSecond: number;
}

/** Whether a client that had writes to make got none through lately. */
export function isDead({ perSecond, failed }: LoadLine): boolean {
  return perSecond === 0 && failed.length > 0;
}
