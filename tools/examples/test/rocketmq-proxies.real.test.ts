import { type RealRocketmqCluster, type RealRocketmqProxy, requireRocketmq, startRealRocketmq } from "@rollcall/testbed";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startProgram } from "./support/program.js";
import { replaceProxy, TOPIC } from "./support/proxied.js";

const rocketmq = await requireRocketmq();

describe.skipIf("reason" in rocketmq)("[rocketmq 5.5] example: a producer on a list of proxies", () => {
  let cluster: RealRocketmqCluster | undefined;
  let first: RealRocketmqProxy;
  let second: RealRocketmqProxy;
  beforeAll(async () => {
    if ("reason" in rocketmq) return;
    cluster = await startRealRocketmq({ ...rocketmq, nameservers: 1, brokers: 1 });
    await cluster.createTopic(TOPIC);
    [first, second] = await Promise.all([cluster.startProxy(), cluster.startProxy()]);
  });
  afterAll(() => cluster?.[Symbol.asyncDispose]());

  test("no send fails while the list moves from one to another, and the first is killed", async () => {
    const endFirst = () => first[Symbol.asyncDispose]();
    const patience = { requestTimeout: 3_000, drainMs: 3_000 };
    const { left } = await replaceProxy({ first: first.address, second: second.address, endFirst, patience });
    expect(left.isRunning()).toBe(false);
  });

  test("a process ends by itself once all is closed, while the proxy serves", async () => {
    const program = await startProgram(second.address);
    expect(await program.end()).toEqual([0, ""]);
  });

  test("a process ends by itself once all is closed, after the proxy was killed", async () => {
    const program = await startProgram(second.address);
    await second[Symbol.asyncDispose]();
    expect(await program.end()).toEqual([0, ""]);
  });
});
