import { type Endpoint, MetadataPoller, type PollerOptions } from "@rollcall/core";
import { type RecordingSink, recordingSink } from "@rollcall/testkit";
import { expect, onTestFinished } from "vitest";
import type { KafkaCluster } from "../../src/kafka-brokers-metadata.js";
import { kafkaBrokersSource } from "../../src/kafka-brokers-source.js";
import type { KafkaOptions } from "../../src/kafka-options.js";
import type { FakeCluster } from "./fake-cluster.js";

/** A cluster in memory that is polled, on its clock, for a sink that remembers. */
export class Polled {
  readonly poller: MetadataPoller<KafkaCluster>;
  readonly sink: RecordingSink = recordingSink();
  readonly #cluster: FakeCluster;

  constructor(cluster: FakeCluster, options: Partial<KafkaOptions>, poll: PollerOptions) {
    const seeds = cluster.brokers.map(({ host, port }) => `${host}:${port}`);
    this.#cluster = cluster;
    this.poller = new MetadataPoller(kafkaBrokersSource({ seeds, ...options }, cluster.context), { clock: cluster.clock, ...poll });
  }

  /** Ids in use, then those set aside: `1 2 | 3`. */
  get view(): string {
    const { endpoints = [], aside = [] } = this.poller.snapshot ?? {};
    return `${ids(endpoints)} | ${ids(aside)}`.trim();
  }

  /** Asks for a poll, and lets more than the floor pass. */
  async refresh(): Promise<void> {
    this.poller.refresh().catch(() => undefined);
    await this.#cluster.clock.advance(1_500);
  }
}

/** Begins to poll every 30 s, from the addresses of the cluster's brokers unless seeds are given; resolves after the first answer. */
export async function polled(cluster: FakeCluster, options: Partial<KafkaOptions> = {}, poll: PollerOptions = {}): Promise<Polled> {
  const stage = new Polled(cluster, options, poll);
  stage.poller.subscribe(stage.sink);
  onTestFinished(async () => {
    await stage.poller.close();
    expect(stage.sink.problems).toEqual([]);
    expect(cluster.clock.pending).toBe(0);
    expect(cluster.transport.open.size).toBe(0);
  });
  await cluster.clock.advance(0);
  return stage;
}

function ids(endpoints: readonly Endpoint[]): string {
  return endpoints.map(({ id }) => id).join(" ");
}
