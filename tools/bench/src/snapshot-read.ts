import { type Endpoint, MetadataPoller } from "@rollcall/core";
import { BenchClock, settled } from "./bench-clock.js";
import type { Figure } from "./figure.js";
import { freshMembers } from "./members.js";
import { NaivePoller } from "./naive-poller.js";
import type { Scale } from "./scale.js";
import { of, timeInTurns } from "./stopwatch.js";

/** Read in turn, or the engine would read once and remember. */
const POLLERS = 64;
const READS = 200_000;
const MAX_NS = 10;

/** What the hot path of a client costs: reading the current belief. The loop around it is subtracted. */
export async function snapshotRead(scale: Scale): Promise<readonly Figure[]> {
  const clock = new BenchClock();
  const source = { key: "bench", fetch: async () => freshMembers(3), endpoints: (members: readonly Endpoint[]) => members };
  const pollers = Array.from({ length: POLLERS }, () => new MetadataPoller(source, { clock }));
  for (const poller of pollers) poller.subscribe(() => undefined);
  await clock.jump(0);
  const options = { ask: source.fetch, same: () => false, intervalMs: 30_000, timeoutMs: 10_000, clock };
  const naive = Array.from({ length: POLLERS }, () => new NaivePoller(options));
  for (const poller of naive) void poller.poll();
  await settled();
  const fixed = naive.map(({ members }) => ({ members }));
  const candidates = [
    { name: "rollcall", run: () => sum((at) => pollers[at]?.snapshot?.endpoints.length ?? Number.NaN) },
    { name: "naive", run: () => sum((at) => naive[at]?.members.length ?? Number.NaN) },
    { name: "loop", run: () => sum((at) => fixed[at]?.members.length ?? Number.NaN) },
  ];
  for (const { name, run } of candidates) if (run() !== 3 * READS) throw new Error(`${name} does not read 3 endpoints`);
  const times = await timeInTurns(candidates, scale);
  const ns = (name: string): number => (1_000 * (of(times, name) - of(times, "loop"))) / READS;
  return [
    {
      what: "snapshot read",
      unit: "ns",
      value: ns("rollcall"),
      budget: { atMost: MAX_NS },
      alternatives: { "setInterval, array": ns("naive") },
    },
  ];
}

function sum(read: (at: number) => number): number {
  let total = 0;
  for (let turn = 0; turn < READS; turn += 1) total += read(turn % POLLERS);
  return total;
}
