import { type Endpoint, MetadataPoller, systemClock } from "@rollcall/core";
import { settled } from "./bench-clock.js";
import type { Figure } from "./figure.js";
import { collectGarbage, heapBytes, median } from "./heap.js";
import { freshMembers } from "./members.js";
import { NaivePoller } from "./naive-poller.js";
import type { Scale } from "./scale.js";

/** So long that no second poll comes before the end of the measurement. */
const TIMING = { intervalMs: 86_400_000, timeoutMs: 10_000 } as const;
const MEMBERS = 3;
const IDLE_BYTES = 1_024;
const POLLING_BYTES = 4_096;
const SUBSCRIPTION_BYTES = 200;

/** Objects of one kind, for as long as they are measured. */
interface Kind<K extends object> {
  readonly make: () => K;
  readonly end: (made: K) => unknown;
}

/**
 * What stays on the heap per object: many are made at once, on the real clock with its timers, and the growth after garbage collection
 * is shared out among them; the median of some rounds. A polling poller holds its answer, as its user would.
 */
export async function memory(scale: Scale): Promise<readonly Figure[]> {
  const figure = async (what: string, atMost: number, rollcall: number, naive: number): Promise<Figure> => ({
    what: `memory of ${what}`,
    unit: "B",
    value: rollcall,
    budget: { atMost },
    alternatives: { "setInterval, array": naive },
  });
  const each = <K extends object>(kind: Kind<K>): Promise<number> => bytesEach(kind, scale);
  const polling = `a poller that polls, ${MEMBERS} endpoints, 1 sink`;
  return [
    await figure("an idle poller", IDLE_BYTES, await each(rollcall(() => undefined)), await each(naive(() => undefined))),
    await figure(polling, POLLING_BYTES, await each(rollcall(startRollcall)), await each(naive(startNaive))),
    await figure("a subscription", SUBSCRIPTION_BYTES, await each(rollcallSubscription()), await each(naiveSubscription())),
  ];
}

async function bytesEach<K extends object>({ make, end }: Kind<K>, { objects, rounds }: Scale): Promise<number> {
  const grown: number[] = [];
  for (let round = 0; round <= rounds; round += 1) {
    const made: (K | undefined)[] = Array.from({ length: objects }, () => undefined);
    collectGarbage();
    const before = heapBytes();
    for (let at = 0; at < objects; at += 1) made[at] = make();
    await settled();
    collectGarbage();
    // The first round warms up: what the compiler keeps for good is of no object.
    if (round > 0) grown.push((heapBytes() - before) / objects);
    for (const one of made) if (one !== undefined) end(one);
    await settled();
  }
  return median(grown);
}

async function ask(): Promise<readonly Endpoint[]> {
  return freshMembers(MEMBERS);
}

function sink(): void {
  // Subscribers of all kinds cost their callers something, too; here it is the same function for all.
}

function rollcall(start: (poller: MetadataPoller<readonly Endpoint[]>) => unknown): Kind<MetadataPoller<readonly Endpoint[]>> {
  const source = { key: "bench", fetch: ask, endpoints: (members: readonly Endpoint[]) => members };
  const make = (): MetadataPoller<readonly Endpoint[]> => {
    const poller = new MetadataPoller(source, TIMING);
    start(poller);
    return poller;
  };
  return { make, end: (poller) => poller.close() };
}

function startRollcall(poller: MetadataPoller<readonly Endpoint[]>): void {
  poller.subscribe(sink);
}

function naive(start: (poller: NaivePoller) => unknown): Kind<NaivePoller> {
  const options = { ask, same: () => false, clock: systemClock, ...TIMING };
  const make = (): NaivePoller => {
    const poller = new NaivePoller(options);
    start(poller);
    return poller;
  };
  return { make, end: (poller) => poller.stop() };
}

function startNaive(poller: NaivePoller): void {
  poller.sinks.push(sink);
  void poller.poll();
}

function rollcallSubscription(): Kind<Disposable> {
  const poller = rollcall(startRollcall).make();
  return { make: () => poller.subscribe(sink), end: (subscription) => subscription[Symbol.dispose]() };
}

function naiveSubscription(): Kind<NaivePoller> {
  const poller = naive(startNaive).make();
  const make = (): NaivePoller => {
    poller.sinks.push(sink);
    return poller;
  };
  return { make, end: () => poller.sinks.pop() };
}
