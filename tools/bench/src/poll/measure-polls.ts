import { setTimeout as wait } from "node:timers/promises";
import { type Passed, Tap } from "./tap.js";

/** A client that is connected as far as it stays connected. */
export interface Way {
  /** Asks once for what it polls. */
  poll(): Promise<unknown>;
  /** How long it must be left alone between two polls, in milliseconds. */
  readonly pauseMs: number;
  close(): Promise<void>;
}

/** How a client begins: connects, and polls a first time where it does so by itself. */
export type StartWay<A> = (asked: A) => Promise<Way>;

/** For how long is measured. */
export interface Span {
  /** How many polls count; a fifth as many come before them. */
  readonly polls: number;
  /** For how long the client is left alone afterwards, in milliseconds. */
  readonly restMs: number;
}

/** What a poll takes: means, but for the time on the wall, which is a median. */
export interface PollCost extends Passed {
  readonly cpuMs: number;
  readonly wallMs: number;
  /** Sockets that stay open between two polls. */
  readonly openAtRest: number;
  /** Milliseconds of processor time per second in which nobody asks for anything. */
  readonly restCpuMs: number;
}

/** Measures the polls of one client. Processor time and sockets are those of this whole process: nothing else should happen in it. */
export async function measurePolls(start: () => Promise<Way>, { polls, restMs }: Span): Promise<PollCost> {
  using tap = new Tap();
  const way = await start();
  try {
    const poll = async (): Promise<number> => {
      const began = performance.now();
      await way.poll();
      const tookMs = performance.now() - began;
      if (way.pauseMs > 0) await wait(way.pauseMs);
      return tookMs;
    };
    for (let left = Math.ceil(polls / 5); left > 0; left -= 1) await poll();
    const before = tap.passed;
    const cpu = process.cpuUsage();
    const walls: number[] = [];
    while (walls.length < polls) walls.push(await poll());
    const cpuMs = cpuSince(cpu) / polls;
    const { passed } = tap;
    const mean = (of: keyof Passed): number => (passed[of] - before[of]) / polls;
    const each = { opened: mean("opened"), requests: mean("requests"), bytesOut: mean("bytesOut"), bytesIn: mean("bytesIn") };
    return { ...each, cpuMs, wallMs: median(walls), openAtRest: tap.open, restCpuMs: await restingCpu(restMs) };
  } finally {
    await way.close();
  }
}

async function restingCpu(restMs: number): Promise<number> {
  const began = performance.now();
  const cpu = process.cpuUsage();
  await wait(restMs);
  return (1_000 * cpuSince(cpu)) / (performance.now() - began);
}

function cpuSince(before: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}
