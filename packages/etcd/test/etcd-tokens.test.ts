import { getEventListeners } from "node:events";
import { inspect } from "node:util";
import { create, toBinary } from "@bufbuild/protobuf";
import { ManualClock, settle } from "@rollcall/testkit";
import { describe, expect, it } from "vitest";
import type { EtcdAuthOptions } from "../src/etcd-auth-options.js";
import { callMetadata, EtcdTokens } from "../src/etcd-tokens.js";
import type { EtcdConnection } from "../src/etcd-transport.js";
import { AuthenticateResponseSchema } from "../src/gen/rpc_pb.js";
import { type Behaviour, FakeTransport, refuses } from "./support/fake-transport.js";

const HEDGE_AFTER_MS = 500;
const WRONG = refuses(3, "etcdserver: authentication failed, invalid user ID or password");

/** An answer to Authenticate. */
const issues =
  (token: string): Behaviour =>
  () =>
    toBinary(AuthenticateResponseSchema, create(AuthenticateResponseSchema, { token }));

/** Never answers; a call ends when it is cancelled. */
const silent: Behaviour = ({ signal }) =>
  new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(signal.reason as Error), { once: true }));

interface Scene {
  readonly tokens: EtcdTokens;
  readonly clock: ManualClock;
  readonly transport: FakeTransport;
  /** How often the user's function was asked, and what it heard. */
  readonly asked: AbortSignal[];
  connection(host: string): EtcdConnection;
  /** A round that waits for a token, with one member at hand. */
  wait(host: string, signal?: AbortSignal): Promise<string>;
}

function scene(members: Readonly<Record<string, Behaviour>>, password: () => string | Promise<string> = () => "pw"): Scene {
  const asked: AbortSignal[] = [];
  const auth: EtcdAuthOptions = {
    username: "root",
    password: ({ signal }) => {
      asked.push(signal);
      return password();
    },
  };
  const [transport, clock] = [new FakeTransport(), new ManualClock()];
  for (const [host, member] of Object.entries(members)) transport.members.set(`http://${host}:1`, member);
  const tokens = new EtcdTokens(auth, { hedgeAfterMs: HEDGE_AFTER_MS, clock });
  const connection = (host: string) => transport.connect({ scheme: "http", host, port: 1 });
  const wait: Scene["wait"] = async (host, signal = new AbortController().signal) => {
    const round = tokens.round();
    try {
      return await round.get(connection(host), { signal, timeoutMs: 2_000 });
    } finally {
      round.end();
    }
  };
  return { tokens, clock, transport, asked, connection, wait };
}

describe("a token", () => {
  it("is none where there is no user, and nobody is asked", async () => {
    const transport = new FakeTransport();
    const tokens = new EtcdTokens(undefined, { hedgeAfterMs: HEDGE_AFTER_MS, clock: new ManualClock() });
    const connection = transport.connect({ scheme: "http", host: "a", port: 1 });
    expect(await tokens.round().get(connection, { signal: new AbortController().signal })).toBe("");
    expect([callMetadata(""), callMetadata("t"), tokens.refused("")]).toEqual([
      { hasleader: "true" },
      { hasleader: "true", token: "t" },
      false,
    ]);
    expect(transport.calls).toEqual([]);
  });

  it("row 16: is got by one Authenticate and one question to the user's function for many who wait, and kept", async () => {
    const { tokens, transport, asked, wait } = scene({ a: issues("t1"), b: issues("t2"), c: issues("t3") });
    expect(tokens.current).toBe("");
    expect(await Promise.all(["a", "b", "c", "a"].map((host) => wait(host)))).toEqual(["t1", "t1", "t1", "t1"]);
    expect(await wait("b")).toBe("t1");
    expect([tokens.current, asked.length]).toEqual(["t1", 1]);
    expect(transport.calls.map(({ method, metadata }) => [method, metadata])).toEqual([["Authenticate", { hasleader: "true" }]]);
  });

  it("is renewed when it was refused, but not for who was refused with an older one", async () => {
    let token = "t1";
    const { tokens, wait } = scene({ a: (call) => issues(token)(call) });
    await wait("a");
    token = "t2";
    expect([tokens.refused("t1"), tokens.current]).toEqual([true, ""]);
    await wait("a");
    tokens.refused("t1");
    expect(tokens.current).toBe("t2");
  });

  it.each<readonly [string, Uint8Array]>([
    ["garbage", new Uint8Array([255, 255, 255])],
    ["no token", new Uint8Array()],
    ["a token with a line break", issues("hunter2\n")({} as never) as Uint8Array],
    ["a token that is not ASCII", issues("hünter2")({} as never) as Uint8Array],
  ])("that came as %s is MALFORMED_RESPONSE, is not repeated, and another member is asked", async (_what, answer) => {
    const { tokens, wait } = scene({ a: () => answer, b: issues("t1") });
    const error: unknown = await wait("a").catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: "MALFORMED_RESPONSE", message: expect.stringContaining("Authenticate") });
    expect([inspect(error, { depth: 9, showHidden: true }).match(/h.nter2/), (error as Error).cause]).toEqual([null, undefined]);
    expect([await wait("b"), tokens.current]).toEqual(["t1", "t1"]);
  });
});

describe("row 16: who waits for a token", () => {
  it("hears of the failure of its own member only; the others' are tried, one after the other, with the same password", async () => {
    const { clock, transport, asked, wait } = scene({
      a: refuses(4, "too late"),
      b: refuses(14, "etcdserver: no leader"),
      c: issues("t1"),
    });
    const outcomes = await Promise.allSettled(["a", "b", "c"].map((host) => wait(host)));
    expect(outcomes).toMatchObject([
      { reason: { code: "TIMEOUT", message: expect.stringContaining("too late") } },
      { reason: { code: "UNAVAILABLE", message: expect.stringContaining("no leader") } },
      { value: "t1" },
    ]);
    expect([transport.asked.length, asked.length, clock.pending]).toEqual([3, 1, 0]);
  });

  it("hears only its own member of a refusal that nobody shares: that member may be of another cluster", async () => {
    const { transport, asked, wait } = scene({ a: WRONG, b: issues("t1") });
    const outcomes = await Promise.allSettled([wait("a"), wait("b")]);
    expect(outcomes).toMatchObject([{ reason: { code: "UNAUTHENTICATED" } }, { value: "t1" }]);
    expect([transport.asked, asked.length]).toEqual([["http://a:1", "http://b:1"], 1]);
  });

  it("hears the cluster's verdict once two members have said it, and nobody else is asked until somebody comes later", async () => {
    const { transport, asked, clock, wait } = scene({ a: WRONG, c: WRONG, b: issues("t1") });
    const outcomes = await Promise.allSettled(["a", "c", "b"].map((host) => wait(host)));
    const refused = { reason: { code: "UNAUTHENTICATED", message: expect.stringContaining("invalid user ID or password") } };
    expect(outcomes).toMatchObject([refused, refused, refused]);
    expect([transport.asked, asked.length, asked[0]?.aborted, clock.pending]).toEqual([["http://a:1", "http://c:1"], 1, true, 0]);
    expect([await wait("b"), asked.length]).toEqual(["t1", 2]);
  });

  it("is not held up by a silent member for longer than hedgeAfterMs, and the first answer is everybody's", async () => {
    const { clock, transport, wait } = scene({ a: silent, b: issues("t1") });
    const waiting = Promise.all([wait("a"), wait("b")]);
    await clock.advance(HEDGE_AFTER_MS - 1);
    expect(transport.asked).toEqual(["http://a:1"]);
    await clock.advance(1);
    expect(await waiting).toEqual(["t1", "t1"]);
    expect(transport.calls.map(({ signal }) => signal.aborted)).toEqual([true, true]);
    expect(clock.pending).toBe(0);
  });

  it("leaves alone: the call that it began goes on for the others", async () => {
    let answer: (bytes: Uint8Array) => void = () => undefined;
    const { transport, wait } = scene({ a: () => new Promise((resolve) => (answer = resolve)), b: issues("t2") });
    const leaver = new AbortController();
    const [left, stayed] = [wait("a", leaver.signal), wait("b")];
    await settle();
    leaver.abort(new Error("no time"));
    await expect(left).rejects.toThrow("no time");
    expect(transport.calls.map(({ signal }) => signal.aborted)).toEqual([false]);
    answer((await issues("t1")(transport.calls[0] as never)) as Uint8Array);
    expect(await stayed).toBe("t1");
    expect(transport.asked).toEqual(["http://a:1"]);
  });

  it("is the last to leave: the call is cancelled, the user's function told, and whoever comes then begins anew", async () => {
    const { clock, transport, asked, wait } = scene({ a: silent, b: issues("t2") });
    const leaver = new AbortController();
    const left = [wait("a", leaver.signal), wait("b", leaver.signal)];
    await settle();
    leaver.abort(new Error("no time"));
    for (const each of left) await expect(each).rejects.toThrow("no time");
    await settle();
    expect([asked[0]?.aborted, transport.calls.map(({ signal }) => signal.aborted), clock.pending]).toEqual([true, [true], 0]);
    expect(await wait("b")).toBe("t2");
    expect([asked.length, asked[1]?.aborted]).toEqual([2, true]);
  });

  it("has left before its turn: its member is not asked", async () => {
    const { clock, transport, wait } = scene({ a: silent, b: silent, c: issues("t1") });
    const leaver = new AbortController();
    const [first, left, last] = [wait("a"), wait("b", leaver.signal), wait("c")];
    await settle();
    leaver.abort(new Error("no time"));
    await expect(left).rejects.toThrow("no time");
    await clock.advance(HEDGE_AFTER_MS);
    expect(await Promise.all([first, last])).toEqual(["t1", "t1"]);
    expect(transport.asked).toEqual(["http://a:1", "http://c:1"]);
  });

  it("leaves no listener on its signal, whether it got a token or not", async () => {
    const { wait } = scene({ a: issues("t1"), b: WRONG });
    const { signal } = new AbortController();
    await expect(wait("b", signal)).rejects.toThrow();
    await wait("a", signal);
    await settle();
    expect(getEventListeners(signal, "abort")).toEqual([]);
  });

  it("has left before: nobody is asked", async () => {
    const { transport, asked, wait } = scene({ a: issues("t1") });
    await expect(wait("a", AbortSignal.abort(new Error("no time")))).rejects.toThrow("no time");
    expect([transport.calls, asked]).toEqual([[], []]);
  });

  it("hears, with everybody else, that the user's function failed, and it is asked again by who comes later", async () => {
    let fails = true;
    const { transport, wait } = scene({ a: issues("t1") }, () => {
      if (fails) throw new Error("hunter2");
      return "pw";
    });
    const outcomes = await Promise.allSettled([wait("a"), wait("a")]);
    expect(outcomes).toMatchObject([{ reason: { code: "UNAVAILABLE" } }, { reason: { code: "UNAVAILABLE" } }]);
    expect(transport.calls).toEqual([]);
    fails = false;
    expect(await wait("a")).toBe("t1");
  });

  it("is told a late token by another member, and still gets a new one when that is refused", async () => {
    let answer: (bytes: Uint8Array) => void = () => undefined;
    const { tokens, transport, connection } = scene({ a: () => new Promise((resolve) => (answer = resolve)), b: issues("t2") });
    const [round, leaver, { signal }] = [tokens.round(), new AbortController(), new AbortController()];
    const left = round.get(connection("a"), { signal: leaver.signal });
    await settle();
    leaver.abort(new Error("too late"));
    await expect(left).rejects.toThrow("too late");
    answer((await issues("t1")(transport.calls[0] as never)) as Uint8Array);
    await settle();
    expect(await round.get(connection("b"), { signal })).toBe("t1");
    expect(round.refused("t1")).toBe(true);
    expect(await round.get(connection("b"), { signal })).toBe("t2");
    round.end();
  });
});
