// Run in a process of its own: what keeps a process alive, and what does not.
import { setImmediate as turn, setTimeout as wait } from "node:timers/promises";
import { MetadataPoller } from "@rollcall/core";
import { bootstrapBrokers, type KafkaCluster, kafkaBrokers } from "@rollcall/kafka";
import { kafkaApplication } from "../src/load/kafka-application.js";
import { KafkaWriter } from "../src/load/kafka-writer.js";

const SETTLE_MS = 12_000;
const REST_MS = 30_000;
const [what = "", topic = "", ...seeds] = process.argv.slice(2);

async function main(): Promise<void> {
  const poller = new MetadataPoller(kafkaBrokers({ seeds }));
  if (what === "create") {
    process.stdout.write("created\n");
    return;
  }
  if (what === "rest") return rest(poller);
  const brokers = bootstrapBrokers(poller);
  const { endpoints } = await poller.ready();
  const writer = new KafkaWriter(kafkaApplication({}, brokers), topic, "exit/");
  await writer.connect();
  await writer.write(1);
  // A producer that is connected keeps its process alive, and Rollcall has no say in that.
  await writer.close();
  if (what === "close") await poller.close();
  while (sockets() > 0) await turn();
  if (writer.report.acknowledged !== 1) throw new Error(writer.report.failed.join());
  process.stdout.write(`${endpoints.length} brokers, ${sockets()} sockets\n`);
}

/** What it costs to be subscribed. What the first polls load, and V8's collection of it some 8 s later, is paid once and does not count. */
async function rest(poller: MetadataPoller<KafkaCluster>): Promise<void> {
  poller.subscribe(() => undefined);
  await poller.ready();
  await poller.refresh();
  await wait(SETTLE_MS);
  const before = process.cpuUsage();
  await wait(REST_MS / 2);
  await poller.refresh();
  await wait(REST_MS / 2);
  const { user, system } = process.cpuUsage(before);
  process.stdout.write(`${((user + system) / 1_000).toFixed(1)} ms of CPU in ${REST_MS / 1_000} s, one poll included\n`);
  await poller.close();
}

function sockets(): number {
  return process.getActiveResourcesInfo().filter((resource) => resource.startsWith("TCP")).length;
}

void main();
