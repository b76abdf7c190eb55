import { setImmediate as turn, setTimeout as wait } from "node:timers/promises";

import urllib from "urllib";
import { aliOns, type StockProducer } from "./ali-ons.js";
import { type RocketmqLoad, type RocketmqProducer, SEND_EVERY_MS } from "./rocketmq-producer.js";
import { type SendReport, SendTally } from "./send-tally.js";

const SILENT = { debug() {}, info() {}, warn() {}, error() {} };

/** A stock ali-ons producer under a steady load. */
export class AliOnsProducer implements RocketmqProducer {
  readonly #producer: StockProducer;
  readonly #topic: string;
  readonly #name: string;
  readonly #tally = new SendTally();
  readonly #lookUps = new Set<Promise<unknown>>();
  #stopping = false;
  #running: Promise<unknown> = Promise.resolve();

  /** It looks up its nameservers at once; only one with the same name in this process may live at a time. */
  constructor({ lookup, topic, name, pollMs }: RocketmqLoad) {
    this.#topic = topic;
    this.#name = name;
    // Beside the first producer of a process ali-ons makes another one, for internal use, that it never closes and here never uses.
    aliOns.Producer.defaultProducer ??= {};
    this.#producer = new aliOns.Producer({
      ...("nameservers" in lookup ? { nameSrv: lookup.nameservers } : { onsAddr: lookup.addressServer }),
      httpclient: { request: (url: string, options: object) => this.#lookUp(url, options) },
      logger: SILENT,
      producerGroup: name,
      instanceName: name,
      pollNameServerInteval: pollMs,
    });
    this.#producer.on("error", () => {}); // it goes on; what it costs is counted
  }

  get report(): SendReport {
    return this.#tally.report;
  }

  get lastFailedAt(): number | undefined {
    return this.#tally.lastFailedAt;
  }

  acknowledgedAfter(since: number): number {
    return this.#tally.acknowledgedAfter(since);
  }

  /** Acknowledged bodies that are not among these; must be none when all of the topic was read. They are the producer's name with a number: `name/000001`. */
  missingFrom(read: ReadonlySet<string>): readonly string[] {
    return this.#tally.missingFrom(read);
  }

  async start(): Promise<void> {
    await this.#producer.ready();
    this.#running = this.#send();
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    await this.#running;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    // It says goodbye to every broker that it ever knew, and gives up at the first that is gone.
    await this.#producer.close().catch(() => this.#producer._mqClient.close());
    // It looks up its nameservers whenever a connection closes, its own doing included, and nobody would hear of a failure.
    for (await turn(); this.#lookUps.size > 0; await turn()) await Promise.allSettled(this.#lookUps);
  }

  async #send(): Promise<void> {
    const sends: Promise<void>[] = [];
    while (!this.#stopping) {
      sends.push(this.#sendOne(`${this.#name}/${String(sends.length + 1).padStart(6, "0")}`));
      await wait(SEND_EVERY_MS);
    }
    await Promise.all(sends);
  }

  async #sendOne(body: string): Promise<void> {
    try {
      const { sendStatus } = await this.#producer.send(new aliOns.Message(this.#topic, "load", body));
      if (sendStatus === "SEND_OK") this.#tally.acknowledged(body);
      else this.#tally.failed(sendStatus);
    } catch (error) {
      const { message, code } = error as Error & { readonly code?: number };
      this.#tally.failed(message, code);
    }
  }

  async #lookUp(url: string, options: object): Promise<unknown> {
    const answer = urllib.request(url, options);
    this.#lookUps.add(answer);
    return answer.finally(() => this.#lookUps.delete(answer));
  }
}
