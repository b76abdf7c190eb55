import { KafkaWriter } from "@rollcall/testbed";
import type { Kafka } from "kafkajs";
import type { Load } from "../cast.js";
import { TOPIC } from "./cluster.js";

/** A client that produces, and that can start again the way it started first: with its configuration and nothing else. */
export class ProducerLoad {
  readonly #kind: string;
  readonly #configured: () => Kafka;
  /** One for each time it started, the latest last. */
  readonly #writers: KafkaWriter[] = [];
  readonly #refused: string[] = [];
  #restarts = 0;
  #stopping = false;
  #doing: Promise<void> = Promise.resolve();

  /**
   * @param kind - what kind of client it is; nobody else may use it
   * @param configured - makes the client from its configuration
   */
  constructor(kind: string, configured: () => Kafka) {
    this.#kind = kind;
    this.#configured = configured;
  }

  /** Sends so many messages after what it sends already; default: until it stops. It connects first, and tries that until it stops as well. */
  write(count: number = Number.POSITIVE_INFINITY): void {
    const writer = this.#writers.at(-1) ?? this.#start();
    this.#doing = this.#doing.then(() => writer.write(count));
  }

  /** Ends the client, makes it anew and writes on. */
  restart(): void {
    const before = this.#writers.at(-1);
    const done = this.#doing;
    this.#restarts += 1;
    this.#doing = end(before, done);
    this.#start();
    this.write();
  }

  /** Waits for the messages in flight. */
  async stop(): Promise<void> {
    this.#stopping = true;
    await this.#writers.at(-1)?.stop();
    await this.#doing;
  }

  /** Stops and leaves the brokers. */
  async close(): Promise<void> {
    await this.stop();
    await this.#writers.at(-1)?.close();
  }

  /** Whether one more client with this configuration gets a message through. */
  async reaches(): Promise<boolean> {
    const writer = new KafkaWriter(this.#configured(), TOPIC, `${this.#kind}/late/`);
    try {
      await writer.connect();
      await writer.write(1);
      return writer.report.acknowledged === 1;
    } catch {
      return false;
    } finally {
      await writer.close();
    }
  }

  get load(): Load {
    const reports = this.#writers.map(({ report }) => report);
    return {
      kind: this.#kind,
      acknowledged: reports.reduce((sum, { acknowledged }) => sum + acknowledged, 0),
      failed: [...this.#refused, ...reports.flatMap(({ failed }) => failed)],
      again: this.#restarts,
      longestMs: Math.max(0, ...reports.map(({ slowestMs }) => slowestMs)),
    };
  }

  /** Acknowledged messages that are not among these. */
  missingFrom(read: ReadonlySet<string>): readonly string[] {
    return this.#writers.flatMap((writer) => writer.missingFrom(read));
  }

  #start(): KafkaWriter {
    const writer = new KafkaWriter(this.#configured(), TOPIC, `${this.#kind}/${this.#writers.length}/`);
    this.#writers.push(writer);
    this.#doing = this.#doing.then(() => this.#connect(writer));
    return writer;
  }

  async #connect(writer: KafkaWriter): Promise<void> {
    while (!this.#stopping) {
      try {
        return await writer.connect();
      } catch (error) {
        this.#refused.push(`connect: ${error}`);
      }
    }
  }
}

/** The messages in flight come first: a producer that disconnects fails them. */
async function end(writer: KafkaWriter | undefined, done: Promise<void>): Promise<void> {
  await writer?.stop();
  await done;
  await writer?.close();
}
