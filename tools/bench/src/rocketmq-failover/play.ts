import { setTimeout as wait } from "node:timers/promises";
import type { RocketmqTestCluster } from "@rollcall/rocketmq/simulator";
import type { SendReport } from "@rollcall/testbed";
import type { Contender } from "./contenders.js";
import type { FailoverLine } from "./failover-report.js";
import { outcomeOf } from "./outcome.js";
import { type Pace, settleMs, watchMs } from "./pace.js";
import type { Scenario } from "./scenarios.js";
import { Stage } from "./stage.js";

/** All contenders live through the same replacement. Resolves with a line for each. */
export async function play(
  scenario: Scenario,
  cluster: RocketmqTestCluster,
  contenders: readonly Contender[],
  pace: Pace,
): Promise<readonly FailoverLine[]> {
  const { replace, killBrokers } = await scenario.prepare(cluster);
  await using stage = await Stage.on(cluster, contenders, pace);
  await stage.begin();
  const begun = reports(stage);
  let listedAt = Number.NaN;
  await replace(() => {
    listedAt = performance.now();
  });
  await wait(settleMs(pace));
  const killed = reports(stage);
  const killedAt = performance.now();
  await killBrokers();
  await waitUntil(Math.max(listedAt + watchMs(pace), killedAt + settleMs(pace)));
  const endedAt = performance.now();
  return stage.cast.map(({ contender, producer }, at) => {
    const marks = { begun: begun[at] ?? producer.report, killed: killed[at] ?? producer.report, killedAt, endedAt, quietMs: pace.quietMs };
    return { scenario: scenario.name, contender, outcome: outcomeOf(producer, marks) };
  });
}

function reports({ cast }: Stage): readonly SendReport[] {
  return cast.map(({ producer }) => producer.report);
}

async function waitUntil(time: number): Promise<void> {
  await wait(Math.max(0, time - performance.now()));
}
