import { setTimeout as wait } from "node:timers/promises";
import { type Endpoint, MetadataPoller, type Snapshot } from "@rollcall/core";
import { rocketmqBrokers } from "@rollcall/rocketmq";
import type { RocketmqTestBroker, RocketmqTestNameserver } from "@rollcall/rocketmq/simulator";
import { type ReadableRocketmq, TOPIC } from "./cluster.js";

/** How often it is looked whether a nameserver knows the brokers. */
const LOOK_EVERY_MS = 100;

type Say = (text: string) => void;

/** A poller, as far as an operator watches it. */
type Watched = AsyncIterable<Snapshot>;

/** Replaces everything in the order that costs clients nothing: newcomers are known before anybody goes, and nobody stops while a client may still use it. */
export class Operator {
  /** The nameservers and brokers that the cluster began with. */
  readonly originals: { readonly nameservers: readonly RocketmqTestNameserver[]; readonly brokers: readonly RocketmqTestBroker[] };
  readonly #rocketmq: ReadableRocketmq;
  readonly #stopped = new Set<RocketmqTestBroker>();
  readonly #read = new Set<string>();

  constructor(rocketmq: ReadableRocketmq) {
    const { cluster, successors } = rocketmq;
    this.#rocketmq = rocketmq;
    // Copies: the lists of a cluster may grow.
    this.originals = { nameservers: cluster.nameservers.filter((one) => !successors.includes(one)), brokers: [...cluster.brokers] };
  }

  /** The brokers that the cluster has now. */
  get brokers(): readonly RocketmqTestBroker[] {
    return this.#rocketmq.cluster.brokers.filter((broker) => !this.#stopped.has(broker));
  }

  /** All of them. Each one stops when `poller` has noticed that it is not listed any more. */
  async replaceNameservers(poller: Watched, say: Say): Promise<void> {
    const { cluster, successors } = this.#rocketmq;
    const { nameservers } = this.originals;
    say(
      `Replacing all ${nameservers.length} nameservers: new ones are listed once they know the brokers, then the old ones leave, one by one.`,
    );
    await Promise.all(successors.map((successor) => cluster.start(successor)));
    await Promise.all(successors.map((successor) => this.#informed(successor)));
    await this.#list([...nameservers, ...successors], poller);
    for (const [at, nameserver] of nameservers.entries()) {
      await this.#list([...nameservers.slice(at + 1), ...successors], poller);
      await cluster.stop(nameserver);
      say(`${nameserver.address} was taken off the list, and has stopped.`);
    }
  }

  /** All of them. Each one stops when `poller` has noticed that it may not be written to, and clients, in so many milliseconds, as well. */
  async replaceBrokers(poller: Watched, clientMs: number, say: Say): Promise<void> {
    const { brokers } = this.originals;
    say(
      `Replacing all ${brokers.length} brokers, one by one: a new one joins, nobody may write to the old one, clients notice, then it leaves.`,
    );
    for (const broker of brokers) {
      await this.#addBroker();
      await this.#rocketmq.cluster.setWritable(broker.name, false);
      await seen(poller, (used) => !used.some(({ id, attributes }) => id === broker.address && attributes?.["writable"] !== false));
      await wait(clientMs);
      await this.#readBack(broker);
      await this.#rocketmq.cluster.stop(broker);
      this.#stopped.add(broker);
      say(`${broker.address} was read to its end, and has stopped.`);
    }
  }

  /** Every message: of the brokers that have stopped, as it was then. */
  async messages(): Promise<ReadonlySet<string>> {
    await Promise.all(this.brokers.map((broker) => this.#readBack(broker)));
    return this.#read;
  }

  /** Resolves once the poller uses exactly these. */
  async #list(nameservers: readonly RocketmqTestNameserver[], poller: Watched): Promise<void> {
    const addresses = nameservers.map(({ address }) => address);
    this.#rocketmq.cluster.addressServer.addresses = addresses;
    await seen(poller, (used) => used.length === addresses.length && used.every(({ id }) => addresses.includes(id)));
  }

  /** Resolves once a nameserver that has just started lists all brokers: they register when they next do. */
  async #informed({ address }: RocketmqTestNameserver): Promise<void> {
    const { client } = this.#rocketmq.cluster;
    const times = { intervalMs: LOOK_EVERY_MS, minIntervalMs: LOOK_EVERY_MS };
    await using poller = new MetadataPoller(rocketmqBrokers({ nameservers: [address], ...client }), times);
    await seen(poller, (listed) => this.brokers.every(({ address: broker }) => listed.some(({ id }) => id === broker)));
  }

  async #addBroker(): Promise<void> {
    const { cluster, successors } = this.#rocketmq;
    const broker = await cluster.addBroker({ nameservers: successors });
    await cluster.createTopic(TOPIC, { brokers: [broker] });
  }

  async #readBack(broker: RocketmqTestBroker): Promise<void> {
    for (const message of await this.#rocketmq.read(broker)) this.#read.add(message);
  }
}

/** Resolves once what a poller says to use is as it should be. */
async function seen(poller: Watched, isRight: (used: readonly Endpoint[]) => boolean): Promise<void> {
  for await (const { endpoints } of poller) {
    if (isRight(endpoints)) return;
  }
}
