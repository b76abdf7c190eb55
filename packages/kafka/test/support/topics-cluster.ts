import { MetadataPoller } from "@rollcall/core";
import { ManualClock, type RecordingSink, recordingSink } from "@rollcall/testkit";
import { expect, onTestFinished } from "vitest";
import type { KafkaPartition, KafkaTopic, KafkaTopics } from "../../src/kafka-partitions-metadata.js";
import type { KafkaPartitionsOptions } from "../../src/kafka-partitions-options.js";
import { kafkaPartitionsSource } from "../../src/kafka-partitions-source.js";
import type { KafkaRequest } from "../../src/kafka-transport.js";
import { METADATA } from "../../src/protocol/metadata.js";
import { WireReader } from "../../src/protocol/wire-reader.js";
import { WireWriter } from "../../src/protocol/wire-writer.js";
import { FakeTransport } from "./fake-transport.js";

/** What one broker knows. */
export type View = Pick<KafkaTopics, "clusterId" | "topics"> & { readonly brokers: readonly number[] };

/** What somebody who is asked does. */
export type Turn = Partial<View> | "refuses" | "silent";

const CODES: Readonly<Record<string, number>> = { UNKNOWN_TOPIC_OR_PARTITION: 3, LEADER_NOT_AVAILABLE: 5, TOPIC_AUTHORIZATION_FAILED: 29 };

/** A partition that is led in an epoch, with replicas 1, 2 and 3 unless told otherwise. */
export function led(
  partition: number,
  leader: number | null,
  leaderEpoch: number | null,
  more: Partial<KafkaPartition> = {},
): KafkaPartition {
  return { partition, leader, leaderEpoch, replicas: [1, 2, 3], inSyncReplicas: [1, 2, 3], offlineReplicas: [], ...more };
}

/** A topic id that one can read: 22 characters. */
export function idOf(name: string): string {
  return name.padEnd(21, "0").concat("A");
}

/** A topic with its id and its partitions, numbered from 0, each a leader and an epoch. */
export function topic(id: string | undefined, ...leaders: readonly (readonly [leader: number | null, epoch: number | null])[]): KafkaTopic {
  const partitions = leaders.map(([leader, epoch], number) => led(number, leader, epoch));
  return id === undefined ? { partitions } : { id: idOf(id), partitions };
}

/** The names that a request of Metadata asks for, and whether it allows to create them. */
export function askedIn({ body, apiVersion }: KafkaRequest): { readonly names: readonly (string | null)[]; readonly mayCreate: boolean } {
  const wire = new WireReader(body, apiVersion >= 9);
  wire.tags();
  const names = wire.array(() => {
    if (apiVersion >= 10) wire.uuid();
    const name = wire.nullableString();
    wire.tags();
    return name;
  });
  return { names, mayCreate: wire.boolean() };
}

/** The answer to Metadata, version 4 or later. Topics that a broker does not know have the error that Kafka has for them. */
export function metadataAnswer({ clusterId = "ours", brokers, topics }: View, request: KafkaRequest): Uint8Array {
  const { apiVersion: version } = request;
  const wire = new WireWriter(version >= 9).tags().int32(0);
  wire.array(brokers, (id) => wire.int32(id).string(`b${id}`).int32(9092).string(`az${id}`).tags());
  wire.string(clusterId).int32(brokers[0] ?? -1);
  wire.array(askedIn(request).names, (name) => {
    const known = Object.hasOwn(topics, `${name}`) ? topics[`${name}`] : undefined;
    const { id = null, error, partitions } = known ?? { error: "UNKNOWN_TOPIC_OR_PARTITION", partitions: [] };
    wire.int16(error === undefined ? 0 : (CODES[error] ?? -1)).string(name);
    if (version >= 10) wire.uuid(id);
    wire.boolean(false).array(partitions, (one) => writePartition(wire, one, version));
    if (version >= 8) wire.int32(0);
    wire.tags();
  });
  if (version >= 8 && version <= 10) wire.int32(0);
  if (version >= 13) wire.int16(0);
  return wire.tags().finish();
}

function writePartition(wire: WireWriter, { leader, leaderEpoch, ...one }: KafkaPartition, version: number): void {
  const ids = (list: readonly number[]): void => void wire.array(list, (id) => wire.int32(id));
  wire.int16(leader === null ? 5 : 0).int32(one.partition);
  wire.int32(leader ?? -1);
  if (version >= 7) wire.int32(leaderEpoch ?? -1);
  ids(one.replicas);
  ids(one.inSyncReplicas);
  if (version >= 5) ids(one.offlineReplicas);
  wire.tags();
}

/** Brokers `b<id>:9092` in memory, of which each may know something else. */
export class TopicsCluster {
  readonly transport = new FakeTransport();
  readonly clock: ManualClock = Object.assign(new ManualClock(), { random: () => 0 });
  readonly requests: KafkaRequest[] = [];

  /** Makes brokers know this from now on. */
  knows(ids: readonly number[], view: Partial<View>): void {
    this.#answer(ids, () => view);
  }

  /** Whoever is asked next knows the first of these, and so on; the last goes on. */
  knowInTurn(...turns: readonly Turn[]): void {
    let at = 0;
    this.#answer([1, 2, 3], () => turns[Math.min(at++, turns.length - 1)] ?? "refuses");
  }

  #answer(ids: readonly number[], next: () => Turn): void {
    const answer = async (request: KafkaRequest): Promise<Uint8Array> => {
      this.requests.push(request);
      const view = next();
      if (view === "silent") return await new Promise<never>(() => undefined);
      if (view === "refuses") throw new Error("not now");
      return metadataAnswer({ brokers: [1, 2, 3], topics: {}, ...view }, request);
    };
    for (const id of ids) this.transport.listening.set(`b${id}:9092`, { versions: new Map([[METADATA, { min: 0, max: 13 }]]), answer });
  }

  /** Makes nobody listen at `b<id>` any more. */
  stop(...ids: readonly number[]): void {
    for (const id of ids) this.transport.listening.delete(`b${id}:9092`);
  }

  /** Who was asked since the last time, in order. */
  asked(): readonly string[] {
    return this.transport.asked.splice(0).map((name) => name.split(":")[0] ?? "");
  }

  /** A source on this cluster, whose seed is broker 1. */
  source(options: Partial<KafkaPartitionsOptions> = {}): ReturnType<typeof kafkaPartitionsSource> {
    const context = { transport: () => this.transport, clock: this.clock };
    return kafkaPartitionsSource({ seeds: ["b1"], topics: ["orders"], ...options }, context);
  }

  /** Polls every 30 s, for a sink that is told of every version; resolves after the first answer. */
  async polled(options: Partial<KafkaPartitionsOptions> = {}): Promise<PolledTopics> {
    const poller = new MetadataPoller(this.source(options), { clock: this.clock });
    const sink = recordingSink();
    poller.subscribe(sink, { metadata: true });
    onTestFinished(async () => {
      await poller.close();
      expect(sink.problems).toEqual([]);
      expect(this.transport.open.size).toBe(0);
    });
    await this.clock.advance(0);
    return { poller, sink, refresh: () => this.#refresh(poller) };
  }

  async #refresh(poller: MetadataPoller<KafkaTopics>): Promise<void> {
    poller.refresh().catch(() => undefined);
    await this.clock.advance(1_500);
  }
}

/** A {@link TopicsCluster} that is polled. */
export interface PolledTopics {
  readonly poller: MetadataPoller<KafkaTopics>;
  readonly sink: RecordingSink;
  /** Asks for a poll, and lets more than the floor pass. */
  refresh(): Promise<void>;
}
