import type { Clock } from "./clock.js";
import { reportRejected } from "./diagnostics.js";
import { textOf } from "./discovery-error.js";
import type { MetadataSource } from "./metadata-source.js";
import type { Snapshot } from "./snapshot.js";
import type { SnapshotStore } from "./snapshot-store.js";

const HOUR_MS = 3_600_000;

/**
 * Brings a poller's snapshots into its store and back, one save at a time, newest wins. Whatever store and source do (throw,
 * hang, give garbage) becomes one `rollcall:rejected` event or nothing; nobody waits for a save.
 */
export class SnapshotKeeper<T> {
  readonly #source: Pick<MetadataSource<T>, "key" | "restore">;
  readonly #store: SnapshotStore;
  #newest: Snapshot<T> | undefined;
  #newestVersion = 0;
  #saving = false;
  #asked = false;
  /** The metadata that is in the store now, and since when. */
  #stored: T | undefined;
  #storedAt = 0;
  readonly #clock: Pick<Clock, "now">;

  constructor(
    source: Pick<MetadataSource<T>, "key" | "restore">,
    { store, clock }: { readonly store: SnapshotStore; readonly clock: Pick<Clock, "now"> },
  ) {
    this.#source = source;
    this.#store = store;
    this.#clock = clock;
  }

  /**
   * The stored answer, if there is one that the source takes back; undefined whenever it is called again. Never rejects, but stays
   * pending if the store hangs.
   */
  async load(): Promise<T | undefined> {
    if (this.#asked) return undefined;
    this.#asked = true;
    await undefined; // in a turn of its own: a store that calls back into the poller finds everything in order
    try {
      const stored: unknown = await this.#store.load(this.#source.key);
      if (stored === undefined || stored === null) return undefined;
      if (typeof stored !== "object" || !("metadata" in stored)) throw new Error("the store gave something that is no snapshot");
      const restored = await this.#source.restore?.(stored.metadata);
      // Were it saved again at once, every restart would make it look young.
      this.#stored ??= restored;
      this.#storedAt = this.#clock.now();
      return restored;
    } catch (error) {
      this.#reject(error, "the stored snapshot is not used");
      return undefined;
    }
  }

  /** Saves a new version soon, unless a newer one comes first or its metadata is in the store already. */
  keep(snapshot: Snapshot<T>): void {
    if (snapshot.version <= this.#newestVersion) return;
    this.#newestVersion = snapshot.version;
    this.#newest = snapshot;
    if (!this.#saving) void this.#save();
  }

  /** A poll says the same as this version. It is saved again once an hour, or the set of a cluster that never changes would look old. */
  confirm(snapshot: Snapshot<T>): void {
    if (snapshot.metadata !== this.#stored || this.#clock.now() - this.#storedAt < HOUR_MS) return;
    this.#stored = undefined;
    this.#newest = snapshot;
    if (!this.#saving) void this.#save();
  }

  async #save(): Promise<void> {
    this.#saving = true;
    await undefined; // whoever published the version goes first
    for (let next = this.#next(); next !== undefined; next = this.#next()) {
      this.#stored = undefined; // a save that fails may have written all the same
      try {
        await this.#store.save(this.#source.key, next);
        this.#stored = next.metadata;
        this.#storedAt = this.#clock.now();
      } catch (error) {
        this.#reject(error, `version ${next.version} is not stored`);
      }
    }
    this.#saving = false;
  }

  /** The newest version, once, if its metadata has to be saved. */
  #next(): Snapshot<T> | undefined {
    const next = this.#newest;
    this.#newest = undefined;
    return next?.metadata === this.#stored ? undefined : next;
  }

  #reject(error: unknown, what: string): void {
    reportRejected({ source: this.#source.key, entry: error, reason: `${what}: ${textOf(error)}` });
  }
}
