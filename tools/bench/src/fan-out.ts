import { COMPARISONS } from "./comparisons.js";
import { counted, type Figure } from "./figure.js";
import { Fleet } from "./fleet.js";
import type { Scale } from "./scale.js";
import { of, timeInTurns } from "./stopwatch.js";

const MEMBERS = 3;
/** The same at every size: what a poll costs depends on how many pollers share the processor's caches. */
const POLLERS = 10;
const MAX_WAVES = 30;
/** The budget speaks of many sinks: what a poll costs apart from them counts among few. */
const MAX_US_PER_SINK = 0.2;

/** What each further subscriber costs when one member of three has moved. */
export async function fanOut(scale: Scale): Promise<readonly Figure[]> {
  const [first = 1, ...more] = scale.sinks;
  const few = await timeChange(first, scale);
  const figures: Figure[] = [];
  for (const sinks of more) {
    const many = await timeChange(sinks, scale);
    const perSink = (who: keyof typeof many): number => (many[who] - few[who]) / (sinks - first);
    figures.push({
      what: `fan-out, ${counted(sinks)} sinks`,
      unit: "µs/sink",
      value: perSink("rollcall"),
      budget: sinks === more.at(-1) ? { atMost: MAX_US_PER_SINK } : undefined,
      alternatives: { "setInterval, array": perSink("naive") },
    });
  }
  return figures;
}

/** Microseconds of a poll that tells so many sinks. */
async function timeChange(sinks: number, scale: Scale): Promise<{ readonly rollcall: number; readonly naive: number }> {
  const waves = Math.max(1, Math.min(MAX_WAVES, Math.round(scale.wave / (POLLERS * sinks))));
  const shape = { pollers: POLLERS, members: MEMBERS, sinks, changing: true, waves };
  const rollcall = await Fleet.ofRollcall(shape);
  const naive = await Fleet.ofNaive(shape, COMPARISONS["fast-deep-equal"]);
  const times = await timeInTurns([rollcall.candidate("rollcall"), naive.candidate("naive")], scale);
  return { rollcall: of(times, "rollcall") / (POLLERS * waves), naive: of(times, "naive") / (POLLERS * waves) };
}
