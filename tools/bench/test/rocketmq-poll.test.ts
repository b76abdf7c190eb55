import { startRocketmqSimulator } from "@rollcall/rocketmq/simulator";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { measurePolls, type PollCost } from "../src/poll/measure-polls.js";
import { announceTopics } from "../src/rocketmq-poll/announce-topics.js";
import { WAYS, type WayName } from "../src/rocketmq-poll/ways.js";

const [FEW, MANY] = [1, 40];
const NAMESERVERS = 3;

describe("what it costs to follow a RocketMQ cluster", () => {
  const costs = new Map<string, PollCost>();
  let cluster: Awaited<ReturnType<typeof startRocketmqSimulator>> | undefined;

  beforeAll(async () => {
    const started = await startRocketmqSimulator({ nameservers: NAMESERVERS, brokers: 0 });
    cluster = started;
    const { addressServer } = started;
    const nameservers = started.nameservers.map(({ address }) => address);
    const announce = announceTopics(started);
    for (const size of [FEW, MANY]) {
      const asked = { nameservers, addressServer: addressServer.url, topics: await announce(size) };
      for (const [way, start] of Object.entries(WAYS)) costs.set(`${way} ${size}`, await measurePolls(() => start(asked), SPAN));
    }
  });
  afterAll(() => cluster?.[Symbol.asyncDispose]());

  const SPAN = { polls: 5, restMs: 20 };
  const costOf = (way: WayName, topics: number): PollCost => costs.get(`${way} ${topics}`) ?? missing();

  test("an address server is asked one thing, over a socket that is closed", () => {
    expect(costOf("Rollcall `rocketmqNameservers`: address server", FEW)).toMatchObject({ opened: 1, requests: 1, openAtRest: 0 });
  });

  test("probes ask every nameserver two things", () => {
    const each = { opened: NAMESERVERS, requests: 2 * NAMESERVERS, openAtRest: 0 };
    expect(costOf("Rollcall `rocketmqNameservers`: probes of all", FEW)).toMatchObject(each);
  });

  test.each([
    ["Rollcall `rocketmqBrokers`, 1 nameserver per poll", 1],
    ["Rollcall `rocketmqBrokers`, 3 nameservers per poll", 3],
  ] as const)("%s: one question each, whatever the number of topics", (way, nameservers) => {
    const few = costOf(way, FEW);
    expect(few).toMatchObject({ opened: nameservers, requests: nameservers, openAtRest: 0 });
    expect(costOf(way, MANY)).toMatchObject({ requests: nameservers, bytesOut: few.bytesOut, bytesIn: few.bytesIn });
  });

  test.each([
    ["Rollcall `rocketmqTopicRoute`, 1 nameserver per poll", 1],
    ["Rollcall `rocketmqTopicRoute`, 3 nameservers per poll", 3],
  ] as const)("%s: a question each for each topic, and one for the brokers", (way, nameservers) => {
    expect(costOf(way, MANY)).toMatchObject({ opened: nameservers, requests: nameservers * (1 + MANY), openAtRest: 0 });
  });

  test("ali-ons asks for each topic once, over sockets that stay open to all nameservers", () => {
    expect(costOf("ali-ons route poll", MANY)).toMatchObject({ opened: 0, requests: MANY, openAtRest: NAMESERVERS });
  });
});

function missing(): never {
  throw new Error("that was not measured");
}
