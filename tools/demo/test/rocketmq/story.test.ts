import { expect, onTestFinished, test, vi } from "vitest";
import { followChanges } from "../../src/changes.js";
import { RocketmqCast } from "../../src/rocketmq/cast.js";
import { type ReadableRocketmq, simulateRocketmq } from "../../src/rocketmq/cluster.js";
import { Stage } from "../../src/stage.js";
import { tellStory } from "../../src/story.js";
import { problems } from "../../src/summary.js";
import { followed, wrote } from "../stages.js";

async function simulator(): Promise<ReadableRocketmq> {
  const rocketmq = await simulateRocketmq({ nameservers: 2 });
  onTestFinished(() => rocketmq[Symbol.asyncDispose]());
  return rocketmq;
}

async function stageOf(rocketmq: ReadableRocketmq): Promise<Stage> {
  const cast = await RocketmqCast.on(rocketmq);
  onTestFinished(() => cast[Symbol.asyncDispose]());
  return new Stage(cast);
}

function addressesOf(servers: readonly { readonly address: string }[]): readonly string[] {
  return servers.map(({ address }) => address);
}

test("every original nameserver and broker is replaced, no message fails and the control dies", { timeout: 60_000 }, async () => {
  const rocketmq = await simulator();
  const { cluster, successors } = rocketmq;
  const stage = await stageOf(rocketmq);
  const nameservers = cluster.addressServer.addresses;
  const brokers = addressesOf(cluster.brokers);
  const changes: string[] = [];
  for (const membership of stage.cast.memberships) followChanges(membership, (line) => changes.push(line));
  const outcome = await tellStory(stage, { say: () => {}, pause: () => followed(stage) });

  expect(problems(outcome)).toEqual([]);
  expect(outcome.clients.map(({ kind, again }) => [kind, again])).toEqual([
    ["on the array", 0],
    ["on nsaddr", 0],
    ["on nsaddr, restarted", 1],
  ]);
  const newBrokers = addressesOf(cluster.brokers).filter((address) => !brokers.includes(address));
  expect(outcome.memberships).toMatchObject([
    { member: "nameserver", before: nameservers, after: addressesOf(successors) },
    { member: "broker", before: brokers, after: newBrokers },
  ]);
  for (const address of nameservers) expect(changes).toContain(`- nameserver ${address} (original) left`);
  for (const address of addressesOf(successors)) expect(changes).toContain(`+ nameserver ${address} (new) joined`);
  for (const address of newBrokers) expect(changes).toContain(`+ broker ${address} (new) joined`);
  for (const address of brokers) {
    const unwritable = changes.indexOf(`~ broker ${address} (original) is now writable: false`);
    expect(unwritable).toBeGreaterThan(-1);
    expect(changes.indexOf(`- broker ${address} (original) left`)).toBeGreaterThan(unwritable);
  }
});

test("a run in which no broker stops and a message is lost is not taken for a good one", { timeout: 60_000 }, async () => {
  const { cluster, read, ...rest } = await simulator();
  const stop = cluster.stop.bind(cluster);
  vi.spyOn(cluster, "stop").mockImplementation(async (server) => {
    if ("name" in server) return; // a broker
    await stop(server);
  });
  const stage = await stageOf({
    cluster,
    read: async (broker) => (await read(broker)).filter((message) => message !== "array-0/000001"),
    ...rest,
  });
  const outcome = await tellStory(stage, { say: () => {}, pause: () => wrote(stage) });
  expect(problems(outcome)).toEqual([
    "on the array: 1 acknowledged messages are missing",
    "the control did not die, so this run proves nothing",
    `the poller of brokers believes in ${[...addressesOf(cluster.brokers)].sort().join(", ")}`,
  ]);
});
