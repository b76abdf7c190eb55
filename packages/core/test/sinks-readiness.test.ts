import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, it, onTestFinished } from "vitest";
import { DiscoveryError } from "../src/index.js";
import { readiness } from "../src/sinks/index.js";
import type { Script } from "./support/scripted-source.js";
import { setup } from "./support/setup.js";
import { StagedFeed } from "./support/staged-feed.js";

function checking(script: Script, options: { readonly minEndpoints?: number; readonly maxAgeMs?: number } = {}) {
  const { clock, source, poller } = setup(script);
  onTestFinished(() => poller.close());
  return { clock, source, poller, ready: readiness(poller, { clock, ...options }) };
}

const refused = (): Promise<never> => Promise.reject(new DiscoveryError("UNAVAILABLE", "nobody at root:secret@db", { source: "scripted" }));

describe("a process", () => {
  it("is not ready before the first set, and ready with it", async () => {
    const { clock, ready } = checking(["a", "b"]);
    expect(ready.report()).toEqual({ ready: false, reason: "there is no set yet", state: "pending", endpoints: 0, aside: 0, failures: 0 });
    await clock.advance(0);
    expect(await ready.check()).toEqual({ ready: true, state: "fresh", endpoints: 2, aside: 0, ageMs: 0, failures: 0 });
    await clock.advance(1_500);
    expect(ready.report().ageMs).toBe(1_500);
  });

  it("stays ready with an old set, and says how old and why; not the error's text", async () => {
    const { clock, source, ready } = checking(["a"]);
    await clock.advance(0);
    source.script = refused;
    await clock.advance(3_600_000);
    const report = ready.report();
    expect(report).toMatchObject({ ready: true, state: "stale", endpoints: 1, error: "UNAVAILABLE" });
    expect([report.ageMs === 3_600_000, report.failures > 10]).toEqual([true, true]);
    expect(JSON.stringify(report)).not.toContain("secret");
  });

  it("is not ready with fewer members than it needs; those aside do not count", async () => {
    const feed = new StagedFeed();
    const ready = readiness(feed, { minEndpoints: 2 });
    await feed.publish("a", "b c");
    expect(ready.report()).toMatchObject({ ready: false, reason: "members in use: 1, needed: 2", endpoints: 1, aside: 2 });
    await feed.publish("a b", "c");
    expect(ready.report()).toMatchObject({ ready: true, endpoints: 2, aside: 1 });
  });

  it("is not ready once the set is older than maxAgeMs, and again with the next success", async () => {
    const { clock, source, ready } = checking(["a"], { maxAgeMs: 60_000 });
    await clock.advance(0);
    source.script = refused;
    await clock.advance(60_000);
    expect(ready.report().ready).toBe(true);
    await clock.advance(1);
    expect(ready.report()).toMatchObject({ ready: false, reason: "the last success is 60001 ms old, allowed: 60000" });
    source.script = ["a"];
    await clock.advance(10_000);
    expect(ready.report().ready).toBe(true);
  });

  it("with maxAgeMs is not ready on a set that no poll has confirmed, such as one from a store", async () => {
    const feed = new StagedFeed(); // which never says when it succeeded
    await feed.publish("a");
    expect(readiness(feed).report()).toMatchObject({ ready: true, ageMs: undefined });
    expect(readiness(feed, { maxAgeMs: 1 }).report()).toMatchObject({ ready: false, reason: "no poll has succeeded yet" });
  });

  it("does not take a wall clock that was set back for a future success", async () => {
    const { clock, ready } = checking(["a"], { maxAgeMs: 60_000 });
    await clock.advance(0);
    clock.shiftWall(-3_600_000);
    expect(ready.report()).toMatchObject({ ready: true, ageMs: 0 });
  });

  it("is not ready once the poller is closed, nor once the check is disposed, which ends the polling", async () => {
    const { clock, source, poller, ready } = checking(["a"]);
    const other = readiness(poller, { clock });
    await clock.advance(0);
    ready[Symbol.dispose]();
    await ready[Symbol.asyncDispose]();
    expect(ready.report()).toMatchObject({ ready: false, reason: "the check has been disposed" });
    await expect(ready.check()).rejects.toMatchObject({ code: "CLOSED" });
    expect(source.watches[0]?.signal.aborted).toBe(false);
    other[Symbol.dispose]();
    await clock.advance(0);
    expect(source.watches[0]?.signal.aborted).toBe(true);
    const last = readiness(poller, { clock });
    await poller.close();
    expect(last.report()).toMatchObject({ ready: false, reason: "the poller is closed", state: "closed" });
    await expect(last.check()).rejects.toMatchObject({ code: "CLOSED" });
    expect(() => readiness(poller)).toThrow(expect.objectContaining({ code: "CLOSED" }));
  });
});

it("a check that fails says why: to people, to programs, and to Terminus", async () => {
  const { clock, ready, poller } = checking(refused);
  await clock.advance(0);
  const error = await ready.check().catch((caught: unknown) => caught);
  expect(error).toBeInstanceOf(DiscoveryError);
  expect(String(error)).toBe("DiscoveryError: [readiness] [UNAVAILABLE] not ready: there is no set yet");
  expect(error).toMatchObject({ code: "UNAVAILABLE", cause: poller.status.error, causes: ready.report() });
});

describe("the handler", () => {
  async function serving() {
    const all = checking(["a"]);
    const server = createServer(all.ready.handler).listen(0, "127.0.0.1");
    onTestFinished(() => void server.close().closeAllConnections());
    await new Promise((resolve) => server.once("listening", resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/ready`;
    return { ...all, ask: (method = "GET") => fetch(url, { method }) };
  }

  it("answers 503 and then 200, with the report, never from a cache", async () => {
    const { clock, ready, ask } = await serving();
    for (const status of [503, 200]) {
      const response = await ask();
      expect([response.status, response.headers.get("cache-control")]).toEqual([status, "no-store"]);
      expect(response.headers.get("content-type")).toBe("application/json");
      expect(await response.json()).toEqual(JSON.parse(JSON.stringify(ready.report())));
      await clock.advance(0);
    }
  });

  it("answers HEAD with the same, and no body", async () => {
    const { ask } = await serving();
    const [head, get] = [await ask("HEAD"), await ask()];
    expect([head.status, await head.text()]).toEqual([503, ""]);
    expect(head.headers.get("content-length")).toBe(get.headers.get("content-length"));
  });

  it("refuses every other method", async () => {
    const { ask } = await serving();
    const response = await ask("POST");
    expect([response.status, response.headers.get("allow")]).toEqual([405, "GET, HEAD"]);
  });

  it("needs nothing of a request but its method", async () => {
    const { ready } = checking(["a"]);
    const seen: unknown[] = [];
    const response = { writeHead: (status: number) => ({ end: (body?: string) => seen.push(status, body) }) };
    const { handler } = ready;
    for (const method of ["GET", "HEAD"]) handler({ method } as IncomingMessage, response as never);
    expect(seen).toEqual([503, JSON.stringify(ready.report()), 503, undefined]);
  });
});

it.each<readonly [string, (feed: StagedFeed) => unknown, string]>([
  ["nothing", () => readiness(undefined as never), "readiness feed: got undefined"],
  ["no feed", () => readiness({} as never), "readiness feed: got {}, allowed is an EndpointFeed, such as a MetadataPoller"],
  [
    "too few members",
    (feed) => readiness(feed, { minEndpoints: -1 }),
    "readiness minEndpoints: got -1, allowed is a number from 0 to 1000000",
  ],
  ["no age", (feed) => readiness(feed, { maxAgeMs: Number.NaN }), "readiness maxAgeMs: got NaN, allowed is a number from 0 to Infinity"],
  ["an unknown option", (feed) => readiness(feed, { min: 1 } as never), 'got "min", allowed is one of minEndpoints, maxAgeMs, clock'],
])("refuses %s", (_what, make, message) => {
  const feed = new StagedFeed();
  expect(() => make(feed)).toThrow(expect.objectContaining({ code: "INVALID_OPTIONS", message: expect.stringContaining(message) }));
  expect(feed.isUnheard).toBe(true);
});
