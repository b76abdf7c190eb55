import { MetadataPoller } from "@rollcall/core";
import { bootstrapBrokers, type KafkaCluster, kafkaBrokers } from "@rollcall/kafka";
import { kafkaApplication } from "@rollcall/testbed";
import type { Cast, Direction, Load, Membership, Words } from "../cast.js";
import type { ReadableKafka } from "./cluster.js";
import { ProducerLoad } from "./producer-load.js";

/** A fraction of what the replacement takes: a client that is idle gives no hint that the brokers go. */
const INTERVAL_MS = 1_000;
/** What the idle producer sends before it falls idle. */
const FEW = 10;

/** Three kafkajs clients in the situations that end others once all brokers have been replaced; while they are busy, kafkajs follows by itself. */
export class KafkaCast implements Cast {
  readonly words: Words = { write: "message", again: "restarts", longest: "slowest write" };
  readonly #poller: MetadataPoller<KafkaCluster>;
  readonly #originals: readonly string[];
  readonly #kafka: ReadableKafka;
  readonly #busy: ProducerLoad;
  readonly #idle: ProducerLoad;
  readonly #restarted: ProducerLoad;
  readonly #control: ProducerLoad;

  constructor(kafka: ReadableKafka) {
    this.#kafka = kafka;
    this.#originals = this.#listed;
    const { client } = kafka.cluster;
    const seeds = this.#originals;
    this.#poller = new MetadataPoller(kafkaBrokers({ seeds, client }), { intervalMs: INTERVAL_MS });
    const brokers = bootstrapBrokers(this.#poller);
    const live = () => kafkaApplication(client, brokers);
    this.#busy = new ProducerLoad("busy producer", live);
    this.#idle = new ProducerLoad("idle producer", live);
    this.#restarted = new ProducerLoad("restarted producer", live);
    this.#control = new ProducerLoad("fixed list, no discovery", () => kafkaApplication(client, [...seeds]));
  }

  get memberships(): readonly Membership[] {
    return [{ member: "broker", poller: this.#poller, originals: this.#originals, listed: this.#listed }];
  }

  get clients(): readonly Load[] {
    return this.#clients.map(({ load }) => load);
  }

  get control(): Load {
    return this.#control.load;
  }

  async play({ say, pause }: Direction): Promise<void> {
    say("Three producers on one poller that asks every second; one falls idle soon. The control was given the same addresses, once.");
    for (const producer of [this.#busy, this.#restarted, this.#control]) producer.write();
    this.#idle.write(FEW);
    await pause();
    say(`Replacing all ${this.#originals.length}: new brokers join, every partition moves over, then the old ones leave, one by one.`);
    await this.#kafka.cluster.replaceAll();
    say("No original address is left, not even a seed. Clients that were busy have learned the new ones, the control too.");
    await pause();
    say("The idle producer wakes. Every broker that it had learned is gone.");
    this.#idle.write();
    await pause();
    say("One client restarts with the configuration of its first day, and so does the control.");
    for (const producer of [this.#restarted, this.#control]) producer.restart();
    await pause();
  }

  async stop(): Promise<void> {
    await Promise.all(this.#everybody.map((producer) => producer.stop()));
  }

  async lost(): Promise<readonly number[]> {
    const missing = (read: ReadonlySet<string>) => this.#clients.map((producer) => producer.missingFrom(read).length);
    return missing(await this.#kafka.read((read) => missing(read).every((count) => count === 0)));
  }

  async isControlDead(): Promise<boolean> {
    return !(await this.#control.reaches());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#everybody.map((producer) => producer.close()));
    await this.#poller.close();
  }

  get #listed(): readonly string[] {
    return this.#kafka.cluster.brokers.map(({ address }) => address);
  }

  get #clients(): readonly ProducerLoad[] {
    return [this.#busy, this.#idle, this.#restarted];
  }

  get #everybody(): readonly ProducerLoad[] {
    return [...this.#clients, this.#control];
  }
}
