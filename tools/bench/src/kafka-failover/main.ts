import { provisionKafka, startRealKafka } from "@rollcall/testbed";
import { giveUpAfter } from "../give-up.js";
import { machineLines, thisMachine, versionOf } from "../machine.js";
import { type Contender, contenders } from "./contenders.js";
import { type FailoverLine, failoverReport } from "./failover-report.js";
import { SILENT_MS } from "./history.js";
import { INTERVAL_MS } from "./settings.js";
import { type Pace, Story } from "./story.js";
import { javaClient, librdkafka, type Toolchain, type Unavailable } from "./toolchains.js";

// How clients come through the replacement of every broker and an outage afterwards, all in one run.

const TOPIC = "orders";
const PACE: Pace = { beginMs: 60_000, calmMs: 3_000, messages: 30, outageMs: 5_000, watchMs: 25_000 };
const ALL_WITHIN_MS = 360_000;
process.exitCode = await main();

async function main(): Promise<number> {
  const kafka = await provisionKafka();
  await using cluster = await startRealKafka(kafka);
  // Removed with the cluster, however this ends.
  const { directory } = cluster;
  const [python, java] = [await librdkafka(kafka), await javaClient(kafka, directory)];
  const everybody = contenders(TOPIC, directory, python, java);
  const machine = { ...thisMachine(), versions: versions(kafka.version, python, java) };
  await cluster.createTopics([{ topic: TOPIC, partitions: 3 }]);
  await using story = new Story(cluster, everybody, PACE);
  const print = (): void => {
    const table = failoverReport([...story.lines, ...missing(everybody)]);
    process.stdout.write(`${[...machineLines(machine), ...methodLines(story.replacementMs), "", ...table].join("\n")}\n`);
  };
  giveUpAfter(ALL_WITHIN_MS, "kafka-failover", print);
  await story.tell();
  print();
  return 0;
}

function versions(kafka: string, python: Toolchain | Unavailable, java: Toolchain | Unavailable): Readonly<Record<string, string>> {
  const of = (toolchain: Toolchain | Unavailable): string => ("reason" in toolchain ? "not available" : toolchain.version);
  return {
    node: process.versions.node,
    kafkajs: versionOf("kafkajs"),
    librdkafka: of(python),
    "Java client": of(java),
    "Apache Kafka": kafka,
  };
}

function methodLines(replacementMs: number): readonly string[] {
  const [polled, replaced, down, silent] = [INTERVAL_MS, replacementMs, PACE.outageMs, SILENT_MS].map(
    (ms) => `${(ms / 1_000).toFixed(1)} s`,
  );
  return [
    `Everybody is configured with the addresses that the brokers had at first; Rollcall polls each ${polled}. A message each 100 ms, acknowledged by all`,
    `replicas. Replacement: every broker by another id on another port, under load, in ${replaced}. Outage: all brokers killed, ${down}, started at the same`,
    `addresses. Failed: reported as such, or without an outcome for ${silent} at the end of the phase. Back: first message that went well, counted from when the`,
    "brokers were back or from the first one sent. kafkajs: connectionTimeout 1 s, retries 5, initialRetryTime 50 ms; the others: their defaults, except",
    "`recovery`, which is metadata.recovery.strategy.",
  ];
}

/** Lines that say who did not take part, and why. */
function missing(everybody: readonly Contender[]): readonly FailoverLine[] {
  return everybody.flatMap(({ name, play }) => {
    return "reason" in play ? { phase: "all", client: `${name}: not available (${play.reason})`, account: undefined } : [];
  });
}
