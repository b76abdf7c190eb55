import type { LookupFunction } from "node:net";
import { describe, expect, it, onTestFinished } from "vitest";
import { endpointLookup } from "../src/sinks/index.js";
import { everybody, oneOf } from "./support/looked-up.js";
import type { ManualClock } from "./support/manual-clock.js";
import { hang } from "./support/scripted-source.js";
import { setup } from "./support/setup.js";

const NAME = "orders.cluster";

/** A lookup of members that are listed so, and a resolver that answers a name after so many milliseconds, or never. */
async function slow(members: readonly string[], afterMs: Readonly<Record<string, number>>, timeoutMs?: number) {
  const { clock, poller } = setup(members);
  const asked: string[] = [];
  const resolver: LookupFunction = (hostname, _options, callback) => {
    asked.push(hostname);
    const delay = afterMs[hostname.replace(".test", "")];
    if (delay !== undefined) clock.setTimeout(() => callback(null, [{ address: `192.0.2.${delay % 251}`, family: 4 }]), delay);
  };
  const lookup = endpointLookup({ [NAME]: poller }, { clock, lookup: resolver, timeoutMs });
  onTestFinished(() => poller.close());
  onTestFinished(() => lookup[Symbol.dispose]());
  const ready = poller.ready();
  await clock.advance(0);
  await ready;
  return { clock, lookup, asked };
}

/** When a lookup ends, in milliseconds from now, and with what. */
async function timed(clock: ManualClock, answer: Promise<unknown>): Promise<readonly [number, unknown]> {
  const start = clock.now();
  let ended: readonly [number, unknown] | undefined;
  const end = (outcome: unknown): void => {
    ended = [clock.now() - start, outcome];
  };
  answer.then(end, end);
  while (ended === undefined) await clock.advance(1);
  return ended;
}

describe("a name that is slow to resolve", () => {
  it("holds up the others for 50 ms only", async () => {
    const { clock, lookup } = await slow(["a@10.0.0.1", "b", "c"], { b: 49, c: 3_000 });
    const [ms, found] = await timed(clock, everybody(lookup, NAME));
    expect([ms, [...(found as string[])].sort()]).toEqual([50, ["10.0.0.1", "192.0.2.49"]]);
  });

  it("is left out, when it never is resolved, 50 ms after the first that is", async () => {
    const { clock, lookup } = await slow(["a", "b", "c"], { a: 700, b: 720 });
    const [ms, found] = await timed(clock, everybody(lookup, NAME));
    expect([ms, [...(found as string[])].sort()]).toEqual([750, ["192.0.2.198", "192.0.2.218"]]);
  });

  it("delays nothing once everybody has answered", async () => {
    const { clock, lookup } = await slow(["a", "b"], { a: 20, b: 30 });
    expect((await timed(clock, everybody(lookup, NAME)))[0]).toBe(30);
  });

  it("keeps its turn when others are quicker", async () => {
    const { clock, lookup } = await slow(["a", "b"], { a: 20, b: 30 });
    const firsts = [await timed(clock, everybody(lookup, NAME)), await timed(clock, everybody(lookup, NAME))];
    expect(firsts.map(([, found]) => (found as string[])[0]).sort()).toEqual(["192.0.2.20", "192.0.2.30"]);
  });

  it("has the next member asked after 50 ms where one address is wanted; whoever answers first is taken", async () => {
    const { clock, lookup, asked } = await slow(["a", "b", "c"], { a: 200, b: 200, c: 200 });
    expect(await timed(clock, oneOf(lookup, NAME))).toEqual([200, "192.0.2.200"]);
    expect(asked.length).toBe(3);
    const mixed = await slow(["a", "b@10.0.0.2"], {});
    const answers = [await timed(mixed.clock, oneOf(mixed.lookup, NAME)), await timed(mixed.clock, oneOf(mixed.lookup, NAME))];
    expect(answers.sort()).toEqual([
      [0, "10.0.0.2"],
      [50, "10.0.0.2"],
    ]);
  });
});

describe("timeoutMs", () => {
  it.each([true, false])("ends a lookup whose names are never resolved (all: %s)", async (all) => {
    const { clock, lookup } = await slow(["a", "b"], {}, 3_000);
    const [ms, error] = await timed(clock, (all ? everybody : oneOf)(lookup, NAME));
    expect(ms).toBe(3_000);
    expect(error).toMatchObject({ code: "ENOTFOUND", hostname: NAME, cause: { code: "TIMEOUT" } });
    expect(String(error)).toContain("none of the 2 hosts in use has an address after 3000 ms");
  });

  it("bounds the wait for a first set and for names together", async () => {
    const { clock, source, poller } = setup(hang);
    onTestFinished(() => poller.close());
    const lookup = endpointLookup({ [NAME]: poller }, { clock, lookup: () => undefined, timeoutMs: 12_000 });
    const answer = timed(clock, oneOf(lookup, NAME));
    source.script = ["a"]; // found by the second poll: the first one hangs
    const [ms, error] = await answer;
    expect([ms, error]).toEqual([12_000, expect.objectContaining({ message: expect.stringContaining("1 hosts in use") })]);
  });

  it("0 finds members that are listed by address", async () => {
    const { clock, lookup } = await slow(["a@10.0.0.1", "b"], { b: 1 }, 0);
    expect(await timed(clock, everybody(lookup, NAME))).toEqual([0, ["10.0.0.1"]]);
  });
});

it("leaves no timer behind when names are resolved in time", async () => {
  const { clock, lookup } = await slow(["a@10.0.0.1", "b"], { b: 10 });
  const before = clock.pending;
  for (const answer of [everybody(lookup, NAME), oneOf(lookup, NAME)]) await timed(clock, answer);
  lookup[Symbol.dispose]();
  await clock.advance(0);
  expect(clock.pending).toBeLessThanOrEqual(before);
});

it("any number of lookups may wait at once, and Node warns of nothing", async () => {
  const warnings: string[] = [];
  const warn = ({ message }: Error): void => void warnings.push(message);
  process.on("warning", warn);
  onTestFinished(() => void process.off("warning", warn));
  const { clock, source, poller } = setup(hang);
  onTestFinished(() => poller.close());
  const lookup = endpointLookup({ [NAME]: poller }, { clock });
  const answers = Array.from({ length: 40 }, () => oneOf(lookup, NAME));
  await clock.advance(0);
  source.script = ["a@10.0.0.1"];
  await clock.advance(9_000);
  expect(new Set(await Promise.all(answers))).toEqual(new Set(["10.0.0.1"]));
  await new Promise(setImmediate); // warnings are told in a later turn
  expect(warnings).toEqual([]);
});
