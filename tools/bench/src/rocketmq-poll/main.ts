import { fileURLToPath } from "node:url";
import { provisionRocketmq, startRealRocketmq } from "@rollcall/testbed";
import { versionOf } from "../machine.js";
import { type PollArguments, parsePollArguments } from "../poll/poll-arguments.js";
import { runPollBench } from "../poll/poll-bench.js";
import { announceTopics } from "./announce-topics.js";
import { type Asked, WAYS } from "./ways.js";

// What it costs to follow nameservers, brokers and routes of a cluster, by the number of topics.

const parsed = parsePollArguments(process.argv.slice(2));
if (typeof parsed === "string") process.stderr.write(`rocketmq-poll: ${parsed}\n`);
process.exitCode = typeof parsed === "string" ? 2 : await main(parsed);

async function main(parameters: PollArguments): Promise<number> {
  const rocketmq = await provisionRocketmq();
  await using cluster = await startRealRocketmq({ ...rocketmq, brokers: 0 });
  const announce = announceTopics(cluster);
  const bench = {
    name: "rocketmq-poll",
    child: fileURLToPath(new URL("./child.js", import.meta.url)),
    ways: Object.keys(WAYS),
    versions: { node: process.versions.node, "ali-ons": versionOf("ali-ons"), "Apache RocketMQ": rocketmq.version },
    cluster: "3 nameservers, 2 brokers with 4 queues of each topic",
    counts: [10, 100, 1_000],
    polls: (topics: number) => Math.min(100, 20_000 / topics),
    withinMs: 900_000,
    prepare: async (count: number): Promise<Asked> => {
      const topics = await announce(count);
      return { nameservers: cluster.nameservers.map(({ address }) => address), addressServer: cluster.addressServer.url, topics };
    },
  };
  return await runPollBench(bench, parameters); // the cluster must outlive it
}
