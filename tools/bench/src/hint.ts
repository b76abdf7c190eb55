import { type Clock, type Endpoint, MetadataPoller } from "@rollcall/core";
import { BenchClock, settled } from "./bench-clock.js";
import { COMPARISONS } from "./comparisons.js";
import type { Figure } from "./figure.js";
import { freshMembers } from "./members.js";
import { NaivePoller } from "./naive-poller.js";
import type { Scale } from "./scale.js";

const TIMING = { intervalMs: 30_000, timeoutMs: 10_000 } as const;
const FLOOR_MS = 1_000;
const ROUND_TRIP_MS = 20;
const MOMENTS = 60;

/** Starts a poller, and returns how a client of it tells that a request has just failed. */
type Start = (clock: Clock, ask: () => Promise<readonly Endpoint[]>, told: (members: readonly Endpoint[]) => void) => () => void;

/**
 * How long a client goes on without the new member after the first error that it sees, in virtual time: the worst of {@link MOMENTS}
 * moments spread over an interval, the first right after a poll. A naive poller cannot be told.
 */
export async function hint(_scale: Scale): Promise<readonly Figure[]> {
  const figure: Figure = {
    what: `new set applied after a hint, worst of ${MOMENTS} moments`,
    unit: "ms",
    value: await worst(startRollcall),
    budget: { atMost: FLOOR_MS + ROUND_TRIP_MS },
    alternatives: { "setInterval, array": await worst(startNaive) },
  };
  return [figure];
}

async function worst(start: Start): Promise<number> {
  const delays: number[] = [];
  for (let moment = 0; moment < MOMENTS; moment += 1) delays.push(await delayAfterHint(start, moment));
  return Math.max(...delays);
}

async function delayAfterHint(start: Start, moment: number): Promise<number> {
  const clock = new BenchClock(moment + 1);
  let port = 2379;
  let toldAt: number | undefined;
  const ask = async (): Promise<readonly Endpoint[]> => {
    const answer = freshMembers(3, port);
    await new Promise<void>((resolve) => clock.setTimeout(resolve, ROUND_TRIP_MS));
    return answer;
  };
  const fail = start(clock, ask, (members) => {
    if (members.some((member) => member.port === 2380)) toldAt ??= clock.now();
  });
  await settled();
  await clock.advance(ROUND_TRIP_MS + 1 + (moment * TIMING.intervalMs) / MOMENTS);
  port = 2380;
  const failedAt = clock.now();
  fail();
  await clock.advance(2 * TIMING.intervalMs);
  if (toldAt === undefined) throw new Error("the new set was never applied");
  return toldAt - failedAt;
}

const startRollcall: Start = (clock, ask, told) => {
  const options = { ...TIMING, minIntervalMs: FLOOR_MS, clock };
  const poller = new MetadataPoller({ key: "bench", fetch: ask, endpoints: (members: readonly Endpoint[]) => members }, options);
  poller.subscribe(({ endpoints }) => told(endpoints));
  return () => void poller.refresh({ reason: "a request failed", signal: AbortSignal.abort() });
};

const startNaive: Start = (clock, ask, told) => {
  const poller = new NaivePoller({ ask, same: COMPARISONS["fast-deep-equal"](), clock, ...TIMING });
  poller.sinks.push(told);
  void poller.poll();
  return () => undefined;
};
