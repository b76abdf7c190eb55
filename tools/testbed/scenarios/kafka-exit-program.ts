// Run in a process of its own: what keeps a process alive, and what does not.
import { setImmediate as turn } from "node:timers/promises";
import { MetadataPoller } from "@rollcall/core";
import { bootstrapBrokers, kafkaBrokers } from "@rollcall/kafka";
import { kafkaApplication } from "../src/load/kafka-application.js";
import { KafkaWriter } from "../src/load/kafka-writer.js";

const [what = "", topic = "", ...seeds] = process.argv.slice(2);

async function main(): Promise<void> {
  const poller = new MetadataPoller(kafkaBrokers({ seeds }));
  if (what === "create") {
    process.stdout.write("created\n");
    return;
  }
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

function sockets(): number {
  return process.getActiveResourcesInfo().filter((resource) => resource.startsWith("TCP")).length;
}

void main();
