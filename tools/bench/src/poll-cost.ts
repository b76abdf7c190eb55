import { COMPARISONS, type Comparison } from "./comparisons.js";
import { counted, type Figure } from "./figure.js";
import { Fleet, type FleetShape } from "./fleet.js";
import type { Scale } from "./scale.js";
import { type Candidate, of, timeInTurns } from "./stopwatch.js";

/** Who polls: Rollcall, a naive poller with each comparison, and the bare request with its deadline, which compares nothing. */
type Who = "rollcall" | Comparison | "bare";

const COMPARED = Object.keys(COMPARISONS) as readonly Comparison[];
const MAX_US_PER_ENDPOINT = 0.5;
const MIN_TIMES_FASTER = 5;
/** Below this the endpoints make too small a part of a poll to hold them to a budget. */
const FEW = 100;
const MAX_WAVES = 50;

/** What a poll costs that brings nothing new. */
export async function unchangedPoll(scale: Scale): Promise<readonly Figure[]> {
  const { fixed, slopes } = await pollCosts(scale, false);
  const timesFaster = slopes.map(({ members, us }) => ({ members, times: us("isDeepStrictEqual") / us("rollcall") }));
  const many = timesFaster.filter(({ members }) => members >= FEW);
  const worst = (many.length > 0 ? many : timesFaster).reduce((a, b) => (a.times <= b.times ? a : b));
  return [
    { what: "unchanged poll, one endpoint, beyond the request", unit: "µs", ...fixed },
    ...slopes.map(({ members, us }) => slopeFigure("unchanged poll", members, us)),
    {
      what: `… faster than isDeepStrictEqual, least at ${counted(worst.members)}`,
      unit: "times",
      value: worst.times,
      budget: { atLeast: MIN_TIMES_FASTER },
    },
  ];
}

/** What a poll costs in which one member has moved. Rollcall finds out which one; the others only that something is different. */
export async function oneChange(scale: Scale): Promise<readonly Figure[]> {
  const { fixed, slopes } = await pollCosts(scale, true);
  return [
    { what: "one change, one endpoint, beyond the request", unit: "µs", ...fixed },
    ...slopes.map(({ members, us }) => slopeFigure("one change", members, us)),
  ];
}

interface PollCosts {
  /** What does not depend on the number of endpoints, beyond the bare request. */
  readonly fixed: Pick<Figure, "value" | "alternatives">;
  /** Microseconds per endpoint, at each size: a poll less one with a single endpoint. */
  readonly slopes: readonly { readonly members: number; readonly us: (who: Who) => number }[];
}

async function pollCosts(scale: Scale, changing: boolean): Promise<PollCosts> {
  const everybody: readonly Who[] = ["rollcall", ...COMPARED];
  const alone = await timePolls([["bare", 1], ...everybody.map((who) => [who, 1] as const)], { pollers: scale.pollers, changing }, scale);
  const slopes: PollCosts["slopes"][number][] = [];
  for (const members of scale.endpoints) {
    const pollers = Math.max(1, Math.min(scale.pollers, Math.round(scale.wave / members)));
    const asked = everybody.flatMap((who) => [[who, members] as const, [who, 1] as const]);
    const us = await timePolls(asked, { pollers, changing }, scale);
    slopes.push({ members, us: (who) => (us(who, members) - us(who, 1)) / (members - 1) });
  }
  const beyond = (who: Who): number => alone(who, 1) - alone("bare", 1);
  return { fixed: { value: beyond("rollcall"), alternatives: compared(beyond) }, slopes };
}

/** Microseconds per poll, by who polls and how many members the answer lists. */
async function timePolls(
  asked: readonly (readonly [who: Who, members: number])[],
  shape: Pick<FleetShape, "pollers" | "changing">,
  scale: Scale,
): Promise<(who: Who, members: number) => number> {
  const waves = (members: number): number => Math.max(1, Math.min(MAX_WAVES, Math.round(scale.pollers / (shape.pollers * members))));
  const candidates: Candidate[] = [];
  for (const [who, members] of asked) {
    const fleet = await fleetOf(who, { ...shape, members, waves: waves(members) });
    candidates.push(fleet.candidate(`${who} ${members}`));
  }
  const times = await timeInTurns(candidates, scale);
  return (who, members) => of(times, `${who} ${members}`) / (shape.pollers * waves(members));
}

/** A fleet of one kind. */
export function fleetOf(who: Who, shape: FleetShape): Promise<Fleet> {
  if (who === "rollcall") return Fleet.ofRollcall(shape);
  return Fleet.ofNaive(shape, who === "bare" ? () => () => true : COMPARISONS[who]);
}

function slopeFigure(what: string, members: number, us: (who: Who) => number): Figure {
  return {
    what: `${what}, ${counted(members)} endpoints`,
    unit: "µs/endpoint",
    value: us("rollcall"),
    budget: members < FEW ? undefined : { atMost: MAX_US_PER_ENDPOINT },
    alternatives: compared(us),
  };
}

function compared(value: (who: Comparison) => number): Figure["alternatives"] {
  return Object.fromEntries(COMPARED.map((who) => [who, value(who)]));
}
