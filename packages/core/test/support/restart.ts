import { DiscoveryError, MetadataPoller } from "../../src/index.js";
import type { PollerOptions } from "../../src/poller-options.js";
import type { Snapshot } from "../../src/snapshot.js";
import type { SnapshotStore } from "../../src/snapshot-store.js";
import { ManualClock } from "./manual-clock.js";
import { ProbingSource } from "./probing-source.js";
import { type Answer, answer, type Script } from "./scripted-source.js";

/** A source whose answers can be stored. */
export class StoredSource extends ProbingSource {
  unavailable?: (metadata: Answer) => Iterable<string>;

  restore(stored: unknown): Answer {
    if (!Array.isArray((stored as Partial<Answer> | null)?.endpoints)) throw new Error("that is no answer");
    return stored as Answer;
  }
}

/** A store in memory, which keeps text, as a file would. */
export class MemoryStore implements SnapshotStore {
  kept: string | undefined;
  /** The key of every load. */
  readonly loads: string[] = [];
  /** Every version that was saved. */
  readonly saves: Snapshot[] = [];
  readonly #clock: ManualClock;
  readonly #loadMs: number;

  constructor(clock: ManualClock, kept: Answer | undefined, loadMs: number) {
    this.#clock = clock;
    this.#loadMs = loadMs;
    this.kept = kept && JSON.stringify({ version: 9, metadata: kept });
  }

  async load(key: string): Promise<unknown> {
    this.loads.push(key);
    if (this.#loadMs > 0) await new Promise<void>((resolve) => this.#clock.setTimeout(resolve, this.#loadMs));
    return this.kept === undefined ? undefined : JSON.parse(this.kept);
  }

  async save(_key: string, snapshot: Snapshot): Promise<void> {
    this.saves.push(snapshot);
    this.kept = JSON.stringify(snapshot);
  }
}

/** How a process starts anew. The rest are the poller's options. */
export interface RestartOptions extends PollerOptions {
  /** How long the store takes to load. Default 0: it is done before the first poll begins. */
  readonly loadMs?: number;
}

/** A poller whose store holds what an earlier process left there: 10 s interval, 1 s floor, 2 s timeout. */
export function restart(
  kept: readonly string[] | Answer | undefined,
  script: Script,
  { loadMs = 0, ...options }: RestartOptions = {},
): { readonly clock: ManualClock; readonly source: StoredSource; readonly store: MemoryStore; readonly poller: MetadataPoller<Answer> } {
  const clock = new ManualClock();
  const source = new StoredSource(clock, script);
  const store = new MemoryStore(clock, kept === undefined || "endpoints" in kept ? kept : answer(...kept), loadMs);
  const poller = new MetadataPoller(source, { intervalMs: 10_000, minIntervalMs: 1_000, timeoutMs: 2_000, clock, store, ...options });
  return { clock, source, store, poller };
}

/** A script of a cluster that nobody can reach. */
export function outage(): never {
  throw new DiscoveryError("UNAVAILABLE", "nobody can be reached", { source: "test" });
}
