import type { Consumer, Kafka } from "kafkajs";

/** Short, so that a reader that is closed does not wait for a fetch. */
const FETCH_MS = 250;
/**
 * The shortest that Kafka allows (`group.min.session.timeout.ms`). A consumer whose brokers were all gone joins its group as somebody new, and
 * gets its partitions when the session of its former self is over: kafkajs's default of 30 s would be how long it takes to come back.
 */
const SESSION_MS = 6_000;
const HEARTBEAT_MS = 1_000;

/** A consumer group of one that reads a topic from its beginning and remembers what it got. */
export class KafkaReader {
  readonly #consumer: Consumer;
  readonly #topic: string;
  readonly #read = new Map<string, number>();
  #lastAt: number | undefined;
  #longestGapMs = 0;
  #crashes = 0;

  /** @param group - the group's id; nobody else may use it */
  constructor(kafka: Kafka, topic: string, group: string) {
    this.#consumer = kafka.consumer({
      groupId: group,
      maxWaitTimeInMs: FETCH_MS,
      sessionTimeout: SESSION_MS,
      heartbeatInterval: HEARTBEAT_MS,
      allowAutoTopicCreation: false,
    });
    this.#topic = topic;
  }

  /** Resolves when it has connected; it reads from then on, and begins anew by itself whenever it crashed. */
  async start(): Promise<void> {
    this.#consumer.on("consumer.crash", () => {
      this.#crashes += 1;
    });
    await this.#consumer.connect();
    await this.#consumer.subscribe({ topic: this.#topic, fromBeginning: true });
    await this.#consumer.run({ eachMessage: async ({ message }) => this.#remember(String(message.value)) });
  }

  /** Leaves the group and the brokers. */
  close(): Promise<void> {
    return this.#consumer.disconnect();
  }

  /** Every message that it got, once or more often. */
  get read(): ReadonlySet<string> {
    return new Set(this.#read.keys());
  }

  /** How often kafkajs started it anew. The first group of a cluster crashes once, while the topic of the offsets is made. */
  get crashes(): number {
    return this.#crashes;
  }

  /** The longest time between two messages, in milliseconds. */
  get longestGapMs(): number {
    return Math.round(this.#longestGapMs);
  }

  /** When the first message after `since` came that had not come before, both by `performance.now()`. */
  readAfter(since: number): number | undefined {
    for (const at of this.#read.values()) if (at > since) return at;
    return undefined;
  }

  #remember(value: string): void {
    const at = performance.now();
    this.#longestGapMs = Math.max(this.#longestGapMs, at - (this.#lastAt ?? at));
    this.#lastAt = at;
    if (!this.#read.has(value)) this.#read.set(value, at);
  }
}
