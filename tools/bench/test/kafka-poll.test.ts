import { startKafkaSimulator } from "@rollcall/kafka/simulator";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { WAYS, type WayName } from "../src/kafka-poll/ways.js";
import { measurePolls, type PollCost } from "../src/poll/measure-polls.js";

const SIZES = [1, 40];
const TOPICS = Array.from({ length: 40 }, (_, at) => `topic-${at}`);

describe("what it costs to learn the brokers", () => {
  const costs = new Map<string, PollCost>();
  const costOf = (way: WayName, topics: number): PollCost => costs.get(`${way} ${topics}`) ?? missing();
  let cluster: Awaited<ReturnType<typeof startKafkaSimulator>> | undefined;

  beforeAll(async () => {
    cluster = await startKafkaSimulator({ brokers: 3 });
    for (const size of SIZES) {
      const topics = TOPICS.slice(0, size);
      await cluster.createTopics(topics.slice(size === 1 ? 0 : 1).map((topic) => ({ topic })));
      for (const way of Object.keys(WAYS) as WayName[]) {
        const brokers = cluster.brokers.map(({ address }) => address);
        costs.set(`${way} ${size}`, await measurePolls(() => WAYS[way]({ brokers, topics }), { polls: 5, restMs: 20 }));
      }
    }
  });
  afterAll(() => cluster?.[Symbol.asyncDispose]());

  test("Rollcall asks one broker two things over a socket that it closes, whatever the number of topics", () => {
    const [few, many] = SIZES.map((size) => costOf("Rollcall `kafkaBrokers`", size));
    expect(few).toMatchObject({ opened: 1, requests: 2, openAtRest: 0 });
    expect(many).toMatchObject({ requests: 2, bytesOut: few?.bytesOut, bytesIn: few?.bytesIn });
  });

  test.each(["kafkajs `admin.describeCluster()`", "kafkajs producer's refresh, all topics"] as const)(
    "%s costs more with every topic, over sockets that stay",
    (way) => {
      const [few, many] = SIZES.map((size) => costOf(way, size));
      expect(many?.bytesIn).toBeGreaterThan((few?.bytesIn ?? missing()) + 20 * 39);
      expect(many?.opened).toBeLessThan(1);
      expect(many?.openAtRest).toBeGreaterThan(0);
    },
  );

  test("kafkajs's refresh is one request, for the topics that were sent to", () => {
    const [few, many] = SIZES.map((size) => costOf("kafkajs producer's refresh, 1 topic", size));
    expect(few?.requests).toBe(1);
    expect(many).toMatchObject({ requests: 1, bytesIn: few?.bytesIn });
  });
});

function missing(): never {
  throw new Error("that was not measured");
}
