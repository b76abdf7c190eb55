import { DiscoveryError, type EndpointFeed, type Seeds, type Snapshot } from "@rollcall/core";
import { hang } from "@rollcall/testkit";
import { describe, expect, it } from "vitest";
import { bootstrapBrokers } from "../src/bootstrap-brokers.js";
import type { BootstrapBrokersOptions } from "../src/bootstrap-brokers-options.js";
import { atOnce, bootstrapScene, broker, clusterOf, picks, tally } from "./support/bootstrap-scene.js";

const NOBODY = "no-kafka-broker-is-known-yet.invalid:9092";
const NOT_NOW = new DiscoveryError("UNAVAILABLE", "nobody answers", { source: "test" });
const refuses = (): Promise<never> => Promise.reject(NOT_NOW);

describe("row 17: an answer", () => {
  it("row 17: has one element, always", async () => {
    const { clock, poller } = clusterOf(broker(1), broker(2), broker(3));
    const brokers = bootstrapBrokers(poller, { clock });
    for (let call = 0; call < 10; call += 1) expect(await atOnce(clock, brokers())).toHaveLength(1);
    await poller.close();
  });

  it("row 17: rotates, so that a pick which failed is not the next one", async () => {
    const { clock, poller } = clusterOf(broker(1), broker(2), broker(3));
    const nine = await picks(clock, bootstrapBrokers(poller, { clock }), 9);
    expect(new Set(nine.slice(0, 3)).size).toBe(3);
    expect(nine.slice(3)).toEqual([...nine.slice(0, 3), ...nine.slice(0, 3)]);
    await poller.close();
  });

  it("row 17: takes last known brokers and seeds in turn while the poller is lost too", async () => {
    const { clock, source, poller } = clusterOf(broker(1), broker(2));
    const brokers = bootstrapBrokers(poller, { clock, seeds: ["seed.test"] });
    await atOnce(clock, brokers());
    source.script = refuses;
    await clock.advance(60_000);
    const eight = await picks(clock, brokers, 8);
    expect(tally(eight)).toEqual({ "kafka-1.test:9092": 2, "kafka-2.test:9092": 2, "seed.test:9092": 4 });
    expect(eight.map((address) => address === "seed.test:9092")).toEqual([true, false, true, false, true, false, true, false]);
    source.script = () => ({ endpoints: [broker(1), broker(2)] });
    await clock.advance(20_000);
    expect(Object.keys(tally(await picks(clock, brokers, 8)))).not.toContain("seed.test:9092");
    await poller.close();
  });

  it("row 17: goes on with brokers and seeds when the poller has closed", async () => {
    const { clock, poller } = clusterOf(broker(1));
    const brokers = bootstrapBrokers(poller, { clock, seeds: ["seed.test"] });
    await atOnce(clock, brokers());
    await poller.close();
    expect(tally(await picks(clock, brokers, 6))).toEqual({ "kafka-1.test:9092": 3, "seed.test:9092": 3 });
  });

  it("row 17: is never an IPv6 literal, of a broker or a seed", async () => {
    const literal = { id: "6", host: "2001:db8::6", port: 9092 };
    const { clock, poller } = clusterOf(literal);
    expect(await picks(clock, bootstrapBrokers(poller, { clock, seeds: ["[::1]:9092", "seed.test"] }), 1)).toEqual(["seed.test:9092"]);
    expect(await picks(clock, bootstrapBrokers(poller, { clock, seeds: ["[::1]:9092"] }), 1)).toEqual([NOBODY]);
    await poller.close();
  });

  it("row 17: is a name that never resolves when nobody is known", async () => {
    const { clock, poller } = bootstrapScene(refuses);
    const brokers = bootstrapBrokers(poller, { clock });
    const call = brokers();
    await clock.advance(3_000);
    expect(await call).toEqual([NOBODY]);
    await poller.close();
    expect(await atOnce(clock, brokers())).toEqual([NOBODY]);
  });
});

describe("row 17: a function of seeds", () => {
  /** Answers of one call each, with a poller that is lost and knows nobody. */
  async function answered(seeds: Seeds): Promise<string[]> {
    const { clock, poller } = bootstrapScene(() => Promise.reject(new DiscoveryError("UNAUTHENTICATED", "no", { source: "test" })));
    const call = bootstrapBrokers(poller, { clock, seeds })();
    await clock.advance(3_000);
    const answer = await atOnce(clock, call);
    await poller.close();
    expect(clock.pending).toBe(0);
    return answer ?? ["it hangs"];
  }

  it.each<[string, unknown]>([
    [
      "throws",
      () => {
        throw new Error("no DNS");
      },
    ],
    ["rejects with nothing", () => Promise.reject(undefined)],
    ["hangs for ever", () => new Promise(() => undefined)],
    ["hangs until its signal fires", hang],
    ["answers with nothing", () => undefined],
    ["answers with an empty list", () => []],
    ["answers with no list", () => "seed.test:9092"],
    ["answers with nonsense", () => [null, 7, {}, "", "http://seed.test:9092", "seed.test:0", "[::1]:9092"]],
  ])("row 17: that %s is no reason to throw", async (_, seeds) => {
    expect(await answered(seeds as Seeds)).toEqual([NOBODY]);
  });

  it("row 17: may have good ones among its answers", async () => {
    expect(await answered(async () => ["http://bad", "seed.test:9094"])).toEqual(["seed.test:9094"]);
  });

  it("is asked only when needed, again each time, and once for calls of the same moment", async () => {
    const { clock, source, poller } = clusterOf(broker(1));
    let asked = 0;
    const seeds = async (): Promise<string[]> => [`seed-${++asked}.test`];
    const brokers = bootstrapBrokers(poller, { clock, seeds });
    await picks(clock, brokers, 5);
    expect(asked).toBe(0);
    source.script = refuses;
    await clock.advance(60_000);
    await Promise.all([brokers(), brokers(), brokers()]);
    expect(asked).toBe(1);
    await picks(clock, brokers, 2);
    expect(asked).toBe(3);
    await poller.close();
  });

  it("that fails counts with its last good answer", async () => {
    const { clock, poller } = clusterOf();
    let answer = ["seed.test"];
    const brokers = bootstrapBrokers(poller, { clock, seeds: async () => answer, waitMs: 0 });
    const call = brokers();
    await clock.advance(0);
    expect(await call).toEqual(["seed.test:9092"]);
    await poller.close();
    answer = [];
    expect(await atOnce(clock, brokers())).toEqual(["seed.test:9092"]);
  });
});

describe("row 17: a feed of another copy of core", () => {
  const snapshot: Snapshot = { version: 1, endpoints: [broker(1)], aside: [], metadata: {}, changedAt: 0 };

  /** Just the interface, and as unhelpful as it allows. */
  function plainFeed(parts: Partial<EndpointFeed>): EndpointFeed {
    return {
      snapshot: undefined,
      status: { state: "pending", failures: 0, held: 0, aside: [] },
      ready: refuses,
      refresh: refuses,
      suspect: () => undefined,
      subscribe: () => ({ [Symbol.dispose]: () => undefined, [Symbol.asyncDispose]: async () => undefined }),
      ...parts,
    };
  }

  it("row 17: is as good as a poller, and told the same", async () => {
    const told: unknown[] = [];
    const feed = plainFeed({
      snapshot,
      suspect: (at, { cause } = {}) => void told.push(at, `${cause}`),
      refresh: ({ signal, reason } = {}) => {
        told.push(signal?.aborted, reason);
        return refuses();
      },
    });
    const { clock } = bootstrapScene([]);
    const brokers = bootstrapBrokers(feed, { clock });
    expect(await picks(clock, brokers, 2)).toEqual(["kafka-1.test:9092", "kafka-1.test:9092"]);
    expect(told).toEqual([
      { host: "kafka-1.test", port: 9092 },
      "DiscoveryError: [kafka] [UNAVAILABLE] kafkajs asked for another broker 0 ms after it was given kafka-1.test:9092",
      true,
      "kafkajs asked for a broker",
    ]);
  });

  it("is asked for nothing after dispose", async () => {
    const told: string[] = [];
    const tell = (what: string) => (): never => {
      told.push(what);
      throw new Error("nobody should call");
    };
    const feed = plainFeed({ subscribe: tell("subscribe"), ready: tell("ready"), refresh: tell("refresh"), suspect: tell("suspect") });
    const { clock } = bootstrapScene([]);
    const brokers = bootstrapBrokers(feed, { clock, seeds: ["seed.test"] });
    brokers[Symbol.dispose]();
    expect(await picks(clock, brokers, 2)).toEqual(["seed.test:9092", "seed.test:9092"]);
    expect(told).toEqual([]);
  });

  it("row 17: that throws, rejects and hangs makes neither a call reject nor an unhandled rejection", async () => {
    const stray: unknown[] = [];
    const caught = (error: unknown): void => void stray.push(error);
    process.on("unhandledRejection", caught);
    const throws = (): never => {
      throw new Error("closed");
    };
    const { clock } = bootstrapScene([]);
    const feeds = [
      plainFeed({}),
      plainFeed({ subscribe: throws, ready: throws, refresh: throws, suspect: throws }),
      plainFeed({ snapshot, ready: () => new Promise(() => undefined), subscribe: throws, refresh: throws, suspect: throws }),
      plainFeed({ ready: () => new Promise(() => undefined) }),
    ];
    const answers: string[][] = [];
    for (const brokers of feeds.map((feed) => bootstrapBrokers(feed, { clock }))) {
      const calls = Promise.all([brokers(), brokers()]);
      await clock.advance(3_000);
      answers.push((await calls).flat());
    }
    await new Promise((resolve) => setImmediate(resolve));
    process.off("unhandledRejection", caught);
    expect(answers.flat()).toEqual([NOBODY, NOBODY, NOBODY, NOBODY, ...Array(2).fill("kafka-1.test:9092"), NOBODY, NOBODY]);
    expect(stray).toEqual([]);
  });
});

describe("bad options", () => {
  it.each<[BootstrapBrokersOptions | Record<string, unknown>, RegExp]>([
    [{ seed: [] }, /option names: got seed, allowed is seeds, client, rack, waitMs, clock/],
    [{ seeds: [] }, /seeds: got \[\], allowed is a function, or a list of at least one host:port/],
    [{ seeds: ["kafka://user:secret@host:1"] }, /seeds: got (?!.*secret)/],
    [{ rack: "" }, /rack: got "", allowed is text that is not empty/],
    [{ waitMs: -1 }, /waitMs: got -1, allowed is a number from 0 to 60000/],
    [{ waitMs: Number.NaN }, /waitMs: got NaN/],
    [{ client: [] }, /client: got a list, allowed is the object given to new Kafka/],
    [{ client: { sasl: { password: "secret" } } }, /client\.sasl: got object, allowed is an object with a mechanism/],
    [{ clock: {} }, /clock: got object, allowed is a clock/],
  ])("are refused at once: %j", (options, message) => {
    const { poller } = clusterOf();
    expect(() => bootstrapBrokers(poller, options)).toThrow(message);
    expect(() => bootstrapBrokers(poller, options)).toThrow(expect.objectContaining({ code: "INVALID_OPTIONS" }));
  });

  it("are refused when the feed is none", () => {
    expect(() => bootstrapBrokers(["kafka:9092"] as never)).toThrow(/\[INVALID_OPTIONS\] the first argument is not an endpoint feed/);
  });
});
