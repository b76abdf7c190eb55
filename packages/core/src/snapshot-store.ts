import type { Snapshot } from "./snapshot.js";

/**
 * Where a poller keeps its last good set, so that a process that restarts during an outage has endpoints. Whatever a store does
 * wrong is reported on `rollcall:rejected` and harms nobody: the poller goes on without it.
 */
export interface SnapshotStore {
  /**
   * Resolves with what was saved last under this key, as plain data, or with undefined if nothing was. Rejects, with a reason
   * that a person can act on, if what is there cannot be used. Called once, when polling begins for the first time.
   */
  load(key: string): Promise<unknown>;
  /**
   * Replaces what is stored. Never called again before it has settled. Called once per version whose answer is new, and again
   * once an hour while polls confirm it; after a rejection, with the next version. What was stored before must survive a save that fails or is cut off.
   */
  save(key: string, snapshot: Snapshot): Promise<void>;
}
