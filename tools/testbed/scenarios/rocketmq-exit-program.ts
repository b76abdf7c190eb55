// Run in a process of its own: what keeps a process alive, and what does not.
import { setImmediate as turn } from "node:timers/promises";
import { MetadataPoller } from "@rollcall/core";
import { nameServerArray, nsaddrServer, rocketmqBrokers, rocketmqNameservers, rocketmqTopicRoute } from "@rollcall/rocketmq";

const TURNS = 10;
const [what = "", topic = "", addressServer = ""] = process.argv.slice(2);

async function main(): Promise<void> {
  const feed = new MetadataPoller(rocketmqNameservers({ from: { addressServer } }));
  const pollers = [
    feed,
    new MetadataPoller(rocketmqBrokers({ nameservers: feed, probeBrokers: true })),
    new MetadataPoller(rocketmqTopicRoute({ topics: [topic], nameservers: feed })),
  ];
  if (what === "create") {
    process.stdout.write("created\n");
    return;
  }
  for (const poller of pollers) poller.subscribe(() => undefined);
  const counts = (await Promise.all(pollers.map((poller) => poller.ready()))).map(({ endpoints }) => endpoints.length);
  const nameservers = await nameServerArray(feed);
  if (what === "close") {
    // A server keeps its process alive, as servers do.
    const server = await nsaddrServer(feed);
    await fetch(server.url);
    await server.close();
    await nameservers[Symbol.asyncDispose]();
    await Promise.all(pollers.map((poller) => poller.close()));
    // Node lets go of sockets that were closed within a turn or two.
    for (let turns = 0; turns < TURNS; turns += 1) await turn();
  }
  // Probes go on where nobody closes.
  while (what === "leave" && sockets() > 0) await turn();
  process.stdout.write(`${counts.join()} and ${nameservers.length}, ${sockets()} sockets\n`);
}

function sockets(): number {
  return process.getActiveResourcesInfo().filter((resource) => resource.startsWith("TCP")).length;
}

void main();
