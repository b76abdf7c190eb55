import { startRocketmqSimulator } from "@rollcall/rocketmq/simulator";
import { expect, onTestFinished, test } from "vitest";
import { pullMessages } from "../../src/rocketmq/pulled-messages.js";

test("a broker that refuses to be read is not taken for one without messages", async () => {
  const cluster = await startRocketmqSimulator({ nameservers: 1, brokers: 1 });
  onTestFinished(() => cluster[Symbol.asyncDispose]());
  for (const { address } of cluster.brokers) {
    const read = pullMessages(address, { topic: "orders", queues: 1 }, cluster.client);
    await expect(read).rejects.toThrow(`${address} does not let itself be read: 3, `);
  }
});
