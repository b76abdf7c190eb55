import { setTimeout as wait } from "node:timers/promises";
import type { MetadataPoller } from "@rollcall/core";
import { nameServerArray, nsaddrServer, type RocketmqNameservers } from "@rollcall/rocketmq";
import type { RocketmqTestCluster } from "@rollcall/rocketmq/simulator";
import { expect, vi } from "vitest";
import { AliOnsProducer, type JavaProducer, type RocketmqLoad, type RocketmqProducer } from "../src/index.js";
import { nameserversOf, SOON_MS, type Test } from "./rocketmq-scenario.js";

/** Where the load goes. */
export const TOPIC = "orders";

/** How a replacement of nameservers and brokers goes. */
export interface ReplacementPlan {
  /** How many nameservers there are, and how many come in their place. */
  readonly nameservers: number;
  /** How often clients look at the routes, in milliseconds. Their own default is 30 000. */
  readonly clientPollMs: number;
  /** How often the Java client looks up its nameservers, in milliseconds: by itself every 120 000; with less it is told to. Default 120 000. */
  readonly javaLookUpMs?: number | undefined;
  /** Makes a Java client. Default: there is none. */
  readonly javaProducer?: ((load: RocketmqLoad) => JavaProducer) | undefined;
  /** Takes lines of figures. */
  readonly print: (line: string) => void;
}

const JAVAS_OWN_LOOK_UP_MS = 120_000;

/** Stock clients that send, by where they get their nameservers. Ends with the test. */
export class Load {
  /** What Rollcall believes. */
  readonly feed: MetadataPoller<RocketmqNameservers>;
  /** ali-ons on the first list, for ever. */
  readonly control: RocketmqProducer;
  /** ali-ons on an array that Rollcall changes. */
  readonly array: RocketmqProducer;
  /** ali-ons on the address server that Rollcall is. */
  readonly nsaddr: RocketmqProducer;
  /** Java on the same. */
  readonly java: JavaProducer | undefined;
  readonly #plan: ReplacementPlan;

  private constructor(plan: ReplacementPlan, feed: Load["feed"], producers: Pick<Load, "control" | "array" | "nsaddr" | "java">) {
    this.#plan = plan;
    this.feed = feed;
    this.control = producers.control;
    this.array = producers.array;
    this.nsaddr = producers.nsaddr;
    this.java = producers.java;
  }

  /** Resolves once all of them have sent something. */
  static async on(test: Test, cluster: RocketmqTestCluster, plan: ReplacementPlan): Promise<Load> {
    const feed = nameserversOf(test, cluster, { intervalMs: 1_000, minIntervalMs: 100 });
    const [list, server] = await Promise.all([nameServerArray(feed), nsaddrServer(feed)]);
    test.onTestFinished(() => list[Symbol.asyncDispose]());
    test.onTestFinished(() => server.close());
    const { clientPollMs: pollMs, javaProducer } = plan;
    const about = (name: string, lookup: RocketmqLoad["lookup"]): RocketmqLoad => ({ lookup, topic: TOPIC, name, pollMs });
    const load = new Load(plan, feed, {
      control: new AliOnsProducer(about("control", { nameservers: [...cluster.addressServer.addresses] })),
      array: new AliOnsProducer(about("array", { nameservers: list })),
      nsaddr: new AliOnsProducer(about("nsaddr", { addressServer: server.url })),
      java: javaProducer?.(about("java", { addressServer: server.url })),
    });
    for (const [, producer] of load.all) test.onTestFinished(() => producer[Symbol.asyncDispose]());
    await Promise.all(load.all.map(([, producer]) => producer.start()));
    for (const [name, producer] of load.all) {
      await vi.waitFor(() => expect(producer.report.ok, name).toBeGreaterThan(0), { timeout: SOON_MS });
      expect(producer.report.failed, name).toEqual([]);
    }
    if (load.javaLookUpMs < JAVAS_OWN_LOOK_UP_MS) {
      const lookingUp = setInterval(() => load.java?.lookUp(), load.javaLookUpMs);
      test.onTestFinished(() => clearInterval(lookingUp));
    }
    return load;
  }

  /** How often the Java client looks up its nameservers, in milliseconds. */
  get javaLookUpMs(): number {
    return this.#plan.javaLookUpMs ?? JAVAS_OWN_LOOK_UP_MS;
  }

  /** All of them, with what to call them. */
  get all(): readonly (readonly [name: string, producer: RocketmqProducer])[] {
    const { control, array, nsaddr, java } = this;
    const javas = java === undefined ? [] : ([["Java on nsaddr", java]] as const);
    return [["ali-ons on a static list", control], ["ali-ons on the array", array], ["ali-ons on nsaddr", nsaddr], ...javas];
  }

  /** Waits until all but the static list must have recovered from what happened at `since`, prints what became of all sends, and ends them. */
  async watch(since: number, scenario: string): Promise<void> {
    const { clientPollMs, print } = this.#plan;
    const until = since + 3 * clientPollMs + (this.java === undefined ? 0 : this.javaLookUpMs);
    await wait(Math.max(0, until - performance.now()));
    for (const [name, { report, lastFailedAt }] of this.all) {
      const { ok, failed, flowControl, longestGapMs } = report;
      const recovered = lastFailedAt === undefined ? "" : `, the last one ${Math.round(lastFailedAt - since)} ms after the brokers died`;
      print(
        `${scenario}: ${name}: ${ok} ok, ${failed.length} failed${recovered}; ${flowControl} refused by busy brokers; longest gap ${longestGapMs} ms`,
      );
    }
    await Promise.all(this.all.map(([, producer]) => producer.stop()));
  }
}
