import { describe, expect, it, onTestFinished } from "vitest";
import { DiscoveryError, type Endpoint, type EndpointFeed } from "../src/index.js";
import { endpointLookup } from "../src/sinks/index.js";
import { everybody, oneOf } from "./support/looked-up.js";
import { answer, hang, type Script } from "./support/scripted-source.js";
import { setup } from "./support/setup.js";
import { StagedFeed } from "./support/staged-feed.js";

const NAME = "orders.cluster";

function looking(script: Script, options: { readonly port?: number; readonly timeoutMs?: number } = {}) {
  const { clock, source, poller } = setup(script);
  onTestFinished(() => poller.close());
  return { clock, source, poller, lookup: endpointLookup({ [NAME]: poller }, { clock, ...options }) };
}

/** What a lookup ends with, `pending` while it has not. */
function outcome(answer: Promise<string>): { is: unknown } {
  const seen: { is: unknown } = { is: "pending" };
  answer.then(
    (address) => (seen.is = address),
    (error: unknown) => (seen.is = error),
  );
  return seen;
}

const isPolling = ({ watches }: { readonly watches: readonly { readonly signal: AbortSignal }[] }): boolean =>
  watches.some(({ signal }) => !signal.aborted);

describe("a lookup while nobody is known", () => {
  it("waits for the first set", async () => {
    const { clock, source, lookup } = looking(hang);
    const first = outcome(oneOf(lookup, NAME));
    await clock.advance(5_000);
    expect(first.is).toBe("pending");
    source.script = ["a@10.0.0.1"];
    await clock.advance(4_000);
    expect(first.is).toBe("10.0.0.1");
  });

  it("fails after timeoutMs as a name that is not found, and says why nobody is known", async () => {
    const { clock, lookup } = looking(() => Promise.reject(new Error("connection refused")), { timeoutMs: 3_000 });
    const first = outcome(oneOf(lookup, NAME));
    await clock.advance(2_999);
    expect(first.is).toBe("pending");
    await clock.advance(1);
    expect(first.is).toMatchObject({ code: "ENOTFOUND", syscall: "endpointLookup", hostname: NAME });
    expect(first.is).toMatchObject({ cause: { code: "TIMEOUT", cause: { code: "UNAVAILABLE" } } });
    expect(String(first.is)).toContain("nobody is known after 3000 ms: [scripted] [UNAVAILABLE] connection refused");
  });

  it("fails after 10 s by default, and at once with timeoutMs 0, without an error of the cluster", async () => {
    const slow = looking(hang);
    const first = outcome(oneOf(slow.lookup, NAME));
    await slow.clock.advance(9_999);
    expect(first.is).toBe("pending");
    await slow.clock.advance(1);
    expect(first.is).toMatchObject({ code: "ENOTFOUND" });
    const none = looking(hang, { timeoutMs: 0 });
    const second = outcome(oneOf(none.lookup, NAME));
    await none.clock.advance(0);
    expect(String(second.is)).toContain("nobody is known after 0 ms: no answer yet");
  });

  it("fails at once when asking again cannot help", async () => {
    const refused = new DiscoveryError("UNAUTHENTICATED", "wrong password", { source: "scripted" });
    const { clock, lookup } = looking(() => Promise.reject(refused));
    const first = outcome(oneOf(lookup, NAME));
    await clock.advance(0);
    expect(first.is).toMatchObject({ code: "ENOTFOUND", cause: refused });
  });
});

describe("members at different ports", () => {
  const members: readonly Endpoint[] = [
    { id: "a", host: "10.0.0.1", port: 8080 },
    { id: "b", host: "10.0.0.2", port: 8081 },
    { id: "c", host: "10.0.0.3", port: 8080 },
  ];

  it("are an error, because the caller dials one port at all of them", async () => {
    const { clock, lookup } = looking(() => ({ endpoints: members }));
    const first = outcome(oneOf(lookup, NAME));
    await clock.advance(0);
    expect(first.is).toMatchObject({ code: "ENOTFOUND", cause: { code: "INVALID_OPTIONS" } });
    expect(String(first.is)).toContain("different ports (8080, 8081), and a lookup tells addresses only: choose one with the option port");
  });

  it("are those at `port` when it chooses one, and an error when nobody is there", async () => {
    const chosen = looking(() => ({ endpoints: members }), { port: 8080 });
    const found = everybody(chosen.lookup, NAME);
    await chosen.clock.advance(0);
    expect([...(await found)].sort()).toEqual(["10.0.0.1", "10.0.0.3"]);
    const wrong = looking(() => ({ endpoints: members }), { port: 9090 });
    const first = outcome(oneOf(wrong.lookup, NAME));
    await wrong.clock.advance(0);
    expect(String(first.is)).toContain("[UNAVAILABLE] members in use: 3, at port 9090: 0");
  });
});

it("an empty set, which only a guard can allow, is an error and no wait", async () => {
  const feed = new StagedFeed();
  await feed.publish("");
  const lookup = endpointLookup({ [NAME]: feed });
  await expect(oneOf(lookup, NAME)).rejects.toThrow(/\[endpointLookup\] \[UNAVAILABLE\] members in use: 0$/);
});

describe("the life of a lookup", () => {
  it("keeps the poller polling from the first lookup of a name until it is disposed", async () => {
    const { clock, source, lookup } = looking(["a@10.0.0.1"]);
    await clock.advance(60_000);
    expect(source.starts).toEqual([]);
    void everybody(lookup, NAME);
    await clock.advance(60_000);
    expect([isPolling(source), source.watches.length]).toEqual([true, 1]);
    source.script = ["b@10.0.0.2"];
    await clock.advance(60_000);
    expect(await everybody(lookup, NAME)).toEqual(["10.0.0.2"]);
    lookup[Symbol.dispose]();
    await clock.advance(0);
    expect(isPolling(source)).toBe(false);
  });

  it("ends at once for whoever waits; later lookups answer with what is known, and wait for nothing", async () => {
    const { clock, source, poller, lookup } = looking(hang);
    const first = outcome(oneOf(lookup, NAME));
    await clock.advance(0);
    await lookup[Symbol.asyncDispose]();
    lookup[Symbol.dispose]();
    await clock.advance(0);
    expect(first.is).toMatchObject({ code: "ENOTFOUND", cause: { code: "CLOSED" } });
    const second = outcome(oneOf(lookup, NAME));
    await clock.advance(0);
    expect(second.is).toMatchObject({ cause: { code: "CLOSED" } });
    source.script = () => answer("a@10.0.0.1");
    const other = poller.ready();
    await clock.advance(20_000);
    await other;
    expect(await oneOf(lookup, NAME)).toBe("10.0.0.1");
    expect([isPolling(source), clock.pending]).toEqual([false, 0]);
  });

  it("that is disposed before it was used subscribes to nothing, and answers with what is known", async () => {
    const feed = new StagedFeed();
    const lookup = endpointLookup({ [NAME]: feed });
    lookup[Symbol.dispose]();
    await feed.publish("a@10.0.0.1");
    expect([await oneOf(lookup, NAME), feed.isUnheard]).toEqual(["10.0.0.1", true]);
  });

  it("that is first used after the poller closed answers with what that knew", async () => {
    const feed = new StagedFeed();
    const lookup = endpointLookup({ [NAME]: feed });
    await feed.publish("a@10.0.0.1");
    feed.close();
    expect(await oneOf(lookup, NAME)).toBe("10.0.0.1");
  });

  it("goes on with what a closed poller knew, and fails at once when that is nothing", async () => {
    const { clock, poller, lookup } = looking(["a@10.0.0.1"]);
    void oneOf(lookup, NAME);
    await clock.advance(0);
    await poller.close();
    expect(await oneOf(lookup, NAME)).toBe("10.0.0.1");
    const empty = looking(["a@10.0.0.1"]);
    await empty.poller.close();
    await expect(oneOf(empty.lookup, NAME)).rejects.toMatchObject({ code: "ENOTFOUND", cause: { code: "CLOSED" } });
  });

  it("leaves no timer and no listener behind when a wait ends well", async () => {
    const { clock, poller, lookup } = looking(["a@10.0.0.1"]);
    void oneOf(lookup, NAME);
    await clock.advance(0);
    await poller.close();
    expect(clock.pending).toBe(0);
  });
});

it.each<readonly [string, (poller: EndpointFeed) => unknown, string]>([
  ["no names", () => endpointLookup({}), "endpointLookup services: got {}"],
  ["nothing", () => endpointLookup(null as never), "endpointLookup services: got null"],
  ["a name with a port", (poller) => endpointLookup({ "orders:80": poller }), 'endpointLookup, host names: got "orders:80"'],
  ["an address", (poller) => endpointLookup({ "10.0.0.1": poller }), 'endpointLookup, host names: got "10.0.0.1"'],
  ["a URL", (poller) => endpointLookup({ "http://orders": poller }), 'endpointLookup, host names: got "http://orders"'],
  [
    "a name twice",
    (poller) => endpointLookup({ "A.cluster": poller, "a.cluster": poller }),
    'host names: got "a.cluster", allowed is each name once',
  ],
  ["a name twice, with a dot", (poller) => endpointLookup({ orders: poller, "orders.": poller }), 'host names: got "orders."'],
  ["no feed", () => endpointLookup({ orders: {} as never }), "endpointLookup, orders: got {}, allowed is an EndpointFeed"],
  ["port 0", (poller) => endpointLookup({ orders: poller }, { port: 0 }), "endpointLookup port: got 0, allowed is an integer from 1"],
  ["port 65536", (poller) => endpointLookup({ orders: poller }, { port: 65_536 }), "endpointLookup port: got 65536"],
  ["half a port", (poller) => endpointLookup({ orders: poller }, { port: 1.5 }), "endpointLookup port: got 1.5"],
  ["a negative time", (poller) => endpointLookup({ orders: poller }, { timeoutMs: -1 }), "endpointLookup timeoutMs: got -1"],
  ["no function", (poller) => endpointLookup({ orders: poller }, { lookup: {} as never }), "endpointLookup lookup: got {}"],
  ["an unknown option", (poller) => endpointLookup({ orders: poller }, { ports: 1 } as never), 'got "ports", allowed is one of port,'],
])("refuses %s", async (_what, make, message) => {
  const { poller } = setup([]);
  expect(() => make(poller)).toThrow(expect.objectContaining({ code: "INVALID_OPTIONS", message: expect.stringContaining(message) }));
  await poller.close();
});

it.each([1, 65_535])("takes port %i", async (port) => {
  const { poller } = setup([]);
  expect(endpointLookup({ orders: poller }, { port })).toBeTypeOf("function");
  await poller.close();
});
