import { subscribe, tracingChannel, unsubscribe } from "node:diagnostics_channel";
import { type DiagnosticsMessages, type Endpoint, MetadataPoller, type PollerOptions, type Status } from "@rollcall/core";
import { ManualClock, settle } from "@rollcall/testkit";
import { describe, expect, it, onTestFinished } from "vitest";
import type { EtcdMetadata } from "../src/index.js";
import { refuses, silent } from "./support/fake-transport.js";
import { votersAt } from "./support/member-list.js";
import { type Harness, harness } from "./support/source-harness.js";

type Trace = DiagnosticsMessages["rollcall:poll"] & { readonly error?: unknown };

/** A poller among members that exist only in the test, with these seeds; time stands still. */
function polledAt(
  seeds: readonly string[],
  options: PollerOptions = {},
  random?: () => number,
): Harness & { readonly poller: MetadataPoller<EtcdMetadata> } {
  const setup = harness({ seeds }, random);
  const poller = new MetadataPoller(setup.source, { clock: setup.clock, ...options });
  onTestFinished(() => poller.close());
  return { ...setup, poller };
}

const NO_LEADER = refuses(14, "etcdserver: no leader");

describe("rows of etcd's behaviour", () => {
  it("row 2: polls are an interval apart, give or take a tenth, never overlap, and back off while nobody answers", async () => {
    const dice = new ManualClock(7);
    const { clock, transport, poller } = polledAt(["a:1"], {}, () => dice.random());
    const polls: { readonly began: number; readonly ended: number }[] = [];
    const pauses = (from: number): readonly number[] =>
      polls.slice(from + 1).map(({ began }, at) => began - (polls[from + at]?.ended ?? Number.NaN));
    transport.members.set("http://a:1", async () => {
      const began = clock.now();
      await new Promise<void>((resolve) => clock.setTimeout(resolve, 400));
      polls.push({ began, ended: clock.now() });
      return votersAt("http://a:1");
    });
    poller.subscribe(() => undefined);
    await clock.advance(600_000);
    // The first pause is a random part of an interval, so that a fleet that started together is spread.
    const [first, ...later] = pauses(0);
    expect(first).toBeGreaterThanOrEqual(1_000);
    expect(later.length).toBeGreaterThan(15);
    expect(later.every((pause) => pause >= 27_000 && pause <= 33_000)).toBe(true);
    expect(new Set(later).size).toBe(later.length);

    const last = polls.length;
    transport.members.set("http://a:1", (call) => {
      polls.push({ began: clock.now(), ended: clock.now() });
      return NO_LEADER(call);
    });
    await clock.advance(120_000);
    const backoff = pauses(last);
    expect(backoff.length).toBeGreaterThanOrEqual(10);
    expect(backoff.slice(0, 4).every((pause, at) => pause >= Math.max(1_000, 500 * 2 ** at) && pause <= 1_000 * 2 ** (at + 1))).toBe(true);
    expect(backoff.slice(4).every((pause) => pause >= 5_000 && pause <= 10_000)).toBe(true);
  });

  it("row 20: a member that lists only itself now and then removes nobody; three such answers in a row are believed", async () => {
    const { clock, transport, poller } = polledAt(["a:1"]);
    const outcomes: unknown[] = [];
    for (const lists of [3, 1, 3, 1, 1, 3, 1, 1, 1]) {
      transport.members.set("http://a:1", () => votersAt(...["http://a:1", "http://b:1", "http://c:1"].slice(0, lists)));
      const polled = poller.refresh().then(
        () => "believed",
        ({ code }: { readonly code: string }) => code,
      );
      await clock.advance(1_000);
      outcomes.push(`${lists} ${await polled}: ${poller.snapshot?.endpoints.length}`);
    }
    const [full, held] = ["3 believed: 3", "1 HELD: 3"];
    expect(outcomes).toEqual([full, held, full, held, held, full, held, held, "1 believed: 1"]);
  });

  it("row 24: polls that succeed or fail, with each member's cause, changes, staleness and what is rejected are told", async () => {
    const { clock, transport, poller } = polledAt(["a:1", "b:1", "c:1"], { mapEndpoint: unusableWhereBad });
    const [polls, changes, rejected] = [finishedPolls(), told("rollcall:change"), told("rollcall:rejected")];
    const states: Status["state"][] = [];
    transport.members.set("http://a:1", () => votersAt("http://a:1", "http://b:1", "http://bad:1"));
    poller.subscribe({ update: () => undefined, status: ({ state }) => void states.push(state) });
    await clock.advance(0);
    void poller.refresh();
    await clock.advance(1_000);
    transport.members.set("http://a:1", NO_LEADER).set("http://b:1", silent);
    await clock.advance(100_000);

    expect(changes).toMatchObject([
      { source: "etcd:a:1,b:1,c:1", snapshot: { version: 1 }, diff: { added: [{ host: "a" }, { host: "b" }] } },
    ]);
    expect(rejected[0]).toMatchObject({ entry: { host: "bad" }, reason: expect.stringContaining("port") });
    expect(polls.slice(0, 2).map(({ outcome }) => outcome)).toEqual(["changed", "unchanged"]);
    const { error } = polls[2] ?? {};
    expect(error).toMatchObject({ code: "UNAVAILABLE", cause: { errors: { length: 3 } } });
    for (const cause of [/http:\/\/a:1: .*no leader/, /http:\/\/b:1: .*no answer within 2000 ms/, /http:\/\/c:1: .*ECONNREFUSED/]) {
      expect(String(error)).toMatch(cause);
    }
    expect([...new Set(states)]).toEqual(["pending", "fresh", "stale"]);
  });

  it("row 25: close ends the poll in flight, leaves no connection and no timer, and is the same the second time", async () => {
    const { clock, transport, poller } = polledAt(["a:1", "b:1"]);
    transport.members.set("http://a:1", silent).set("http://b:1", silent);
    poller.subscribe(() => undefined);
    const polled = poller.refresh().catch((error: unknown) => error);
    await clock.advance(600);
    expect(transport.calls.map(({ url, signal }) => [url, signal.aborted])).toEqual([
      ["http://a:1", false],
      ["http://b:1", false],
    ]);
    await Promise.all([poller.close(), poller.close()]);
    expect(await polled).toMatchObject({ code: "CLOSED" });
    await poller.close();
    await settle();
    expect(transport.calls.map(({ signal }) => signal.aborted)).toEqual([true, true]);
    expect([transport.open, clock.pending]).toEqual([[], 0]);
  });
});

function unusableWhereBad(endpoint: Endpoint): Endpoint {
  return endpoint.host === "bad" ? { ...endpoint, port: 0 } : endpoint;
}

/** What a channel says until the test ends. */
function told<C extends keyof DiagnosticsMessages>(channel: C): readonly DiagnosticsMessages[C][] {
  const messages: DiagnosticsMessages[C][] = [];
  const listener = (message: unknown): void => void messages.push(message as DiagnosticsMessages[C]);
  subscribe(channel, listener);
  onTestFinished(() => void unsubscribe(channel, listener));
  return messages;
}

/** Every poll that ended until the test does. */
function finishedPolls(): readonly Trace[] {
  const finished: Trace[] = [];
  const ignored = (): void => undefined;
  const listeners = {
    start: ignored,
    end: ignored,
    asyncStart: ignored,
    asyncEnd: (trace: Trace) => void finished.push(trace),
    error: ignored,
  };
  const channel = tracingChannel<"rollcall:poll", Trace>("rollcall:poll");
  channel.subscribe(listeners);
  onTestFinished(() => channel.unsubscribe(listeners));
  return finished;
}
