import { provisionRocketmq, startRealRocketmq } from "@rollcall/testbed";
import { giveUpAfter } from "../give-up.js";
import { machineLines, thisMachine, versionOf } from "../machine.js";
import { contenders } from "./contenders.js";
import { type FailoverLine, failoverReport, isVoid } from "./failover-report.js";
import { FULL, type Pace, SHORT, settleMs, watchMs } from "./pace.js";
import { play } from "./play.js";
import { SCENARIOS } from "./scenarios.js";

// How RocketMQ clients come through the replacement of all nameservers and brokers, all in one run. `--short`: a quick look, with clients that are made to look sooner.

const ALL_WITHIN_MS = 720_000;

process.exitCode = await main(process.argv.slice(2).join(" "));

async function main(parameters: string): Promise<number> {
  if (parameters !== "" && parameters !== "--short") {
    process.stderr.write("rocketmq-failover: its only argument is --short, for a quick look\n");
    return 2;
  }
  const pace = parameters === "" ? FULL : SHORT;
  const rocketmq = await provisionRocketmq();
  const { version } = rocketmq;
  const versions = { node: process.versions.node, "ali-ons": versionOf("ali-ons"), "Java client": version, "Apache RocketMQ": version };
  const machine = { ...thisMachine(), versions };
  const lines: FailoverLine[] = [];
  const print = (): void => {
    process.stdout.write(`${[...machineLines(machine), ...methodLines(pace), "", ...failoverReport(lines)].join("\n")}\n`);
  };
  giveUpAfter(ALL_WITHIN_MS, "rocketmq-failover", print);
  for (const scenario of SCENARIOS) {
    process.stderr.write(`${scenario.name}\n`);
    await using cluster = await startRealRocketmq({ ...rocketmq, nameservers: scenario.nameservers, brokers: 0 });
    lines.push(...(await play(scenario, cluster, contenders(rocketmq), pace)));
  }
  print();
  if (!isVoid(lines)) return 0;
  process.stderr.write("rocketmq-failover: void, a static list came back\n");
  return 1;
}

function methodLines(pace: Pace): readonly string[] {
  const [poll, lookUp, rollcall, settle, watch] = [
    pace.clientPollMs,
    pace.javaLookUpMs,
    pace.rollcallMs,
    settleMs(pace),
    watchMs(pace),
  ].map((ms) => `${ms / 1_000} s`);
  const told = pace.tellJava ? ", when told to" : "";
  return [
    `A message each 100 ms by every client. All begin with the same nameservers; clients ask for routes each ${poll}, Java looks up its nameservers each ${lookUp}${told}; Rollcall`,
    `polls the address server each ${rollcall}. A: three new nameservers start and are listed, the old ones are killed once the brokers have registered with the new ones, two new brokers`,
    `come. B: two other nameservers, which know another broker, are listed, and that is all. ${settle} later the old brokers are killed. Watched for ${watch} from the change of the list, and`,
    `${settle} from that kill at least. Back: the last failure, counted from the kill; 0: none.`,
  ];
}
