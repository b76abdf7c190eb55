import { getEventListeners, once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, it } from "vitest";
import { parseEtcdAddress } from "../src/etcd-address.js";
import { type EtcdConnection, grpcTransport } from "../src/etcd-transport.js";
import { etcdMembers } from "../src/index.js";
import { type Asked, frozenMember } from "./support/loopback-member.js";
import { votersAt } from "./support/member-list.js";
import { member, polling, use } from "./support/polling.js";

describe("the gRPC transport", () => {
  it("uses one connection for every poll", async () => {
    const server = await member();
    const { fetch } = polling(etcdMembers({ seeds: [server.url] }));
    for (let poll = 0; poll < 5; poll += 1) await fetch();
    expect([server.calls, server.listener.accepted]).toEqual([5, 1]);
  });

  it("sends hasleader and a deadline", async () => {
    const sent: Asked[] = [];
    const server = await member((asked) => {
      sent.push(asked);
      return votersAt("http://h:1");
    });
    const before = Date.now();
    await polling(etcdMembers({ seeds: [server.url], attemptTimeoutMs: 60_000 })).fetch();
    expect(sent[0]?.metadata).toMatchObject({ hasleader: "true" });
    expect(sent[0]?.deadline).toBeGreaterThan(before);
    expect(sent[0]?.deadline).toBeLessThanOrEqual(Date.now() + 60_000);
  });

  it("closes the connection when polling stops", async () => {
    const server = await member();
    const { fetch, stop } = polling(etcdMembers({ seeds: [server.url] }));
    await fetch();
    expect(server.listener.open).toBe(1);
    stop();
    await server.listener.idle();
  });

  it("asks for a poll when the connection is lost, and dials anew then", async () => {
    const server = await member();
    const { fetch, changed } = polling(etcdMembers({ seeds: [server.url] }));
    await fetch();
    server.listener.cut();
    await changed;
    await fetch();
    expect(server.listener.accepted).toBe(2);
  });

  it("does not count its own closing as a loss", async () => {
    const server = await member();
    const { fetch, stop, changed } = polling(etcdMembers({ seeds: [server.url] }));
    await fetch();
    stop();
    await server.listener.idle();
    const outcome = await Promise.race([changed.then(() => "lost"), new Promise((resolve) => setImmediate(resolve, "quiet"))]);
    expect(outcome).toBe("quiet");
  });

  it("knows a web server by its answer", async () => {
    const server = createServer().listen(0, "127.0.0.1");
    use({ [Symbol.asyncDispose]: async () => void server.close() });
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    await expect(polling(etcdMembers({ seeds: [`http://127.0.0.1:${port}`] })).fetch()).rejects.toMatchObject({
      code: "MALFORMED_RESPONSE",
      message: expect.stringContaining("not in HTTP/2, as an HTTP/1 server does: it is no etcd member"),
    });
  });

  it("says of a port where nobody listens just that", async () => {
    const server = await member();
    const { host } = new URL(server.url);
    await server[Symbol.asyncDispose]();
    await expect(polling(etcdMembers({ seeds: [host] })).fetch()).rejects.toThrow(new RegExp(`MemberList: connect ECONNREFUSED ${host}$`));
  });

  it("passes a member that accepts TCP and never speaks, and leaves no socket to it", async () => {
    const frozen = use(await frozenMember());
    const server = await member();
    const source = etcdMembers({ seeds: [server.url], hedgeAfterMs: 20 });
    const { hostname, port } = new URL(frozen.url);
    const known = [{ id: "1", host: hostname, port: Number(port) }];
    use({ [Symbol.asyncDispose]: async () => source.close?.() });
    const context = { signal: new AbortController().signal, previous: undefined, known, attempt: 0 };
    expect(await source.fetch(context)).toMatchObject({ clusterId: "c1" });
    expect(frozen.accepted).toBe(1);
    await frozen.idle();
  });

  it("gives up a frozen member after attemptTimeoutMs", async () => {
    const frozen = use(await frozenMember());
    const { fetch } = polling(etcdMembers({ seeds: [frozen.url], attemptTimeoutMs: 50 }));
    await expect(fetch()).rejects.toMatchObject({ code: "TIMEOUT" });
    await frozen.idle();
  });

  it("is TIMEOUT and not an answer when a member takes the call and says nothing", async () => {
    const server = await member(() => new Promise(() => undefined));
    const { fetch } = polling(etcdMembers({ seeds: [server.url], attemptTimeoutMs: 100 }));
    await expect(fetch()).rejects.toMatchObject({ code: "TIMEOUT" });
  });

  it("cancels the call at once when the signal fires", async () => {
    const frozen = use(await frozenMember());
    const { fetch } = polling(etcdMembers({ seeds: [frozen.url] }));
    const controller = new AbortController();
    const outcome = fetch(controller.signal).catch((error: unknown) => error);
    await frozen.reached();
    controller.abort();
    expect(await outcome).toMatchObject({ code: "ABORTED" });
    await frozen.idle();
  });

  it("is UNAVAILABLE where nobody listens", async () => {
    const gone = await frozenMember();
    const { url } = gone;
    await gone[Symbol.asyncDispose]();
    await expect(polling(etcdMembers({ seeds: [url] })).fetch()).rejects.toMatchObject({ code: "UNAVAILABLE" });
  });

  it("reads what the server refuses with", async () => {
    const server = await member(() => Promise.reject({ code: 14, details: "etcdserver: no leader" }));
    await expect(polling(etcdMembers({ seeds: [server.url] })).fetch()).rejects.toThrow("etcdserver: no leader");
  });

  it("leaves no abort listener on the caller's signal", async () => {
    const server = await member();
    const { fetch } = polling(etcdMembers({ seeds: [server.url] }));
    const { signal } = new AbortController();
    await fetch(signal);
    expect(getEventListeners(signal, "abort")).toEqual([]);
  });
});

describe("one connection", () => {
  const metadata = { hasleader: "true" };
  const path = "/etcdserverpb.Cluster/MemberList";
  const request = new Uint8Array();

  function connection(url: string): EtcdConnection {
    const address = parseEtcdAddress(url, "http");
    if (address === undefined) throw new Error(`${url} is no address`);
    const made = grpcTransport().connect(address);
    use({ [Symbol.asyncDispose]: async () => made.close() });
    return made;
  }

  it("tells the member that a call was cancelled", async () => {
    const server = await member(() => new Promise(() => undefined));
    const controller = new AbortController();
    const cancelled = once(server.events, "cancelled");
    const called = once(server.events, "called");
    const answer = connection(server.url).call(path, request, { signal: controller.signal, timeoutMs: 60_000, metadata });
    await called;
    controller.abort("enough");
    await expect(answer).rejects.toBe("enough");
    await cancelled;
  });

  it("makes no call when the signal has fired already", async () => {
    const server = await member();
    const made = connection(server.url);
    await expect(made.call(path, request, { signal: AbortSignal.abort("late"), timeoutMs: 60_000, metadata })).rejects.toBe("late");
    await made.call(path, request, { signal: new AbortController().signal, timeoutMs: 60_000, metadata });
    expect(server.calls).toBe(1);
  });

  it("takes its abort listener off when the call ends", async () => {
    const server = await member();
    const { signal } = new AbortController();
    await connection(server.url).call(path, request, { signal, timeoutMs: 60_000, metadata });
    expect(getEventListeners(signal, "abort")).toEqual([]);
  });

  it("is established without a call, and the first call uses it", async () => {
    const server = await member();
    const made = connection(server.url);
    await made.establish();
    expect([server.listener.open, server.calls]).toEqual([1, 0]);
    await made.call(path, request, { signal: new AbortController().signal, timeoutMs: 60_000, metadata });
    expect([server.listener.accepted, server.calls]).toEqual([1, 1]);
  });

  it("says when it is lost although no call was ever made", async () => {
    const server = await member();
    const made = connection(server.url);
    await made.establish();
    const lost = new Promise<void>((resolve) => made.onLost(resolve));
    server.listener.cut();
    await lost;
  });

  it("cannot be established where nobody listens, nor once it is closed, which leaves no socket", async () => {
    const gone = await frozenMember();
    const { url } = gone;
    await gone[Symbol.asyncDispose]();
    await expect(connection(url).establish()).rejects.toThrow("TRANSIENT_FAILURE");
    const frozen = use(await frozenMember());
    const made = connection(frozen.url);
    const established = made.establish();
    await frozen.reached();
    made.close();
    await expect(established).rejects.toThrow("SHUTDOWN");
    await frozen.idle();
  });

  it("reports at once that it is not established when it was lost before anybody listened", async () => {
    const server = await member();
    await new Promise<void>((lost) => connection(server.url).onLost(lost));
    expect(server.listener.accepted).toBe(0);
  });
});
