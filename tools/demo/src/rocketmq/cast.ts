import { MetadataPoller } from "@rollcall/core";
import {
  type NameServerArray,
  type NsaddrServer,
  nameServerArray,
  nsaddrServer,
  type RocketmqNameservers,
  type RocketmqTopicRoutes,
  rocketmqNameservers,
  rocketmqTopicRoute,
} from "@rollcall/rocketmq";
import type { Cast, Direction, Load, Membership, Words } from "../cast.js";
import { type ReadableRocketmq, TOPIC } from "./cluster.js";
import { Operator } from "./operator.js";
import { ProducerLoad } from "./producer-load.js";

/** A fraction of what the replacement takes; but a poll may take its time on a busy machine. */
const EAGER = { intervalMs: 500, timeoutMs: 5_000 };
/** How often clients look at the routes; by themselves every 30 s, for which nobody would wait here. */
const CLIENT_POLL_MS = 500;
/** How many times as long it takes until every client has surely begun and ended to look. */
const SURELY = 2;

/** How clients get their nameservers from Rollcall. */
interface Lookups {
  readonly array: NameServerArray;
  readonly server: NsaddrServer;
}

/** Three ali-ons producers that get their nameservers from Rollcall, in both ways there are, while all nameservers and then all brokers are replaced. */
export class RocketmqCast implements Cast {
  readonly words: Words = { write: "message", again: "restarts", longest: "longest gap" };
  readonly #nameservers: MetadataPoller<RocketmqNameservers>;
  readonly #routes: MetadataPoller<RocketmqTopicRoutes>;
  readonly #lookups: Lookups;
  readonly #cluster: ReadableRocketmq["cluster"];
  readonly #operator: Operator;
  readonly #array: ProducerLoad;
  readonly #nsaddr: ProducerLoad;
  readonly #restarted: ProducerLoad;
  readonly #control: ProducerLoad;
  /** By `performance.now()`: since when nobody is there whom the control knows. */
  #aloneSince = Number.POSITIVE_INFINITY;

  private constructor(rocketmq: ReadableRocketmq, nameservers: MetadataPoller<RocketmqNameservers>, lookups: Lookups) {
    const { cluster } = rocketmq;
    this.#cluster = cluster;
    this.#operator = new Operator(rocketmq);
    this.#nameservers = nameservers;
    this.#lookups = lookups;
    this.#routes = new MetadataPoller(rocketmqTopicRoute({ topics: [TOPIC], nameservers, ...cluster.client }), EAGER);
    const pollMs = CLIENT_POLL_MS;
    const nsaddr = { addressServer: lookups.server.url };
    const fixed = { nameservers: [...cluster.addressServer.addresses] };
    this.#array = new ProducerLoad({ kind: "on the array", name: "array", lookup: { nameservers: lookups.array }, pollMs });
    this.#nsaddr = new ProducerLoad({ kind: "on nsaddr", name: "nsaddr", lookup: nsaddr, pollMs });
    this.#restarted = new ProducerLoad({ kind: "on nsaddr, restarted", name: "restarted", lookup: nsaddr, pollMs });
    this.#control = new ProducerLoad({ kind: "fixed list, no discovery", name: "control", lookup: fixed, pollMs });
  }

  /** Resolves once Rollcall knows the nameservers of the cluster's address server. */
  static async on(rocketmq: ReadableRocketmq): Promise<RocketmqCast> {
    const { addressServer, client } = rocketmq.cluster;
    const nameservers = new MetadataPoller(rocketmqNameservers({ from: { addressServer: addressServer.url }, ...client }), EAGER);
    try {
      const array = await nameServerArray(nameservers);
      return new RocketmqCast(rocketmq, nameservers, { array, server: await nsaddrServer(nameservers) });
    } catch (error) {
      await nameservers.close();
      throw error;
    }
  }

  get memberships(): readonly Membership[] {
    const { originals, brokers } = this.#operator;
    return [
      {
        member: "nameserver",
        poller: this.#nameservers,
        originals: addressesOf(originals.nameservers),
        listed: this.#cluster.addressServer.addresses,
      },
      { member: "broker", poller: this.#routes, originals: addressesOf(originals.brokers), listed: addressesOf(brokers) },
    ];
  }

  get clients(): readonly Load[] {
    return this.#clients.map(({ load }) => load);
  }

  get control(): Load {
    return this.#control.load;
  }

  async play({ say, pause }: Direction): Promise<void> {
    say(
      "Three ali-ons producers get their nameservers from Rollcall, which asks twice a second. The control was given the same list, once.",
    );
    await Promise.all(this.#everybody.map((producer) => producer.start()));
    await pause();
    await this.#operator.replaceNameservers(this.#nameservers, say);
    say("No original nameserver is left. The control has not noticed: it goes on by the last routes that it was told.");
    await pause();
    await this.#operator.replaceBrokers(this.#routes, SURELY * CLIENT_POLL_MS, say);
    say("No original address is left. The control is not told of any other.");
    await pause();
    this.#aloneSince = performance.now();
    say("One client restarts with the configuration of its first day, which is a URL.");
    await this.#restarted.restart();
    await pause();
  }

  async stop(): Promise<void> {
    await Promise.all(this.#everybody.map((producer) => producer.stop()));
  }

  async lost(): Promise<readonly number[]> {
    const read = await this.#operator.messages();
    return this.#clients.map((producer) => producer.missingFrom(read).length);
  }

  async isControlDead(): Promise<boolean> {
    return this.#control.isDeadSince(this.#aloneSince);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // A client that closes asks for its nameservers once more.
    await Promise.all(this.#everybody.map((producer) => producer.close()));
    await this.#lookups.server.close();
    await this.#routes.close();
    await this.#nameservers.close();
  }

  get #clients(): readonly ProducerLoad[] {
    return [this.#array, this.#nsaddr, this.#restarted];
  }

  get #everybody(): readonly ProducerLoad[] {
    return [...this.#clients, this.#control];
  }
}

function addressesOf(servers: readonly { readonly address: string }[]): readonly string[] {
  return servers.map(({ address }) => address);
}
