import { describe, expect, it, onTestFinished, vi } from "vitest";
import { FakeProxy } from "./support/fake-proxy.js";
import { startProgram } from "./support/program.js";
import { fixed, follow, replaceProxy, send } from "./support/proxied.js";
import { Relay } from "./support/relay.js";

const patience = { requestTimeout: 1_000, drainMs: 200 };

async function startProxy(): Promise<FakeProxy> {
  const proxy = await FakeProxy.start();
  onTestFinished(() => proxy.kill());
  return proxy;
}

/** A proxy that can stop. */
async function relayed() {
  const proxy = await startProxy();
  return { proxy, relay: await Relay.to(proxy.address) };
}

describe("a producer on a list of proxies", () => {
  it("loses no message when the list is replaced, and leaves a producer behind on nobody", async () => {
    const [first, second] = [await startProxy(), await startProxy()];
    const endFirst = async () => {
      await vi.waitUntil(() => first.goodbyes.length > 0, 10_000);
      first.kill();
    };
    const { left, sent } = await replaceProxy({ first: first.address, second: second.address, endFirst, patience });
    expect(first.goodbyes).toEqual([left.clientId]);
    const numbers = [...first.messages, ...second.messages].map(Number).sort((a, b) => a - b);
    expect(numbers).toEqual(Array.from({ length: sent }, (_, at) => at));
    expect(Math.min(first.messages.length, second.messages.length)).toBeGreaterThan(0);
  }, 30_000);

  it("stays where it is while others come and go, and moves when its own stops", async () => {
    const all = await Promise.all([relayed(), relayed(), relayed()]);
    let listed = all.map(({ relay }) => relay.address);
    const { producer, poller } = follow(async () => listed, patience);
    const first = await producer.ready();
    await send(first, "a");
    const own = all.find(({ proxy }) => proxy.messages.length > 0);
    const [other, last] = all.filter((each) => each !== own);

    listed = listed.filter((address) => address !== other?.relay.address);
    await poller.refresh();
    listed = all.map(({ relay }) => relay.address);
    await poller.refresh();
    listed = listed.filter((address) => address !== other?.relay.address);
    await poller.refresh();
    expect(producer.current).toBe(first);

    own?.relay.freeze();
    await expect(send(first, "lost")).rejects.toThrow();
    await poller.refresh();
    await vi.waitUntil(() => producer.current !== first, 10_000);
    await send(await producer.ready(), "b");
    expect(last?.proxy.messages).toEqual(["b"]);
  }, 30_000);

  it("is not on a proxy that is silent, nor on one that is not there, and waits for one that is", async () => {
    const [dead, silent] = [await startProxy(), await relayed()];
    dead.kill();
    silent.relay.freeze();
    let listed = [dead.address, silent.relay.address, "[::1]:8081"];
    const { producer, poller } = follow(async () => listed, patience);
    const ready = producer.ready();
    await expect(poller.refresh()).rejects.toMatchObject({ code: "EMPTY_METADATA" });
    const proxy = await startProxy();
    listed = [...listed, proxy.address];
    await send(await ready, "a");
    expect(proxy.messages).toEqual(["a"]);
  }, 20_000);
});

describe("a producer that ends", () => {
  it("does so when its proxy is gone, and when it is told again", async () => {
    const proxy = await startProxy();
    const producer = await fixed(proxy.address, patience);
    proxy.kill();
    await producer.shutdown();
    await producer.shutdown();
    expect(producer.isRunning()).toBe(false);
  });

  it("does not mind that its proxy is killed afterwards, with the stream to it half open", async () => {
    const proxy = await startProxy();
    const producer = await fixed(proxy.address, patience);
    await producer.shutdown();
    expect(proxy.goodbyes).toEqual([producer.clientId]);
    const crashed = vi.fn();
    process.once("uncaughtExceptionMonitor", crashed);
    onTestFinished(() => void process.off("uncaughtExceptionMonitor", crashed));
    proxy.kill();
    await send(await fixed((await startProxy()).address, patience), "later");
    expect(crashed).not.toHaveBeenCalled();
  });
});

it.each(["serves", "is gone"])(
  "a process ends by itself once all is closed, when the proxy %s",
  async (proxyThen) => {
    const proxy = await startProxy();
    const program = await startProgram(proxy.address);
    if (proxyThen === "is gone") proxy.kill();
    expect(await program.end()).toEqual([0, ""]);
    expect(proxy.goodbyes).toEqual(proxyThen === "serves" ? [program.clientId] : []);
  },
  40_000,
);
