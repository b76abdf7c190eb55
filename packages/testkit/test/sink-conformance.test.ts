import { readdirSync, readFileSync } from "node:fs";
import type { EndpointFeed } from "@rollcall/core";
import { describe, expect, it } from "vitest";
import { type SinkCapabilities, type SinkHarness, sinkConformance } from "../src/index.js";
import { brokenOf, type Registered, writingRunner } from "./support/registered.js";
import * as sinks from "./support/sinks.js";

const CALLS_END = /every call of update ends/;
const IS_MADE = /^make gives a client without waiting for the first set$/;
const IS_TOLD = /^a client subscribes to its feed/;

type Make = (feed: EndpointFeed) => sinks.Client;

const refuse = (client: sinks.Client, refusing: boolean): void => {
  client.refusing = refusing;
};

/** What the suite registers for a client. */
function registeredFor(make: Make, capabilities: SinkCapabilities<sinks.Client> = {}): readonly Registered[] {
  const { runner, registered } = writingRunner();
  sinkConformance("a client", make, { refuse, timeoutMs: 30, runner, ...capabilities });
  return registered;
}

sinkConformance("a good one, under vitest,", (feed) => new sinks.Client(feed), { refuse, runner: { describe, it } });

describe("sinkConformance", () => {
  const eventual = { eventual: true } as const;
  const staysSubscribed = { staysSubscribed: true } as const;
  const mistakes: readonly [string, string, RegExp, new (feed: EndpointFeed) => sinks.Client, SinkCapabilities<sinks.Client>?][] = [
    ["adds without looking", "idempotent", /told again with the same diff, changes nothing/, sinks.AddsBlindly],
    ["never forgets", "applies removals", /stops using the addresses of members that left/, sinks.NeverForgets],
    ["ignores moves", "applies removals", /addresses of members that left/, sinks.IgnoresMoves],
    ["is keyed by address and follows diffs", "applies removals", /an address for as long as any member has it/, sinks.KeyedByAddress],
    ["stays empty once it was", "applies removals", /after an empty set/, sinks.GivesUpWhenEmpty],
    ["fires and forgets", "serial", /a call ends only when its set is in use/, sinks.FiresAndForgets],
    ["lets an old set land late", "serial", /holds the newest, for good/, sinks.LetsOldSetsLandLate, eventual],
    ["never unsubscribes", "safe after dispose", /ends its subscription/, sinks.NeverUnsubscribes],
    [
      "leaves a subscription for each client",
      "safe after dispose",
      /outlives its client serves the next/,
      sinks.NeverUnsubscribes,
      staysSubscribed,
    ],
    ["cannot be closed twice", "safe after dispose", /ending a client that has ended does nothing/, sinks.ClosesOnce],
    ["cannot be closed before its first set", "safe after dispose", /in either order, also before the first/, sinks.ClosesOnlyWhenUsed],
    ["never ends its close", "safe after dispose", /can be ended while a call is in progress/, sinks.WaitsForTheNextCall],
    ["trips over a closed client", "safe after dispose", /after the client ended does no harm/, sinks.TripsWhenClosed, staysSubscribed],
    ["wants every version", "slow", /versions may be skipped/, sinks.CountsVersions],
    ["swallows errors", "throwing", /ends the call with an error/, sinks.Swallows],
    ["takes half of what it refuses", "throwing", /it is given the newest, whole/, sinks.TakesHalf],
    ["lets go when polls fail", "throwing", /failed polls and staleness change nothing/, sinks.PanicsWhenStale],
  ];
  it.each(mistakes)("a sink that %s fails at %s and nowhere else", async (_name, facet, rule, Broken, capabilities) => {
    const broken = await brokenOf(registeredFor((feed) => new Broken(feed), capabilities));
    expect(new Set(broken.map((one) => one.facet))).toEqual(new Set([facet]));
    expect(broken.map(({ error }) => error.rule).join("\n")).toMatch(rule);
  });

  it("says of a sink that hangs, wherever it does, that every call has to end", async () => {
    const broken = await brokenOf(registeredFor((feed) => new sinks.Hangs(feed)));
    const elsewhere = broken.filter(({ facet }) => facet !== "safe after dispose");
    expect(elsewhere.map(({ facet }) => facet)).toContain("slow");
    for (const { error } of elsewhere) expect(error.rule).toMatch(CALLS_END);
  });

  it("says which rule was broken, why it matters and what was seen", async () => {
    const [first] = await brokenOf(registeredFor((feed) => new sinks.NeverForgets(feed)));
    expect(first?.error).toMatchObject({
      name: "ConformanceError",
      rule: "the client stops using the addresses of members that left",
      why: expect.stringContaining("goes on calling machines that are gone"),
      observed: { expected: ["192.0.2.2:2379"], held: ["192.0.2.1:2379", "192.0.2.3:2379", "192.0.2.2:2379"] },
    });
    expect(first?.error.message).toMatch(/^broken rule: the client stops .*\nwhy it matters: .*\nobserved:\n {2}expected: \[ '192/);
  });

  it("says what the sink threw", async () => {
    const [first] = await brokenOf(registeredFor((feed) => new sinks.CountsVersions(feed)));
    expect(first?.error.message).toContain("the sink threw: Error: version 4 after 2");
    expect(first?.error.cause).toEqual(new Error("version 4 after 2"));
  });

  it("says of a client that cannot be asked what it holds, what it said", async () => {
    const [first] = await brokenOf(registeredFor((feed) => new sinks.CannotTell(feed)));
    expect(first?.error.message).toContain("held: Error: ask me later");
  });

  it("says of a client that waits for the first set to be made, that it must not", async () => {
    const { runner, registered } = writingRunner();
    const make = async (feed: EndpointFeed): Promise<sinks.Client> => {
      await feed.ready();
      return new sinks.Client(feed);
    };
    sinkConformance("a client", make, { refuse, timeoutMs: 30, runner });
    const broken = await brokenOf(registered);
    expect(broken.map(({ error }) => error.rule)).toEqual([expect.stringMatching(IS_MADE)]);
  });

  it("says of a client that never subscribes, wherever it would be told something, that it has to", async () => {
    const { runner, registered } = writingRunner();
    const make = ({ snapshot }: EndpointFeed): SinkHarness => ({ held: () => snapshot?.endpoints ?? [], close: () => undefined });
    sinkConformance("a client", make, { timeoutMs: 30, runner });
    const broken = await brokenOf(registered);
    expect(new Set(broken.map(({ facet }) => facet))).toEqual(new Set(registered.map(({ facet }) => facet)));
    for (const { error } of broken) expect(error.rule).toMatch(IS_TOLD);
  });

  it("has seen every rule broken", () => {
    const folder = new URL("../src/sink/", import.meta.url);
    const text = readdirSync(folder).map((file) => readFileSync(new URL(file, folder), "utf8"));
    const rules = text.flatMap((file) => [...file.matchAll(/^ {2}rule: "(.+)",$/gm)]).map(([, rule]) => `${rule}`);
    const seen = [...mistakes.map(([, , rule]) => rule), CALLS_END, IS_MADE, IS_TOLD];
    expect(rules.length).toBeGreaterThan(15);
    expect(rules.filter((rule) => !seen.some((broken) => broken.test(rule)))).toEqual([]);
  });

  it("leaves every case the time to say what is late, whatever the runner's own limit", () => {
    const [shortest] = registeredFor((feed) => new sinks.Client(feed), { timeoutMs: 2_000 }).map(({ timeoutMs }) => timeoutMs);
    // Ten looks at a client that does not say what it holds, and its end.
    expect(shortest).toBeGreaterThan(11 * 2_000);
  });

  it("lists as skipped what was not claimed, or was claimed not to hold", () => {
    const make: Make = (feed) => new sinks.Client(feed);
    const skipped = (capabilities: SinkCapabilities<sinks.Client>): readonly string[] =>
      registeredFor(make, capabilities).flatMap(({ name, run }) => (run === "skipped" ? [name] : []));
    expect(skipped({})).toEqual([]);
    expect(skipped({ eventual: false, staysSubscribed: false })).toEqual([]);
    expect(skipped({ refuse: undefined, ...eventual, ...staysSubscribed } as unknown as SinkCapabilities<sinks.Client>)).toEqual([
      "has a set in use when its call ends (the capability eventual is claimed)",
      "tells the poller when the client refuses a set (the capability refuse is not claimed)",
      "takes the newest set after the client refused one (the capability refuse is not claimed)",
    ]);
  });

  it.each<[string, object]>([
    ["sinkConformance: capability sulk is unknown; known are runner, addresses,", { sulk: true }],
    ["capability addresses has 1 different ones; 4 are needed", { addresses: Array(4).fill({ host: "a", port: 1 }) }],
    ["capability timeoutMs is 0; allowed are 1 to 600000", { timeoutMs: 0 }],
  ])("says: %s", (message, capabilities) => {
    expect(() => registeredFor((feed) => new sinks.Client(feed), capabilities)).toThrow(message);
  });
});
