import { setMaxListeners } from "node:events";
import {
  type Endpoint,
  type FetchContext,
  MetadataPoller,
  type MetadataSource,
  PollerRegistry,
  type Snapshot,
  type Subscription,
} from "../../src/index.js";
import { CountingSignal } from "./invariants.js";
import { ManualClock } from "./manual-clock.js";
import { hang, member } from "./scripted-source.js";

type Poller = MetadataPoller<readonly Endpoint[]>;

/** Pace of every poller, in milliseconds. */
const PACE = { intervalMs: 10_000, minIntervalMs: 1_000, timeoutMs: 2_000 };

/** One cluster, whose members move, and how it is polled by whichever poller its key has. */
class Cluster {
  readonly key: string;
  members: readonly string[] = ["a", "b", "c"];
  /** Whether it leaves questions unanswered. */
  silent = false;
  /** The poller made last. */
  poller: Poller | undefined;
  /** Subscriptions to that one. */
  listeners = 0;
  made = 0;
  closed = 0;
  polls = 0;
  /** Questions that somebody waits for. */
  readonly asking = new Set<FetchContext<readonly Endpoint[]>>();
  /** Polling that has begun and not ended: where a provider holds its sockets. */
  readonly watching = new Set<AbortSignal>();

  constructor(key: string) {
    this.key = key;
  }
}

/** One part of a program, which shares pollers with all others through the registry, and knows nothing else of them. */
class Module {
  cluster: Cluster | undefined;
  poller: Poller | undefined;
  subscription: Subscription | undefined;
  told: Snapshot | undefined;
}

/**
 * So many modules that get, use, leave and even close the pollers of a few clusters, by chance. Everything that must hold is looked at after
 * each step, and what did not is collected: an assertion inside a sink or a source would be swallowed.
 */
export class ModuleChurn {
  readonly problems: string[] = [];
  readonly clock: ManualClock;
  readonly registry: PollerRegistry = new PollerRegistry();
  readonly clusters: readonly Cluster[];
  /** A signal that outlives everybody who listens to it. */
  readonly foreign = new CountingSignal();
  /** Every poller that was ever made, if it has not been collected. */
  readonly everyPoller: WeakRef<Poller>[] = [];
  readonly #modules: readonly Module[];

  constructor(seed: number, { modules, clusters }: { readonly modules: number; readonly clusters: number }) {
    this.clock = new ManualClock(seed);
    setMaxListeners(0, this.foreign);
    this.clusters = Array.from({ length: clusters }, (_, at) => new Cluster(`cluster ${at}`));
    this.#modules = Array.from({ length: modules }, () => new Module());
  }

  /** One module does one thing, or some time passes. */
  async step(): Promise<void> {
    const chance = this.clock.random();
    const module = this.#one(this.#modules);
    if (chance < 0.6) this.#use(module, this.#one(this.clusters));
    else if (chance < 0.8) this.#leave(module);
    else if (chance < 0.9) this.#complain(module);
    else if (chance < 0.902) this.#close(module);
    else if (chance < 0.904) this.#everybodyLeaves(this.#one(this.clusters));
    else if (chance < 0.92) this.#change(this.#one(this.clusters));
    else await this.clock.advance(this.clock.random() * 700);
    this.#check();
  }

  /** The clusters answer again, and whoever listens has had the time to hear of it. */
  async settle(): Promise<void> {
    for (const cluster of this.clusters) cluster.silent = false;
    await this.clock.advance(2 * PACE.intervalMs);
    this.#check();
    for (const { cluster, told, subscription } of this.#modules) {
      const heard = told?.endpoints.map(({ id }) => id).join();
      if (subscription && heard !== cluster?.members.join()) this.problems.push(`a module of ${cluster?.key} was told ${heard}`);
    }
  }

  /** How many modules listen. */
  get listeners(): number {
    return this.#modules.filter(({ subscription }) => subscription !== undefined).length;
  }

  /** Everybody leaves, and lets go of what it had. */
  leave(): void {
    for (const module of this.#modules) {
      this.#leave(module);
      module.poller = module.told = undefined;
    }
    for (const cluster of this.clusters) cluster.poller = undefined;
    this.#check();
  }

  #use(module: Module, cluster: Cluster): void {
    this.#leave(module);
    const poller = this.registry.get(cluster.key, () => this.#make(cluster));
    if (poller !== cluster.poller) this.problems.push(`${cluster.key} has two pollers`);
    if (poller.status.state === "closed") this.problems.push(`${cluster.key} gave a closed poller`);
    cluster.listeners += 1;
    const subscription: Subscription = poller.subscribe(
      (snapshot) => {
        if (module.subscription !== subscription) this.problems.push("told after it left");
        module.told = snapshot;
      },
      this.clock.random() < 0.5 ? { signal: this.foreign } : {},
    );
    Object.assign(module, { cluster, poller, subscription, told: undefined });
  }

  #leave(module: Module): void {
    const { cluster, poller, subscription } = module;
    if (subscription === undefined || cluster === undefined) return;
    module.subscription = undefined;
    if (poller === cluster.poller) cluster.listeners -= 1;
    subscription[Symbol.dispose]();
  }

  /** Whoever left may still hold the poller, and it may be closed by now. */
  #complain({ poller }: Module): void {
    poller?.suspect(member("a"), { cause: new Error("a call failed") });
    void poller?.refresh({ signal: AbortSignal.abort() });
  }

  /** Ends the poller under everybody who shares it. They find out, and get another one some time. */
  #close({ cluster, poller }: Module): void {
    void poller?.close();
    if (cluster !== undefined && poller === cluster.poller) cluster.listeners = 0;
    for (const module of this.#modules) if (module.poller === poller) module.subscription = undefined;
  }

  #everybodyLeaves(cluster: Cluster): void {
    for (const module of this.#modules) if (module.cluster === cluster) this.#leave(module);
  }

  #change(cluster: Cluster): void {
    cluster.silent = this.clock.random() < 0.3;
    cluster.members = ["a", "b", "c", "d", "e"].filter((id) => id === "a" || this.clock.random() < 0.7);
  }

  #make(cluster: Cluster): Poller {
    if (cluster.poller !== undefined && cluster.poller.status.state !== "closed") this.problems.push(`${cluster.key} was made twice`);
    cluster.made += 1;
    const poller = new MetadataPoller(this.#source(cluster), { ...PACE, guard: () => true, clock: this.clock });
    cluster.poller = poller;
    this.everyPoller.push(new WeakRef(poller));
    return poller;
  }

  #source(cluster: Cluster): MetadataSource<readonly Endpoint[]> {
    let endedAt = Number.NEGATIVE_INFINITY;
    return {
      key: cluster.key,
      fetch: async (context) => {
        if (cluster.listeners === 0) this.problems.push(`${cluster.key} is polled for nobody`);
        const gap = Math.round(this.clock.now() - endedAt); // jitter makes fractions
        if (gap < PACE.minIntervalMs) this.problems.push(`${cluster.key} is polled ${gap} ms after the last poll`);
        cluster.polls += 1;
        cluster.asking.add(context);
        try {
          return cluster.silent ? await hang(context) : cluster.members.map(member);
        } finally {
          cluster.asking.delete(context);
          endedAt = this.clock.now();
        }
      },
      endpoints: (members) => members,
      watch: ({ signal }) => {
        cluster.watching.add(signal);
        signal.addEventListener("abort", () => cluster.watching.delete(signal), { once: true });
      },
      close: async () => {
        cluster.closed += 1;
      },
    };
  }

  #check(): void {
    for (const { key, asking, listeners, watching } of this.clusters) {
      const alive = [...asking].filter(({ signal }) => !signal.aborted).length;
      if (alive > Math.min(1, listeners)) this.problems.push(`${key} is asked ${alive} times at once for ${listeners} listeners`);
      if (watching.size !== Math.min(1, listeners))
        this.problems.push(`${key} is watched ${watching.size} times for ${listeners} listeners`);
    }
  }

  #one<Item>(items: readonly Item[]): Item {
    return items[Math.floor(this.clock.random() * items.length)] as Item;
  }
}
