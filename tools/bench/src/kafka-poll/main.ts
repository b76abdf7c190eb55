import { fork } from "node:child_process";
import { once } from "node:events";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { provisionKafka, startRealKafka } from "@rollcall/testbed";
import { machineLines, thisMachine } from "../machine.js";
import type { PollCost, PollTask } from "./measure-way.js";
import { type PollLine, pollReport } from "./poll-report.js";
import { WAYS, type WayName } from "./ways.js";

// What it costs to learn the brokers of a cluster, by the number of its topics. Arguments: numbers of topics, ascending.

const CHILD = fileURLToPath(new URL("./child.js", import.meta.url));
const DEFAULT_COUNTS = [10, 200, 2_000];
const POLLS = 100;
const REST_MS = 5_000;
const ONE_WAY_WITHIN_MS = 60_000;
const ALL_WITHIN_MS = 240_000;

process.exitCode = await main(process.argv.slice(2).map(Number));

async function main(counts: readonly number[]): Promise<number> {
  if (counts.some((count) => !(Number.isInteger(count) && count > 0))) {
    process.stderr.write("kafka-poll: its arguments are numbers of topics, 1 or more\n");
    return 2;
  }
  const lines: PollLine[] = [];
  const kafka = await provisionKafka();
  const { version: kafkajs } = createRequire(import.meta.url)("kafkajs/package.json") as { readonly version: string };
  const machine = { ...thisMachine(), versions: { node: process.versions.node, kafkajs, "Apache Kafka": kafka.version } };
  const print = (): void => {
    const method = `Mean of ${POLLS} polls (wall: median) after ${POLLS / 5} others, then ${REST_MS / 1_000} s of rest; 3 brokers, topics of 1 partition.`;
    process.stdout.write(`${[...machineLines(machine), method, "", ...pollReport(lines)].join("\n")}\n`);
  };
  setTimeout(() => {
    print();
    process.stderr.write("kafka-poll: out of time\n");
    process.exit(1);
  }, ALL_WITHIN_MS).unref();
  await measureAll(kafka, counts.length > 0 ? counts : DEFAULT_COUNTS, lines);
  print();
  return lines.every(({ cost }) => cost !== undefined) ? 0 : 1;
}

async function measureAll(kafka: Awaited<ReturnType<typeof provisionKafka>>, counts: readonly number[], lines: PollLine[]): Promise<void> {
  await using cluster = await startRealKafka({ ...kafka, processes: false });
  const brokers = cluster.brokers.map(({ address }) => address);
  const topics: string[] = [];
  for (const count of counts) {
    const fresh = Array.from({ length: Math.max(0, count - topics.length) }, (_, at) => `topic-${topics.length + at}`);
    if (fresh.length > 0) await cluster.createTopics(fresh.map((topic) => ({ topic, replicas: 1 })));
    topics.push(...fresh);
    for (const way of Object.keys(WAYS) as WayName[]) {
      process.stderr.write(`${count} topics: ${way}\n`);
      lines.push({ topics: count, way, cost: await measureApart({ way, brokers, topics, polls: POLLS, restMs: REST_MS }) });
    }
  }
}

/** Undefined when it failed, which it has said itself, or took too long. */
async function measureApart(task: PollTask): Promise<PollCost | undefined> {
  const child = fork(CHILD, [JSON.stringify(task)], { timeout: ONE_WAY_WITHIN_MS, killSignal: "SIGKILL" });
  let cost: PollCost | undefined;
  child.on("message", (message) => {
    cost = message as PollCost;
  });
  const [code] = (await once(child, "exit")) as [number | null];
  return code === 0 ? cost : undefined;
}
