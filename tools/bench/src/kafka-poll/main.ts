import { fileURLToPath } from "node:url";
import { provisionKafka, startRealKafka } from "@rollcall/testbed";
import { versionOf } from "../machine.js";
import { type PollArguments, parsePollArguments } from "../poll/poll-arguments.js";
import { runPollBench } from "../poll/poll-bench.js";
import { type Asked, WAYS } from "./ways.js";

// What it costs to learn the brokers of a cluster, by the number of its topics.

const parsed = parsePollArguments(process.argv.slice(2));
if (typeof parsed === "string") process.stderr.write(`kafka-poll: ${parsed}\n`);
process.exitCode = typeof parsed === "string" ? 2 : await main(parsed);

async function main(parameters: PollArguments): Promise<number> {
  const kafka = await provisionKafka();
  await using cluster = await startRealKafka({ ...kafka, processes: false });
  const brokers = cluster.brokers.map(({ address }) => address);
  const topics: string[] = [];
  const prepare = async (count: number): Promise<Asked> => {
    const fresh = Array.from({ length: Math.max(0, count - topics.length) }, (_, at) => `topic-${topics.length + at}`);
    if (fresh.length > 0) await cluster.createTopics(fresh.map((topic) => ({ topic, replicas: 1 })));
    topics.push(...fresh);
    return { brokers, topics };
  };
  const bench = {
    name: "kafka-poll",
    child: fileURLToPath(new URL("./child.js", import.meta.url)),
    ways: Object.keys(WAYS),
    versions: { node: process.versions.node, kafkajs: versionOf("kafkajs"), "Apache Kafka": kafka.version },
    cluster: "3 brokers, topics of 1 partition",
    counts: [10, 200, 2_000],
    polls: () => 100,
    withinMs: 240_000,
    prepare,
  };
  return await runPollBench(bench, parameters); // the cluster must outlive it
}
