import { setTimeout as wait } from "node:timers/promises";
import type { RealEtcdCluster } from "@rollcall/testbed";
import { type Contender, isPresent, type Present } from "./contenders.js";
import type { Pace } from "./pace.js";
import { Player, type Told } from "./player.js";
import { pidsWith, processorMs } from "./processor-time.js";
import { addresses, begin } from "./stage.js";

/** What clients cost that do nothing but know the members. */
export interface Cost {
  readonly pollsPerMinute: number;
  readonly bytesOutPerMinute: number;
  readonly bytesInPerMinute: number;
  readonly connections: number;
  /** Milliseconds of processor time per second; undefined where it cannot be told. */
  readonly cpuMsPerS: number | undefined;
}

/** One line of the table. */
export interface CostLine {
  /** Undefined: nobody is connected. */
  readonly contender: Contender | undefined;
  /** How many there are in one process. */
  readonly clients: number;
  /** Undefined when it could not be measured, or there is nothing to measure. */
  readonly cost?: Cost | undefined;
  /** What all servers use meanwhile, in milliseconds of processor time per second; undefined where it cannot be told from that of others. */
  readonly serversCpuMsPerS?: number | undefined;
}

/** Every contender by itself, all at the same time; then nobody; then crowds, one after the other. */
export async function costs(cluster: RealEtcdCluster, everybody: readonly Contender[], pace: Pace): Promise<readonly CostLine[]> {
  const present = everybody.filter(isPresent);
  const alone = await crowdsAtRest(cluster, present, 1, pace.restMs, pace);
  const lines: CostLine[] = present.map((contender, at) => ({ contender, clients: 1, cost: alone[at] }));
  const servers = pidsWith(cluster.directory);
  const before = processorMs(servers);
  await wait(pace.crowdRestMs);
  lines.push({ contender: undefined, clients: 0, serversCpuMsPerS: perSecond(before, processorMs(servers), pace.crowdRestMs) });
  const shortest = Math.min(...pace.intervalsMs);
  for (const contender of present.filter(({ crowd, intervalMs = shortest }) => crowd && intervalMs === shortest)) {
    let used: (number | undefined)[] = [];
    const watch = (): void => {
      used = [...used, processorMs(servers)];
    };
    const [cost] = await crowdsAtRest(cluster, [contender], pace.crowd, pace.crowdRestMs, pace, watch);
    lines.push({ contender, clients: pace.crowd, cost, serversCpuMsPerS: perSecond(used[0], used[1], pace.crowdRestMs) });
  }
  return lines;
}

/** One process of so many clients for each contender. `watch` is called when the rest begins and when it ends. */
async function crowdsAtRest(
  cluster: RealEtcdCluster,
  crowds: readonly Present[],
  count: number,
  restMs: number,
  { beginMs, calmMs }: Pace,
  watch: () => void = () => undefined,
): Promise<readonly Cost[]> {
  const cast = crowds.map((contender) => ({ contender, player: new Player(contender.play(addresses(cluster), count)) }));
  try {
    await Promise.all(cast.map(({ contender, player }) => begin(contender, player, count, beginMs)));
    for (const { player } of cast) player.rest();
    await wait(calmMs);
    const look = () => Promise.all(cast.map(async ({ player }) => ({ told: await player.tell(), cpuMs: processorMs([player.pid]) })));
    const before = await look();
    watch();
    await wait(restMs);
    watch();
    const after = await look();
    return after.map(({ told, cpuMs }, at) => costOf(before[at]?.told ?? told, told, perSecond(before[at]?.cpuMs, cpuMs, restMs), restMs));
  } finally {
    await Promise.all(cast.map(({ player }) => player[Symbol.asyncDispose]()));
  }
}

/** What has come since `before`. */
export function costOf(before: Told, after: Told, cpuMsPerS: number | undefined, restMs: number): Cost {
  const perMinute = (of: keyof Told): number => (60_000 * (after[of] - before[of])) / restMs;
  return {
    pollsPerMinute: perMinute("polls"),
    bytesOutPerMinute: perMinute("bytesOut"),
    bytesInPerMinute: perMinute("bytesIn"),
    connections: after.open,
    cpuMsPerS,
  };
}

function perSecond(before: number | undefined, after: number | undefined, ms: number): number | undefined {
  return before === undefined || after === undefined ? undefined : (1_000 * (after - before)) / ms;
}
