import { type FetchContext, hostPort } from "@rollcall/core";
import { ManualClock } from "@rollcall/testkit";
import type { KafkaBroker } from "../../src/kafka-broker.js";
import type { KafkaCluster } from "../../src/kafka-brokers-metadata.js";
import { DESCRIBE_CLUSTER } from "../../src/protocol/describe-cluster.js";
import { METADATA } from "../../src/protocol/metadata.js";
import { WireWriter } from "../../src/protocol/wire-writer.js";
import { type FakeBroker, FakeTransport } from "./fake-transport.js";

/** The versions of Kafka 4: Metadata 0–13 and DescribeCluster 0–2. */
export const VERSIONS = new Map([
  [METADATA, { min: 0, max: 13 }],
  [DESCRIBE_CLUSTER, { min: 0, max: 2 }],
]);

/** Nobody ever answers there, though connections are accepted. */
export const FROZEN: FakeBroker = { versions: VERSIONS };

/** A broker `b<id>:9092`, unless something else is given. */
export function broker(id: number, given: Partial<KafkaBroker> = {}): KafkaBroker {
  return { id, host: `b${id}`, port: 9092, rack: undefined, fenced: false, ...given };
}

/** The body of an answer to DescribeCluster, version 1 or 2. */
export function describeCluster({ clusterId = "ours", brokers }: KafkaCluster, error = 0, version = 2): Uint8Array {
  const wire = new WireWriter(true).tags().int32(0).int16(error).string(null).int8(1).string(clusterId).int32(-1);
  wire.array(brokers, ({ id, host, port, rack = null, fenced }) => {
    wire.int32(id).string(host).int32(port).string(rack);
    if (version >= 2) wire.boolean(fenced);
    wire.tags();
  });
  return wire.int32(0).tags().finish();
}

/** A broker that answers what `cluster` says at that moment. */
export function answering(cluster: () => KafkaCluster, error = 0, version = 2): FakeBroker {
  return { versions: VERSIONS, answer: async () => describeCluster(cluster(), error, version) };
}

/** A cluster in memory: every broker that is up answers what `brokers` says. */
export class FakeCluster {
  readonly transport = new FakeTransport();
  readonly clock = new ManualClock();
  brokers: readonly KafkaBroker[];

  constructor(...brokers: readonly KafkaBroker[]) {
    this.brokers = brokers;
    this.start(...brokers);
  }

  /** What a source takes besides its options. */
  get context(): { readonly transport: () => FakeTransport; readonly clock: ManualClock } {
    return { transport: () => this.transport, clock: this.clock };
  }

  /** Makes brokers answer at their addresses. */
  start(...brokers: readonly KafkaBroker[]): void {
    for (const each of brokers)
      this.at(
        each,
        answering(() => ({ clusterId: "ours", brokers: this.brokers })),
      );
  }

  /** Makes nobody listen at their addresses any more. */
  stop(...brokers: readonly KafkaBroker[]): void {
    for (const each of brokers) this.transport.listening.delete(hostPort.format(each));
  }

  /** Puts somebody at an address. */
  at(address: Pick<KafkaBroker, "host" | "port">, somebody: FakeBroker): void {
    this.transport.listening.set(hostPort.format(address), somebody);
  }

  /** Who was asked since the last time, in order. */
  asked(): readonly string[] {
    return this.transport.asked.splice(0);
  }
}

/** What a poller tells a source; nothing is known yet unless given. */
export function context<T>(given: Partial<FetchContext<T>> = {}): FetchContext<T> {
  return { signal: new AbortController().signal, previous: undefined, known: [], attempt: 0, ...given };
}
