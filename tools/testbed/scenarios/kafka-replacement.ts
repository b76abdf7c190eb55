import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { fileSnapshotStore, MetadataPoller, type PollerOptions } from "@rollcall/core";
import { bootstrapBrokers, type KafkaCluster, kafkaBrokers } from "@rollcall/kafka";
import type { KafkaTestCluster } from "@rollcall/kafka/simulator";
import type { KafkaConfig } from "kafkajs";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { KafkaReader, KafkaWriter, kafkaApplication } from "../src/index.js";
import { addresses, believed, listed, liveBrokers, pollerOf, type StartKafka, writerOn } from "./kafka-scenario.js";

const TOPIC = "orders";
/** How soon after the brokers a client must be back, and for how long one that must not come back is watched. */
const RECOVERY_MS = 10_000;
/** How long preparing all this may take where it is slow. */
const PATIENCE_MS = 120_000;
/** How many of the poller's intervals a replacement is to take. */
const INTERVALS = 4;
/** What an application sends when it wakes. */
const SOME = 10;

/** How the replacement and the outage after it go. */
export interface Replacement {
  /** For how long all brokers are down after it, in milliseconds. */
  readonly outageMs: number;
  /** Whether the cluster serves consumers. */
  readonly consumers: boolean;
}

/**
 * Every broker is replaced by another one at another address, while clients that hold the old addresses send, read, or do nothing. Measures
 * time: nothing else should run meanwhile. The scenarios share one replacement; one before it, of the idle cluster, tells what a quarter of it is,
 * which is the poller's interval.
 * @param print - takes lines of figures
 */
export function replacementScenarios(startKafka: StartKafka, { outageMs, consumers }: Replacement, print: (line: string) => void): void {
  let replaced: Replaced | undefined;
  const afterwards = (): Replaced => replaced ?? fail();

  beforeAll(async () => {
    const cluster = await startKafka();
    const directory = await mkdtemp(join(tmpdir(), "rollcall-scenario-"));
    await cluster.createTopics([{ topic: TOPIC, partitions: 3 }]);
    const intervalMs = (await replaceAll(cluster)) / INTERVALS;
    replaced = new Replaced(cluster, directory, { intervalMs, consumers });
    const tookMs = await replaced.happen();
    const intervals = tookMs / intervalMs;
    print(`replaced in ${Math.round(tookMs)} ms, ${intervals.toFixed(1)} intervals of ${Math.round(intervalMs)} ms; ${replaced.figures()}`);
    // Fewer than four are harder to follow, and one cannot be followed; with many more this run would prove too little.
    expect(intervals).toBeGreaterThan(1);
    expect(intervals).toBeLessThan(2 * INTERVALS);
  }, PATIENCE_MS);
  afterAll(() => replaced?.[Symbol.asyncDispose](), PATIENCE_MS);

  it("2. an idle producer that wakes after the replacement sends without a failure, one with a static list never again", async () => {
    const { live, fixed, poller, cluster, intervalMs } = afterwards();
    await Promise.all([live.idle.write(SOME), fixed.idle.write(SOME)]);
    print(`idle producers woke: ${live.idle.report.failed.length} of ${SOME} failed, static ${fixed.idle.report.failed.length} of ${SOME}`);
    expect(fixed.idle.report.failed, "a producer with the old addresses must die, else this run proves nothing").toHaveLength(SOME);
    expect(live.idle.report.failed).toEqual([]);
    await vi.waitFor(() => expect(believed(poller)).toBe(listed(...cluster.brokers)), { timeout: 1.1 * intervalMs + 1_000 });
  });

  it("2, row 3: clients that start again with their old configuration send without a failure, one with a static list cannot", async (test) => {
    const { old, poller, cluster } = afterwards();
    const { client } = cluster;
    const control = writerOn(test, client, [...old], { topic: TOPIC, name: "restarted/static/" });
    await expect(control.connect(), "a client with the old addresses must die, else this run proves nothing").rejects.toThrow();
    const restarted = writerOn(test, client, liveBrokers(test, poller, { seeds: old }), { topic: TOPIC, name: "restarted/client/" });
    const process = pollerOf(test, afterwards().source(), { store: afterwards().store() });
    const stored = writerOn(test, client, liveBrokers(test, process, { seeds: old }), { topic: TOPIC, name: "restarted/process/" });
    for (const writer of [restarted, stored]) {
      await writer.connect();
      await writer.write(SOME);
      expect(writer.report).toMatchObject({ acknowledged: SOME, failed: [] });
    }
    expect(believed(process)).toBe(listed(...cluster.brokers));
  });

  // A busy producer lives on with a static list as well: only consumers make it the headline.
  const title = consumers
    ? "1. headline, row 17: no message is lost while every broker is replaced, and after an outage at the new addresses all clients are back"
    : "1, row 17: no message is lost while every broker is replaced, and after an outage at the new addresses the busy producer is back";
  it(title, async (test) => {
    const { cluster, busy, old } = afterwards();
    expect(busy.report.failed).toEqual([]);
    expect(addresses(cluster).filter((address) => old.includes(address))).toEqual([]);

    await cluster.killAll();
    await wait(outageMs);
    const startedAt = performance.now();
    await cluster.startAll();
    const backAt = performance.now();
    const recovered = async (what: string, since: () => number | undefined): Promise<void> => {
      await vi.waitFor(() => expect(since(), `${what} is back`).toBeDefined(), { timeout: RECOVERY_MS });
      print(`${what} back ${Math.max(0, Math.round((since() ?? Number.NaN) - backAt))} ms after the brokers`);
    };
    const { readers } = afterwards();
    await Promise.all([
      recovered("producer", () => busy.acknowledgedAfter(startedAt)),
      readers && recovered("consumer", () => readers.live.readAfter(startedAt)),
    ]);
    if (readers !== undefined) await wait(Math.max(0, backAt + RECOVERY_MS - performance.now()));
    await busy.stop();
    print(afterwards().figures());
    expect(readers?.fixed.readAfter(startedAt), "a static consumer must stay dead, else this run proves nothing").toBeUndefined();
    if (readers === undefined) return;

    const fresh = new KafkaReader(kafkaApplication(cluster.client, addresses(cluster)), TOPIC, "fresh");
    test.onTestFinished(() => fresh.close());
    await fresh.start();
    for (const reader of [fresh, readers.live]) {
      await vi.waitFor(() => expect(busy.missingFrom(reader.read)).toEqual([]), { timeout: 2 * RECOVERY_MS });
    }
  });
}

/** Clients of one kind, by what their `brokers` are. */
interface Clients {
  readonly idle: KafkaWriter;
}

/** A cluster whose brokers have all been replaced, and the clients that saw it. */
class Replaced implements AsyncDisposable {
  readonly cluster: KafkaTestCluster;
  /** The addresses that everybody was configured with. */
  readonly old: readonly string[];
  readonly poller: MetadataPoller<KafkaCluster>;
  readonly busy: KafkaWriter;
  readonly live: Clients;
  readonly fixed: Clients;
  readonly readers: { readonly live: KafkaReader; readonly fixed: KafkaReader } | undefined;
  readonly intervalMs: number;
  readonly #directory: string;

  constructor(
    cluster: KafkaTestCluster,
    directory: string,
    { intervalMs, consumers }: { readonly intervalMs: number; readonly consumers: boolean },
  ) {
    this.cluster = cluster;
    this.intervalMs = intervalMs;
    this.#directory = directory;
    this.old = addresses(cluster);
    const minIntervalMs = Math.min(intervalMs, 1_000);
    this.poller = new MetadataPoller(this.source(), { intervalMs, minIntervalMs, store: this.store() });
    const kafka = (brokers: KafkaConfig["brokers"]) => kafkaApplication(cluster.client, brokers);
    // One function per process is what an application has: all its clients share it.
    const application = kafka(bootstrapBrokers(this.poller, { seeds: this.old }));
    const control = kafka([...this.old]);
    this.busy = new KafkaWriter(application, TOPIC, "busy/");
    this.live = { idle: new KafkaWriter(application, TOPIC, "idle/live/") };
    this.fixed = { idle: new KafkaWriter(control, TOPIC, "idle/static/") };
    if (consumers) this.readers = { live: new KafkaReader(application, TOPIC, "live"), fixed: new KafkaReader(control, TOPIC, "static") };
  }

  source(): ReturnType<typeof kafkaBrokers> {
    return kafkaBrokers({ seeds: this.old, client: this.cluster.client });
  }

  store(): NonNullable<PollerOptions["store"]> {
    return fileSnapshotStore(join(this.#directory, "brokers.json"));
  }

  /** Resolves with how long it took, in milliseconds. */
  async happen(): Promise<number> {
    for (const writer of [this.busy, this.live.idle, this.fixed.idle]) {
      await writer.connect();
      await writer.write(1);
    }
    this.busy.start();
    for (const reader of this.#readers()) {
      await reader.start();
      await vi.waitFor(() => expect(reader.read.size).toBeGreaterThan(0), { timeout: 30_000 });
    }
    return replaceAll(this.cluster);
  }

  figures(): string {
    const { acknowledged, failed, longestGapMs, slowestMs } = this.busy.report;
    const consumers = this.#readers().map(({ longestGapMs: gap, crashes }) => `, gap ${gap} ms and ${crashes} crashes`);
    const [live = "", fixed = ""] = consumers;
    const producer = `producer ${acknowledged} acknowledged, ${failed.length} failed, slowest ${slowestMs} ms, longest gap ${longestGapMs} ms`;
    return `${producer}${live && `; consumer${live}`}${fixed && `; static consumer${fixed}`}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const clients = [this.busy, this.live.idle, this.fixed.idle, ...this.#readers()];
    await Promise.all(clients.map((each) => each.close()));
    await this.poller.close();
    await this.cluster[Symbol.asyncDispose]();
    await rm(this.#directory, { recursive: true, force: true });
  }

  #readers(): readonly KafkaReader[] {
    return this.readers === undefined ? [] : Object.values(this.readers);
  }
}

/** Resolves with how long it took, in milliseconds. */
async function replaceAll(cluster: KafkaTestCluster): Promise<number> {
  const began = performance.now();
  await cluster.replaceAll();
  return performance.now() - began;
}

function fail(): never {
  throw new Error("no broker was replaced");
}
