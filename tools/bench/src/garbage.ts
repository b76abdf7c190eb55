import { COMPARISONS, type Comparison } from "./comparisons.js";
import { counted, type Figure } from "./figure.js";
import type { FleetShape } from "./fleet.js";
import { heapBytes, median } from "./heap.js";
import { fleetOf } from "./poll-cost.js";
import type { Scale } from "./scale.js";

const MAX_BYTES = 1_024;

/**
 * What an unchanged poll leaves behind, beyond a bare request with a deadline: growth of the heap over one wave, with a young generation
 * so large that hardly a wave sees a collection; the median of many waves.
 */
export async function garbage(scale: Scale): Promise<readonly Figure[]> {
  const figures: Figure[] = [];
  for (const members of [1, scale.endpoints[0] ?? 3, scale.endpoints.at(-1) ?? 10_000]) {
    const pollers = Math.max(1, Math.min(scale.pollers, Math.round(scale.wave / members)));
    const measure = (who: Parameters<typeof fleetOf>[0]): Promise<number> => bytesPerPoll(who, { pollers, members }, scale);
    const bare = await measure("bare");
    const alternatives: Partial<Record<Comparison, number>> = {};
    for (const who of Object.keys(COMPARISONS) as readonly Comparison[]) alternatives[who] = (await measure(who)) - bare;
    const what = `garbage of an unchanged poll, ${counted(members)} ${members === 1 ? "endpoint" : "endpoints"}`;
    figures.push({ what, unit: "B", value: (await measure("rollcall")) - bare, budget: { atMost: MAX_BYTES }, alternatives });
    if (members === 1) figures.push({ what: "… of the bare request itself", unit: "B", value: bare });
  }
  return figures;
}

async function bytesPerPoll(who: Parameters<typeof fleetOf>[0], shape: FleetShape, { iterations }: Scale): Promise<number> {
  const fleet = await fleetOf(who, shape);
  const grown: number[] = [];
  for (let wave = 0; wave < 3 * iterations; wave += 1) {
    fleet.prepare();
    const before = heapBytes();
    await fleet.run();
    // The first waves warm up: what the compiler keeps for good is nobody's garbage.
    if (wave >= iterations) grown.push((heapBytes() - before) / shape.pollers);
  }
  return median(grown);
}
