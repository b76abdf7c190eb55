// Run in a process of its own: what keeps a process alive, and what does not.
import { setImmediate as turn } from "node:timers/promises";
import { MetadataPoller } from "@rollcall/core";
import { etcdMembers } from "@rollcall/etcd";
import { grpcTarget } from "@rollcall/grpc";
import { plainClient } from "../src/load/key-value-clients.js";

const [what = "", proto = "", ...seeds] = process.argv.slice(2);

async function main(): Promise<void> {
  const poller = new MetadataPoller(etcdMembers({ seeds }));
  if (what === "create") {
    process.stdout.write("created\n");
    return;
  }
  const client = plainClient({ target: grpcTarget(poller), proto });
  const { endpoints } = await poller.ready();
  await client.put("exit/", "written", 5_000);
  if (what === "close") {
    client.close();
    await poller.close();
    while (sockets() > 0) await turn();
  }
  process.stdout.write(`${endpoints.length} members, ${sockets()} sockets\n`);
}

function sockets(): number {
  return process.getActiveResourcesInfo().filter((resource) => resource.startsWith("TCP")).length;
}

void main();
