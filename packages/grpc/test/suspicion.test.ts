import { once } from "node:events";
import { createServer, type ServerHttp2Stream } from "node:http2";
import type { AddressInfo } from "node:net";
import { connectivityState, status } from "@grpc/grpc-js";
import { chaosProxy } from "@rollcall/testkit";
import { afterEach, describe, expect, it, vi } from "vitest";
import { copies } from "./support/copies.js";
import { endpoint } from "./support/fake-feed.js";
import { sceneOfEachTest } from "./support/scene.js";
import { failureOf, roundRobin, type WhoamiServer } from "./support/whoami.js";

const config = (loadBalancingConfig: readonly object[], methodConfig: readonly object[] = []) => ({
  "grpc.service_config": JSON.stringify({ loadBalancingConfig, methodConfig }),
});
const policies = [
  { policy: "none named", options: {} },
  { policy: "pick_first", options: config([{ pick_first: {} }]) },
  { policy: "round_robin", options: roundRobin },
  { policy: "one that grpc-js does not know, then round_robin", options: config([{ unheard_of: {} }, { round_robin: {} }]) },
  {
    policy: "outlier_detection",
    options: config([{ outlier_detection: { success_rate_ejection: {}, child_policy: [{ round_robin: {} }] } }]),
  },
  { policy: "weighted_round_robin", options: config([{ weighted_round_robin: {} }]) },
];

describe.each(copies)("a channel of grpc-js $version", ({ grpc, version }) => {
  const scene = sceneOfEachTest();
  afterEach(() => void vi.useRealTimers());

  it.each(policies)("suspects a silent member once for a burst of calls, under $policy", async ({ options }) => {
    const { feed, a, client } = await oneServer(options);
    a.hush();
    const burst = Array.from({ length: 20 }, () => failureOf(client.ask({ timeoutMs: 100 })));
    for (const { code } of await Promise.all(burst)) expect(code).toBe(status.DEADLINE_EXCEEDED);
    expect(feed.suspicions).toEqual([{ at: at(a), cause: expect.stringContaining("[TIMEOUT]") }]);
    expect((await failureOf(client.ask({ timeoutMs: 100 }))).code).toBe(status.DEADLINE_EXCEEDED);
    expect(feed.suspicions).toHaveLength(2);
  });

  it("suspects the member that answers UNAVAILABLE, and not the one beside it", async () => {
    const { feed, a, client } = await oneServer(roundRobin);
    const b = await scene().server("b");
    feed.set([a.endpoint, b.endpoint]);
    await client.until("b");
    b.refuse(status.UNAVAILABLE);
    for (let i = 0; i < 4; i++) await client.ask().catch(() => undefined);
    expect(new Set(feed.suspicions.map((suspicion) => suspicion.at))).toEqual(new Set([at(b)]));
  });

  it("suspects nobody for an application's own errors", async () => {
    const { feed, a, client } = await oneServer();
    const own = Object.values(status).filter((code): code is number => typeof code === "number");
    for (const code of own.filter((code) => ![status.OK, status.DEADLINE_EXCEEDED, status.UNAVAILABLE].includes(code))) {
      a.refuse(code);
      expect((await failureOf(client.ask())).code).toBe(code);
    }
    expect(feed.suspicions).toEqual([]);
  });

  it("suspects nobody when the caller cancels", async () => {
    const { feed, a, client } = await oneServer();
    a.hush();
    const cancel = new AbortController();
    const asked = failureOf(client.ask({ signal: cancel.signal }));
    setImmediate(() => cancel.abort());
    expect((await asked).code).toBe(status.CANCELLED);
    expect(feed.suspicions).toEqual([]);
  });

  it("suspects a member that ends calls with CANCELLED at their deadline, but not before it", async () => {
    const streams: ServerHttp2Stream[] = [];
    const server = createServer().on("stream", (stream) => void streams.push(stream));
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const { feed } = scene();
    feed.set([endpoint("127.0.0.1", (server.address() as AddressInfo).port)]);
    const client = scene().client(grpc);
    const cancelled = async (shiftMs: number): Promise<void> => {
      const asked = failureOf(client.ask());
      await vi.waitFor(() => expect(streams).toHaveLength(1));
      vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + shiftMs });
      streams.pop()?.close(8); // NGHTTP2_CANCEL
      expect((await asked).code).toBe(status.CANCELLED);
      vi.useRealTimers();
    };
    await cancelled(0);
    expect(feed.suspicions).toEqual([]);
    await cancelled(20_000);
    expect(feed.suspicions).toEqual([{ at: expect.any(String), cause: expect.stringContaining("CANCELLED at its deadline") }]);
    client.close();
    server.close();
  });

  it("suspects a member whose connection is lost and cannot be made again, while nobody calls", async () => {
    const { feed, a, client } = await oneServer(roundRobin);
    a.stop();
    await client.left(connectivityState.READY);
    await vi.waitFor(() =>
      expect(feed.suspicions.at(-1)).toEqual({ at: at(a), cause: expect.stringMatching(/cannot connect to .*ECONNREFUSED/) }),
    );
  });

  it("suspects a member once when its connection is lost with calls and streams on it", async () => {
    const { feed, a } = await oneServer();
    await using proxy = await chaosProxy(a.endpoint);
    feed.set([endpoint(proxy.host, proxy.port)]);
    const client = scene().client(grpc);
    const streams = [client.talk(), client.talk()];
    for (const stream of streams) await stream.say();
    a.hush();
    const before = a.asked;
    const calls = Array.from({ length: 20 }, () => failureOf(client.ask()));
    await vi.waitFor(() => expect(a.asked).toBe(before + 20));
    await proxy.behave({ kind: "refuse" });
    for (const stream of streams) expect(await stream.ended).toBe(status.UNAVAILABLE);
    await Promise.all(calls);
    expect(feed.suspicions.map(({ cause }) => cause)).toEqual([expect.stringMatching(/a call to .* ended with UNAVAILABLE/)]);
  });

  it("suspects nobody when a server drains connections that have reached their age", async () => {
    const { feed } = scene();
    const a = await scene().server("a", { options: { "grpc.max_connection_age_ms": 50, "grpc.max_connection_age_grace_ms": 60_000 } });
    feed.set([a.endpoint]);
    const client = scene().client(grpc, roundRobin);
    const stream = client.talk();
    const { from } = await stream.say();
    const connections = new Set<string>();
    // grpc-js makes a refused call again once; with ages this short it may be refused again.
    while (connections.size < 4)
      await client.ask().then(
        (answered) => connections.add(answered.from),
        () => undefined,
      );
    expect((await stream.say()).from).toBe(from);
    expect(feed.suspicions).toEqual([]);
  });

  it('row "frozen member": fails the call in flight within keepalive time and timeout, and suspects the member', async () => {
    const { feed, a } = await oneServer();
    await using proxy = await chaosProxy(a.endpoint);
    feed.set([endpoint(proxy.host, proxy.port)]);
    const client = scene().client(grpc, { ...roundRobin, "grpc.keepalive_time_ms": 200, "grpc.keepalive_timeout_ms": 100 });
    const stream = client.talk();
    await stream.say();
    await proxy.behave({ kind: "blackhole" });
    const start = performance.now();
    expect(await stream.ended).toBe(status.UNAVAILABLE);
    expect(performance.now() - start).toBeLessThan(2_000);
    expect(feed.suspicions.map(({ cause }) => cause)).toEqual([expect.stringMatching(/a call to .* ended with UNAVAILABLE/)]);
  });

  it("suspects a member that accepts connections and is silent, though no call reaches it", async () => {
    await using proxy = await chaosProxy({ host: "127.0.0.1", port: 1 }, { behaviour: { kind: "silence" } });
    const { feed } = scene();
    feed.set([endpoint(proxy.host, proxy.port)]);
    expect((await failureOf(scene().client(grpc).ask({ timeoutMs: 2_000 }))).code).toBe(status.DEADLINE_EXCEEDED);
    // 1.12 takes a plaintext connection for one that is ready as soon as it is accepted.
    const why = version === "1.12" ? /a call to .* ended with DEADLINE_EXCEEDED/ : /cannot connect to .* no answer in 1000 ms/;
    expect(feed.suspicions.map(({ cause }) => cause)).toEqual([expect.stringMatching(why)]);
  });

  it("suspects the member whose stream is silent until its deadline, and not the one whose stream ends well", async () => {
    const { feed, a, client } = await oneServer();
    const good = client.talk();
    await good.say();
    good.end();
    expect(await good.ended).toBe(status.OK);
    expect(feed.suspicions).toEqual([]);
    expect(await client.talk(100).ended).toBe(status.DEADLINE_EXCEEDED);
    expect(feed.suspicions).toEqual([{ at: at(a), cause: expect.stringContaining("DEADLINE_EXCEEDED") }]);
  });

  it("suspects nobody when members are removed, channels close, or a channel falls idle", async () => {
    const { feed, client } = await oneServer({ ...roundRobin, "grpc.client_idle_timeout_ms": 1_000 });
    const b = await scene().server("b");
    feed.set([b.endpoint]);
    await client.until("b");
    await client.left(connectivityState.READY);
    const other = scene().client(grpc);
    await other.ask();
    other.close();
    await new Promise(setImmediate);
    expect(feed.suspicions).toEqual([]);
  });

  it("follows the set, watching, after targets were made for other channels", async () => {
    const { feed, client } = await oneServer(roundRobin);
    await scene().client(grpc).ask();
    const b = await scene().server("b");
    feed.set([b.endpoint]);
    await client.until("b");
    b.refuse(status.UNAVAILABLE);
    await failureOf(client.ask());
    expect(feed.suspicions.map((suspicion) => suspicion.at)).toEqual([at(b)]);
  });

  it("keeps the method config of its own: retries, and timeouts", async () => {
    const name = [{ service: "test.Whoami" }];
    const retryPolicy = { maxAttempts: 3, initialBackoff: "0.01s", maxBackoff: "0.01s", backoffMultiplier: 1 };
    const retries = { name, retryPolicy: { ...retryPolicy, retryableStatusCodes: ["ABORTED"] }, timeout: "1s" };
    const { a, client } = await oneServer(config([{ round_robin: {} }], [retries]));
    a.refuse(status.ABORTED);
    const before = a.asked;
    await failureOf(client.ask());
    expect(a.asked - before).toBe(3);
    a.hush();
    const start = performance.now();
    expect((await failureOf(client.ask({ timeoutMs: 60_000 }))).code).toBe(status.DEADLINE_EXCEEDED);
    expect(performance.now() - start).toBeLessThan(30_000);
  });

  /** A channel that has reached its only member. */
  async function oneServer(options: object = {}) {
    const { feed } = scene();
    const a = await scene().server("a");
    feed.set([a.endpoint]);
    const client = scene().client(grpc, options);
    await client.ask();
    return { feed, a, client };
  }
});

function at({ endpoint: { host, port } }: WhoamiServer): string {
  return `${host}:${port}`;
}
