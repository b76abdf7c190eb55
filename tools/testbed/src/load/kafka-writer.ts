import { setTimeout as wait } from "node:timers/promises";
import { type Kafka, Partitioners, type Producer } from "kafkajs";

/** One message every 100 ms, whether or not the earlier ones were acknowledged: a slow answer does not thin out the load. */
const PACE_MS = 100;
const ALL_IN_SYNC = -1;

/** What a {@link KafkaWriter} has seen so far. */
export interface KafkaWriterReport {
  /** Messages that the cluster acknowledged. */
  readonly acknowledged: number;
  /** Messages that failed for good, each with its error. */
  readonly failed: readonly string[];
  /** The longest time between two acknowledgements, in milliseconds. */
  readonly longestGapMs: number;
  /** The longest time that one acknowledged message took, in milliseconds. */
  readonly slowestMs: number;
}

/** A producer that numbers its messages and remembers what became of each. All in-sync replicas acknowledge a message. */
export class KafkaWriter {
  readonly #producer: Producer;
  readonly #topic: string;
  readonly #name: string;
  readonly #acknowledged: { readonly value: string; readonly at: number }[] = [];
  readonly #failed: string[] = [];
  #sent = 0;
  #longestGapMs = 0;
  #slowestMs = 0;
  #stopping = false;
  #running: Promise<void> | undefined;

  /** @param name - what its messages begin with; nobody else may use it */
  constructor(kafka: Kafka, topic: string, name: string) {
    this.#producer = kafka.producer({ allowAutoTopicCreation: false, createPartitioner: Partitioners.DefaultPartitioner });
    this.#topic = topic;
    this.#name = name;
  }

  /** Rejects with what kafkajs says when nobody can be reached. */
  connect(): Promise<void> {
    return this.#producer.connect();
  }

  /** Sends so many messages, and resolves when each was acknowledged or has failed. */
  async write(count: number): Promise<void> {
    const sends: Promise<void>[] = [];
    for (let left = count; left > 0 && !this.#stopping; left -= 1) {
      sends.push(this.#send());
      await wait(PACE_MS);
    }
    await Promise.all(sends);
  }

  /** Sends until {@link stop}. */
  start(): void {
    this.#running ??= this.write(Number.POSITIVE_INFINITY);
  }

  /** Waits for the messages in flight. */
  async stop(): Promise<void> {
    this.#stopping = true;
    await this.#running;
  }

  /** Stops and leaves the brokers. */
  async close(): Promise<void> {
    await this.stop();
    await this.#producer.disconnect();
  }

  get report(): KafkaWriterReport {
    return {
      acknowledged: this.#acknowledged.length,
      failed: this.#failed,
      longestGapMs: Math.round(this.#longestGapMs),
      slowestMs: Math.round(this.#slowestMs),
    };
  }

  /** When the first message after `since` was acknowledged, both by `performance.now()`. */
  acknowledgedAfter(since: number): number | undefined {
    return this.#acknowledged.find(({ at }) => at > since)?.at;
  }

  /** Acknowledged messages that are not among these; must be none when all of the topic was read. */
  missingFrom(read: ReadonlySet<string>): readonly string[] {
    return this.#acknowledged.map(({ value }) => value).filter((value) => !read.has(value));
  }

  async #send(): Promise<void> {
    this.#sent += 1;
    const value = `${this.#name}${String(this.#sent).padStart(6, "0")}`;
    const sentAt = performance.now();
    try {
      await this.#producer.send({ topic: this.#topic, acks: ALL_IN_SYNC, messages: [{ value }] });
      this.#remember(value, sentAt);
    } catch (error) {
      this.#failed.push(`${value}: ${error}`);
    }
  }

  #remember(value: string, sentAt: number): void {
    const at = performance.now();
    this.#longestGapMs = Math.max(this.#longestGapMs, at - (this.#acknowledged.at(-1)?.at ?? at));
    this.#slowestMs = Math.max(this.#slowestMs, at - sentAt);
    this.#acknowledged.push({ value, at });
  }
}
