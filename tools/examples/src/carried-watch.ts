import type { Etcd3, EtcdError, IEvent, Namespace, WatchBuilder, Watcher } from "etcd3";

/** Who hears of a watch. */
export interface WatchListener {
  /** What has happened, in order, all of a revision together. */
  readonly events: (events: readonly IEvent[]) => void;
  /** etcd has ended the watch, because what follows the last event is compacted or a right is missing: read what there is, and watch after that. */
  readonly lost: (error: EtcdError) => void;
}

/** `etcd3` sets no limit, and a dial to a frozen member would last as long as that is frozen. */
const CONNECT_MS = 5_000;

/** A watch of `etcd3` that goes on with another client: the next watcher begins after the last event, and those before are cancelled once it is connected. */
export class CarriedWatch {
  readonly #builder: (client: Namespace) => WatchBuilder;
  readonly #listener: WatchListener;
  /** The revision up to which everything has been told. */
  #told: bigint;
  #watchers: readonly Watcher[] = [];

  constructor(builder: (client: Namespace) => WatchBuilder, after: string, listener: WatchListener) {
    this.#builder = builder;
    this.#told = BigInt(after);
    this.#listener = listener;
  }

  moveTo(client: Etcd3): void {
    // In a namespace of its own it has a stream of its own, on any host. Not `create()`: its watcher can be listened to some turns after it is connected, when events may have come.
    const watcher = this.#builder(client.namespace("")).startRevision(this.#next).watcher();
    const before = this.#watchers;
    this.#watchers = [...before, watcher];
    let timer: NodeJS.Timeout | undefined;
    const limit = (): void => {
      clearTimeout(timer);
      timer = setTimeout(() => this.#watchers.at(-1) === watcher && this.moveTo(client), CONNECT_MS).unref();
    };
    limit();
    watcher.on("disconnected", limit);
    watcher.on("connected", () => {
      clearTimeout(timer);
      this.#cancel(before);
    });
    // By itself it would go on after what the member had, which may be more than the member has sent.
    watcher.on("connecting", () => Object.assign(watcher.request, { start_revision: this.#next }));
    watcher.on("data", ({ events, header }) => {
      if (!this.#watchers.includes(watcher)) return;
      const fresh = events.filter(({ kv }) => BigInt(kv.mod_revision) > this.#told);
      // Without events it says that there are none up to here, which saves an idle watch from compaction.
      const upTo = BigInt(events.at(-1)?.kv.mod_revision ?? header.revision);
      if (upTo > this.#told) this.#told = upTo;
      if (fresh.length > 0) this.#listener.events(fresh);
    });
    watcher.on("error", (error) => {
      if (!this.#watchers.includes(watcher)) return;
      this.end();
      this.#listener.lost(error);
    });
  }

  end(): void {
    this.#cancel(this.#watchers);
  }

  get #next(): string {
    return String(this.#told + 1n);
  }

  #cancel(watchers: readonly Watcher[]): void {
    this.#watchers = this.#watchers.filter((watcher) => !watchers.includes(watcher));
    for (const watcher of watchers) void watcher.cancel();
  }
}
