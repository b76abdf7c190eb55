import { getEventListeners } from "node:events";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import {
  type Clock,
  type Endpoint,
  type EndpointSink,
  MetadataPoller,
  type PollerOptions,
  type Snapshot,
  type SubscribeOptions,
} from "../../src/index.js";
import type { MetadataSource } from "../../src/metadata-source.js";
import { CountingSignal } from "./invariants.js";
import { settle } from "./manual-clock.js";
import { hang, member } from "./scripted-source.js";

const PACE = { intervalMs: 10_000, minIntervalMs: 1_000, timeoutMs: 2_000 };

/** The heap, in bytes, without what nobody holds any more. */
export async function heapUsed(): Promise<number> {
  setFlagsFromString("--expose-gc"); // at run time, so that it does not matter how the process was started
  const collect = runInNewContext("gc") as () => void;
  for (let round = 0; round < 3; round += 1) {
    collect();
    await settle();
  }
  return process.memoryUsage().heapUsed;
}

/** The slope of the line that fits these samples best, per sample. */
export function slopeOf(samples: readonly number[]): number {
  const middle = (samples.length - 1) / 2;
  const mean = samples.reduce((sum, sample) => sum + sample, 0) / samples.length;
  const rise = samples.reduce((sum, sample, at) => sum + (at - middle) * (sample - mean), 0);
  return rise / samples.reduce((sum, _, at) => sum + (at - middle) ** 2, 0);
}

/**
 * One long-lived poller that people come to and leave again, in every way there is, while members move, fail and are asked. It keeps
 * no record of anything: whatever grows is not ours.
 */
export class Churn {
  readonly poller: MetadataPoller<readonly Endpoint[]>;
  /** Signals that outlive everybody who listens to them. */
  readonly counting = new CountingSignal();
  readonly foreign: AbortSignal = new AbortController().signal;
  readonly clock: Clock;
  readonly pass: (ms: number) => Promise<void>;
  /** What was probed, and who was seen aside: proof that the churn is one. */
  probes = 0;
  asides = 0;
  /** Objects that were given to the pollers or got from them, and have not been collected. */
  alive = 0;
  readonly #collected = new FinalizationRegistry<undefined>(() => {
    this.alive -= 1;
  });
  readonly #seen = new WeakSet<object>();
  #members: readonly string[] = ["a", "b", "c"];
  #silent = "nobody";
  #cycles = 0;

  constructor(clock: Clock, pass: (ms: number) => Promise<void>, options: PollerOptions = PACE) {
    this.clock = clock;
    this.pass = pass;
    this.poller = new MetadataPoller(this.#source(), { ...options, clock });
  }

  /** Everybody comes and goes once more, each in another way. */
  async cycle(): Promise<void> {
    const way = WAYS[this.#cycles % WAYS.length] as Way;
    this.#cycles += 1;
    await way(this);
  }

  /** Listeners that were left on signals of others. */
  get listeners(): number {
    return this.counting.listeners + getEventListeners(this.foreign, "abort").length;
  }

  /** A sink like any other. */
  sink(update?: () => unknown): EndpointSink {
    return this.watched({
      update: (snapshot: Snapshot) => {
        for (const seen of [snapshot, ...snapshot.endpoints]) this.watched(seen);
        this.asides += snapshot.aside.length;
        return update?.();
      },
      status: () => undefined,
    });
  }

  /** Counts an object until it is collected. */
  watched<O extends object>(object: O): O {
    if (this.#seen.has(object)) return object;
    this.#seen.add(object);
    this.alive += 1;
    this.#collected.register(object, undefined);
    return object;
  }

  /** From now on there is a member that was never there before, and an old one is gone. */
  replaceMember(): void {
    this.#members = ["a", "b", `m${this.#cycles}`];
  }

  freeze(id: string): void {
    this.#silent = id;
  }

  /** A poller of a short life. */
  another(): MetadataPoller<readonly Endpoint[]> {
    return new MetadataPoller(this.#source(), { ...PACE, clock: this.clock });
  }

  #source(): MetadataSource<readonly Endpoint[]> {
    return {
      key: "churn",
      fetch: async () => this.#members.map(member),
      endpoints: (members) => members,
      probe: async ({ id }, context) => {
        this.probes += 1;
        if (id === this.#silent) await hang(context);
      },
      watch: ({ signal, changed }) => signal.addEventListener("abort", changed),
      close: async () => undefined,
    };
  }
}

type Way = (churn: Churn) => Promise<void>;

/** Subscribes, lets some time pass, and leaves. */
function visit(ms: number, options: (churn: Churn) => SubscribeOptions = () => ({}), update?: () => unknown): Way {
  return async (churn) => {
    const subscription = churn.watched(churn.poller.subscribe(churn.sink(update), options(churn)));
    if (ms > 0) await churn.pass(ms);
    subscription[Symbol.dispose]();
  };
}

const WAYS: readonly Way[] = [
  visit(0),
  visit(0, ({ counting }) => ({ signal: counting })),
  visit(1_000, ({ foreign }) => ({ signal: foreign, select: (endpoints) => endpoints.slice(0, 1) })),
  visit(1_000, undefined, () => Promise.reject(new Error("not applied"))),
  visit(10, undefined, () => new Promise(() => undefined)),
  subscribeAndAbort,
  waitForTheFirst,
  refreshWithSignals,
  refreshAndAbort,
  iterateByHand,
  iterateAndBreak,
  suspectSomebodyFrozen,
  replaceSomebody,
  closeInTheMidst,
  closeAtOnce,
];

async function subscribeAndAbort(churn: Churn): Promise<void> {
  const controller = churn.watched(new AbortController());
  churn.watched(churn.poller.subscribe(churn.sink(), { signal: controller.signal }));
  controller.abort();
}

async function waitForTheFirst({ poller, counting, foreign }: Churn): Promise<void> {
  await poller.ready({ signal: counting });
  await poller.ready({ signal: foreign });
}

async function refreshWithSignals(churn: Churn): Promise<void> {
  const { poller, counting, foreign } = churn;
  const refreshed = [poller.refresh({ signal: counting }), poller.refresh({ signal: foreign }), poller.refresh()];
  await churn.pass(1_000);
  await Promise.allSettled(refreshed.map((promise) => churn.watched(promise)));
}

async function refreshAndAbort(churn: Churn): Promise<void> {
  const controller = churn.watched(new AbortController());
  const refreshed = [churn.poller.refresh({ signal: controller.signal }), churn.poller.refresh({ signal: controller.signal })];
  controller.abort();
  await Promise.allSettled(refreshed.map((promise) => churn.watched(promise)));
}

async function iterateByHand(churn: Churn): Promise<void> {
  const iterator = churn.watched(churn.poller[Symbol.asyncIterator]());
  await iterator.next();
  const waiting = churn.watched(iterator.next());
  await churn.pass(10);
  await iterator.return?.();
  await waiting;
  await iterator.next();
}

async function iterateAndBreak(churn: Churn): Promise<void> {
  for await (const snapshot of churn.watched(churn.poller[Symbol.asyncIterator]())) {
    churn.watched(snapshot);
    break;
  }
  await churn.watched(churn.poller[Symbol.asyncIterator]()).return?.();
}

async function suspectSomebodyFrozen(churn: Churn): Promise<void> {
  const subscription = churn.poller.subscribe(churn.sink(), { metadata: true });
  churn.freeze("b");
  for (const id of ["a", "b"]) churn.poller.suspect(member(id), { cause: churn.watched(new Error("a call failed")) });
  await churn.pass(1_000);
  churn.freeze("nobody");
  await churn.pass(1_500);
  subscription[Symbol.dispose]();
}

async function replaceSomebody(churn: Churn): Promise<void> {
  const subscription = churn.poller.subscribe(churn.sink());
  churn.replaceMember();
  const refreshed = churn.watched(churn.poller.refresh());
  await churn.pass(1_000);
  await refreshed;
  subscription[Symbol.dispose]();
}

async function closeInTheMidst(churn: Churn): Promise<void> {
  const poller = churn.watched(churn.another());
  poller.subscribe(churn.sink(), { signal: churn.counting });
  const iterator = churn.watched(poller[Symbol.asyncIterator]());
  const waiting = [iterator.next(), iterator.next(), poller.refresh({ signal: churn.foreign }), poller.ready()];
  await churn.pass(0);
  await poller.close();
  await Promise.allSettled(waiting);
}

async function closeAtOnce(churn: Churn): Promise<void> {
  const poller = churn.watched(churn.another());
  const waiting = poller.ready({ signal: churn.counting });
  await poller.close();
  await Promise.allSettled([waiting, poller.ready(), poller.refresh()]);
}
