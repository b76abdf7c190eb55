import * as dns from "node:dns";
import type { LookupFunction } from "node:net";
import { describe, expect, it, onTestFinished } from "vitest";
import { type EndpointLookup, endpointLookup } from "../src/sinks/index.js";
import { everybody, lookedUp, oneOf } from "./support/looked-up.js";
import { ManualClock } from "./support/manual-clock.js";
import { setup } from "./support/setup.js";

const NAME = "orders.cluster";

/** A poller that knows these members, and a lookup on it; `names` are what the system's resolver knows. */
async function known(members: readonly string[], names: Readonly<Record<string, readonly string[]>> = {}, seed = 1) {
  const { clock, poller } = setup(members);
  const asked: string[] = [];
  const system: LookupFunction = (hostname, options, callback) => {
    asked.push(hostname);
    const found = (names[hostname] ?? []).map((address) => ({ address, family: address.includes(":") ? 6 : 4 }));
    const wanted = found.filter(({ family }) => (options.family ?? 0) === 0 || options.family === family);
    if (wanted.length === 0) callback(Object.assign(new Error(`getaddrinfo ENOTFOUND ${hostname}`), { code: "ENOTFOUND" }), []);
    else callback(null, wanted);
  };
  const lookup = endpointLookup({ [NAME]: poller }, { clock: new ManualClock(seed), lookup: system });
  onTestFinished(() => poller.close());
  onTestFinished(() => lookup[Symbol.dispose]());
  const ready = poller.ready();
  await clock.advance(0);
  await ready;
  return { lookup, poller, asked, clock };
}

const THREE = ["a@10.0.0.1", "b@10.0.0.2", "c@10.0.0.3"];

describe("a name with a cluster behind it", () => {
  it("has the addresses of all members in use, beginning with the next one each time", async () => {
    const { lookup } = await known(THREE);
    const answers = [await everybody(lookup, NAME), await everybody(lookup, NAME), await everybody(lookup, NAME)];
    for (const answer of answers) expect([...answer].sort()).toEqual(["10.0.0.1", "10.0.0.2", "10.0.0.3"]);
    expect(answers.map(([first]) => first).sort()).toEqual(["10.0.0.1", "10.0.0.2", "10.0.0.3"]);
  });

  it("has one address for who wants one, that of the next member each time", async () => {
    const { lookup } = await known(THREE);
    const answers = [await oneOf(lookup, NAME), await oneOf(lookup, NAME), await oneOf(lookup, NAME), await oneOf(lookup, NAME)];
    expect(new Set(answers.slice(0, 3)).size).toBe(3);
    expect(answers[3]).toBe(answers[0]);
    expect((await lookedUp(lookup, NAME, { all: false })).family).toBe(4);
  });

  it("begins with another member in another process", async () => {
    const firsts = await Promise.all([1, 2, 3, 4, 5].map(async (seed) => oneOf((await known(THREE, {}, seed)).lookup, NAME)));
    expect(new Set(firsts).size).toBeGreaterThan(1);
  });

  it("is the same in capitals, and with a final dot", async () => {
    const { lookup, poller } = await known(["a@10.0.0.1"]);
    expect(await oneOf(lookup, "Orders.CLUSTER")).toBe("10.0.0.1");
    expect(await oneOf(lookup, "orders.cluster.")).toBe("10.0.0.1");
    const dotted = endpointLookup({ "orders.cluster.": poller });
    expect(await oneOf(dotted, NAME)).toBe("10.0.0.1");
    dotted[Symbol.dispose]();
  });

  it("has an address once that two members share", async () => {
    const { lookup } = await known(["a@10.0.0.1", "b@10.0.0.1"]);
    expect(await everybody(lookup, NAME)).toEqual(["10.0.0.1"]);
  });

  it.each<readonly [dns.LookupOptions, readonly string[]]>([
    [{ family: 0 }, ["10.0.0.1", "::1"]],
    [{ family: 4 }, ["10.0.0.1"]],
    [{ family: "IPv4" }, ["10.0.0.1"]],
    [{ family: 6 }, ["::1"]],
    [{ family: "IPv6" }, ["::1"]],
    [{ family: 6, hints: dns.V4MAPPED }, ["::1", "::ffff:10.0.0.1"]],
    [{ family: 4, hints: dns.V4MAPPED }, ["10.0.0.1"]],
  ])("has the addresses of the family that is wanted: %j", async (options, expected) => {
    const { lookup } = await known(["a@10.0.0.1", "b@::1"]);
    expect([...(await everybody(lookup, NAME, options))].sort()).toEqual(expected);
  });

  it("answers who calls without options, or with a family instead, as dns.lookup does", async () => {
    const { lookup } = await known(["a@10.0.0.1", "b@::1"]);
    const call = lookup as unknown as (...args: readonly unknown[]) => void;
    const told = (...args: readonly unknown[]) =>
      new Promise((resolve) => call(NAME, ...args, (...answer: readonly unknown[]) => resolve(answer)));
    expect([await told(6), await told(6)]).toEqual([
      [null, "::1", 6],
      [null, "::1", 6],
    ]);
    for (const none of [[], [undefined], [null]]) {
      expect([await told(...none), await told(...none)]).toEqual(expect.arrayContaining([[null, "10.0.0.1", 4]]));
    }
    expect(() => call(NAME)).toThrow("endpointLookup callback: got undefined, allowed is a function");
  });

  it("is answered in a later turn, also when everything is known", async () => {
    const { lookup } = await known(["a@10.0.0.1"]);
    const order: string[] = [];
    const answered = new Promise<void>((resolve) => lookup(NAME, {}, () => resolve(void order.push("answer"))));
    order.push("return");
    await answered;
    expect(order).toEqual(["return", "answer"]);
  });
});

describe("members that are listed by name", () => {
  const names = { "a.test": ["10.0.0.1", "fd00::1"], "b.test": ["10.0.0.2"], "d.test": ["10.0.0.2"] };

  it("are resolved, each address once, and one that cannot be hides no other", async () => {
    const { lookup } = await known(["a", "b", "c", "d", "e@10.0.0.5"], names);
    expect([...(await everybody(lookup, NAME))].sort()).toEqual(["10.0.0.1", "10.0.0.2", "10.0.0.5", "fd00::1"]);
    expect([...(await everybody(lookup, NAME, { family: 4 }))].sort()).toEqual(["10.0.0.1", "10.0.0.2", "10.0.0.5"]);
  });

  it("are resolved one after another for who wants one address, until one can be", async () => {
    const { lookup, asked } = await known(["a", "b"], names);
    expect(await oneOf(lookup, NAME, { family: 4 })).toMatch(/^10\.0\.0\.[12]$/);
    expect(asked.length).toBe(1);
    const gaps = await known(["b", "x", "y"], names);
    for (let call = 0; call < 3; call += 1) expect(await oneOf(gaps.lookup, NAME)).toBe("10.0.0.2");
    expect(gaps.asked.length).toBe(6);
  });

  it("are resolved by whatever is like dns.lookup, also if it knows one address only", async () => {
    const { poller } = await known(["a"]);
    const asked: unknown[] = [];
    const simple: LookupFunction = (_hostname, options, callback) => {
      asked.push(options);
      callback(null, "fd00::9");
    };
    const lookup = endpointLookup({ [NAME]: poller }, { lookup: simple });
    expect(await lookedUp(lookup, NAME, { hints: dns.ADDRCONFIG })).toEqual({ address: "fd00::9", family: 6 });
    expect(asked).toEqual([{ hints: dns.ADDRCONFIG, all: true }]);
    lookup[Symbol.dispose]();
  });

  it("and of whom none can be resolved, are an error of dns.lookup's kind that says why", async () => {
    const { lookup } = await known(["a", "b"]);
    const why = "none of the 2 hosts in use has an address: getaddrinfo ENOTFOUND";
    for (const all of [true, false]) {
      const error = await lookedUp(lookup, NAME, { all }).catch((caught: unknown) => caught);
      expect(error).toMatchObject({ code: "ENOTFOUND", hostname: NAME, cause: { code: "UNAVAILABLE" } });
      expect(String(error)).toContain(`endpointLookup ENOTFOUND ${NAME}: [endpointLookup] [UNAVAILABLE] ${why}`);
    }
  });
});

describe("every other name", () => {
  it("goes to the option lookup, arguments and all", async () => {
    const { lookup, asked } = await known(THREE, { "other.test": ["192.0.2.1"] });
    expect(await everybody(lookup, "other.test")).toEqual(["192.0.2.1"]);
    expect(asked).toEqual(["other.test"]);
  });

  it("goes to dns.lookup without one", async () => {
    const { poller } = setup(THREE);
    const lookup: EndpointLookup = endpointLookup({ [NAME]: poller });
    expect(await oneOf(lookup, "localhost", { family: 4 })).toBe("127.0.0.1");
    expect(poller.status.nextAttemptAt).toBeUndefined();
    await poller.close();
  });
});

it("members without an address of the wanted family are an error that names it", async () => {
  const { lookup } = await known(THREE);
  await expect(oneOf(lookup, NAME, { family: 6 })).rejects.toThrow(/none of the 3 hosts in use has an IPv6 address$/);
});
