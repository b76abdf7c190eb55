import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { Seeds } from "@rollcall/core";
import { build } from "esbuild";
import type { Producer } from "rocketmq-client-nodejs";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { EndingProducer } from "../src/ending-producer.js";
import { type ProxiedProducer, rocketmqProxies } from "../src/rocketmq-proxies.js";
import { FakeProxy } from "./support/fake-proxy.js";
import { Relay } from "./support/relay.js";

const TOPIC = "orders";
const DRAIN_MS = 200;
const nothing = (): void => undefined;
const options = {
  namespace: "",
  topics: [TOPIC],
  maxAttempts: 1,
  requestTimeout: 1_000,
  logger: { info: nothing, warn: nothing, error: nothing },
};

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

function follow(proxies: Seeds): ProxiedProducer {
  const followed = rocketmqProxies(proxies, options, DRAIN_MS);
  onTestFinished(async () => {
    await followed.producer[Symbol.asyncDispose]();
    await followed.poller.close();
  });
  return followed;
}

async function fixed(proxy: FakeProxy): Promise<Producer> {
  const producer = new EndingProducer({ ...options, endpoints: proxy.address });
  onTestFinished(() => producer.shutdown());
  await producer.startup();
  return producer;
}

async function send(producer: Producer, text: string): Promise<void> {
  await producer.send({ topic: TOPIC, body: Buffer.from(text) });
}

describe("a producer on a list of proxies", () => {
  it("loses no message when the list is replaced, and leaves a producer behind on nobody", async () => {
    const [first, second] = [await startProxy(), await startProxy()];
    let listed = [first.address];
    const { producer, poller } = follow(async () => listed);
    const control = await fixed(first);
    const before = await producer.ready();
    await send(before, "0");

    listed = [second.address];
    await poller.refresh();
    let sent = 1;
    while (first.goodbyes.length === 0) {
      await send(await producer.ready(), String(sent));
      sent += 1;
    }
    expect(first.goodbyes).toEqual([before.clientId]);
    first.kill();
    await send(await producer.ready(), String(sent));
    const all = Array.from({ length: sent + 1 }, (_, at) => String(at));
    expect([...first.messages, ...second.messages]).toEqual(all);
    expect(first.messages.length).toBeGreaterThan(0);

    await expect(send(control, "lost"), "the run is void unless the control fails").rejects.toThrow();
  });

  it("stays where it is while others come and go, and moves when its own stops", async () => {
    const all = await Promise.all([relayed(), relayed(), relayed()]);
    let listed = all.map(({ relay }) => relay.address);
    const { producer, poller } = follow(async () => listed);
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
    const { producer, poller } = follow(async () => listed);
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
    const producer = await fixed(proxy);
    proxy.kill();
    await producer.shutdown();
    await producer.shutdown();
    expect(producer.isRunning()).toBe(false);
  });

  it("does not mind that its proxy is killed afterwards, with the stream to it half open", async () => {
    const proxy = await startProxy();
    const producer = await fixed(proxy);
    await producer.shutdown();
    expect(proxy.goodbyes).toEqual([producer.clientId]);
    const crashed = vi.fn();
    process.once("uncaughtExceptionMonitor", crashed);
    onTestFinished(() => void process.off("uncaughtExceptionMonitor", crashed));
    proxy.kill();
    await send(await fixed(await startProxy()), "later");
    expect(crashed).not.toHaveBeenCalled();
  });
});

const SOURCES = fileURLToPath(new URL("../src", import.meta.url));
const PROGRAM = `
import { rocketmqProxies } from "./rocketmq-proxies.js";
const log = () => undefined;
const options = { namespace: "", topics: ["${TOPIC}"], logger: { info: log, warn: log, error: log } };
const { producer, poller } = rocketmqProxies([process.argv[2]], options);
const { clientId } = await producer.ready();
process.once("SIGTERM", async () => {
  await producer[Symbol.asyncDispose]();
  await poller.close();
});
process.stdout.write(clientId);`;

it.each(["serves", "is gone"])(
  "a process ends by itself once all is closed, when the proxy %s",
  async (proxyThen) => {
    const { outputFiles } = await build({
      stdin: { contents: PROGRAM, resolveDir: SOURCES },
      ...{ bundle: true, format: "esm", platform: "node", write: false, logLevel: "error" },
      ...{ conditions: ["@rollcall/source"], external: ["@grpc/grpc-js", "rocketmq-client-nodejs"] },
    });
    const proxy = await startProxy();
    const child = spawn(process.execPath, ["--input-type=module", "-", proxy.address], {
      cwd: SOURCES,
      timeout: 30_000,
      killSignal: "SIGKILL",
    });
    onTestFinished(() => void child.kill("SIGKILL"));
    const exited = once(child, "exit");
    child.stdin.end(outputFiles?.[0]?.text);
    let complaints = "";
    child.stderr.on("data", (chunk) => (complaints += chunk));
    const [clientId] = await once(child.stdout.setEncoding("utf8"), "data");
    if (proxyThen === "is gone") proxy.kill();
    child.kill("SIGTERM");
    expect([await exited, complaints]).toEqual([[0, null], ""]);
    expect(proxy.goodbyes).toEqual(proxyThen === "serves" ? [clientId] : []);
  },
  40_000,
);
