import { AliOnsProducer, type RocketmqLoad, type SendReport } from "@rollcall/testbed";
import type { Load } from "../cast.js";
import { TOPIC } from "./cluster.js";

/** How a client is configured, once for all. */
export interface Configuration extends Pick<RocketmqLoad, "lookup" | "pollMs"> {
  /** What kind of client it is. */
  readonly kind: string;
  /** What its messages begin with, in small letters; nobody else may use it. */
  readonly name: string;
}

/** One start of a client. */
interface Run {
  readonly producer: AliOnsProducer;
  /** How it stood when it stopped: a gap grows for ever in one that sends no more. */
  end?: SendReport;
}

/** A stock ali-ons producer that sends steadily, and that can start again the way it started first: with its configuration and nothing else. */
export class ProducerLoad {
  readonly #configuration: Configuration;
  /** The latest last. */
  readonly #runs: Run[] = [];

  constructor(configuration: Configuration) {
    this.#configuration = configuration;
  }

  /** Begins to send. Rejects with what ali-ons says when it cannot look up its nameservers. */
  async start(): Promise<void> {
    const { lookup, pollMs, name } = this.#configuration;
    const producer = new AliOnsProducer({ lookup, pollMs, topic: TOPIC, name: `${name}-${this.#runs.length}` });
    this.#runs.push({ producer });
    await producer.start();
  }

  /** Ends the client and makes it anew. */
  async restart(): Promise<void> {
    await this.close();
    await this.start();
  }

  /** Waits for the messages in flight. */
  async stop(): Promise<void> {
    const run = this.#runs.at(-1);
    if (run === undefined) return;
    await run.producer.stop();
    run.end ??= run.producer.report;
  }

  /** Stops and leaves the brokers. */
  async close(): Promise<void> {
    await this.stop();
    await this.#runs.at(-1)?.producer[Symbol.asyncDispose]();
  }

  /** Whether it has sent since, by `performance.now()`, and nothing got through. */
  isDeadSince(since: number): boolean {
    const producer = this.#runs.at(-1)?.producer;
    return producer?.acknowledgedAfter(since) === 0 && (producer.lastFailedAt ?? since) > since;
  }

  get load(): Load {
    const reports = this.#runs.map(({ producer, end = producer.report }) => end);
    return {
      kind: this.#configuration.kind,
      acknowledged: reports.reduce((sum, { ok }) => sum + ok, 0),
      failed: reports.flatMap(({ failed, flowControl }) => [...failed, ...Array<string>(flowControl).fill("refused by a busy broker")]),
      again: Math.max(0, this.#runs.length - 1),
      longestMs: Math.max(0, ...reports.map(({ longestGapMs }) => longestGapMs)),
    };
  }

  /** Acknowledged messages that are not among these. */
  missingFrom(read: ReadonlySet<string>): readonly string[] {
    return this.#runs.flatMap(({ producer }) => producer.missingFrom(read));
  }
}
