import { DiscoveryError, type EndpointFeed, hostPort, type Snapshot, type Subscription } from "@rollcall/core";
import { type BootstrapBrokersOptions, type BootstrapBrokersSettings, bootstrapBrokersSettings } from "./bootstrap-brokers-options.js";
import { bootstrapTiers, chooseBootstrap } from "./bootstrap-choice.js";
import { Patience } from "./bootstrap-patience.js";
import { BootstrapSeeds } from "./bootstrap-seeds.js";
import { kafkaRefusal } from "./kafka-options.js";

/** A function for the option `brokers` of `new Kafka`. Ends with its feed; dispose it if the feed outlives its clients. */
export interface BootstrapBrokers extends Disposable, AsyncDisposable {
  /** Resolves with one `host:port`. Never rejects. */
  (): Promise<string[]>;
  /** Leaves the feed; whoever waits is answered at once. Later calls answer with what is known, and ask the feed for nothing. */
  [Symbol.dispose](): void;
  /** The same. */
  [Symbol.asyncDispose](): Promise<void>;
}

/** RFC 2606: it never resolves. kafkajs tries again, and its log says why. */
const NOBODY = "no-kafka-broker-is-known-yet.invalid:9092";

/** kafkajs calls only when it has no connection: two calls within this time are a client whose pick failed, or clients that start. */
const FAILED_WITHIN_MS = 5_000;

/**
 * The live bootstrap addresses of a feed as the option `brokers` of `new Kafka`; any number of clients can share them.
 *
 * kafkajs asks for them when a client connects first, and whenever one has lost every broker it knew (kafkajs `src/cluster/brokerPool.js`). Each
 * call is answered with one address, so that the order is not kafkajs's: brokers in use in `rack`, the other brokers in use, those set
 * aside, the seeds; among equals the one handed out least recently. While the poller is lost as well, all of them and the seeds take
 * turns. With nobody at all the answer is a name that never resolves: on an empty list kafkajs would give up.
 *
 * The first call subscribes, and that lasts until this is disposed or the feed closes, so that a client which slept wakes among living
 * brokers. Every further call makes the poller ask soon, and one within 5 s makes it look at the broker that was handed out before.
 *
 * @param feed - usually a `MetadataPoller` of `kafkaBrokers`
 * @throws DiscoveryError `INVALID_OPTIONS` when `feed` is no feed, or for a bad option
 */
export function bootstrapBrokers(feed: EndpointFeed, options: BootstrapBrokersOptions = {}): BootstrapBrokers {
  if (typeof feed?.subscribe !== "function") {
    throw kafkaRefusal("INVALID_OPTIONS", "the first argument is not an endpoint feed; pass a MetadataPoller");
  }
  const bootstrap = new Bootstrap(feed, bootstrapBrokersSettings(options));
  return Object.assign(async () => [await bootstrap.next()], {
    [Symbol.dispose]: () => bootstrap.end(),
    [Symbol.asyncDispose]: async () => bootstrap.end(),
  });
}

class Bootstrap {
  readonly #feed: EndpointFeed;
  readonly #settings: BootstrapBrokersSettings;
  readonly #patience: Patience;
  readonly #seeds: BootstrapSeeds;
  #life: "unused" | "used" | "ended" = "unused";
  #subscription: Subscription | undefined;
  /** What was handed out, each address once, the latest last; without those that are not listed any more. */
  #recent: readonly string[] = [];
  #latest: { readonly address: string; readonly at: number } | undefined;

  constructor(feed: EndpointFeed, settings: BootstrapBrokersSettings) {
    this.#feed = feed;
    this.#settings = settings;
    this.#patience = new Patience(settings.clock, settings.waitMs);
    this.#seeds = new BootstrapSeeds(settings.seeds, this.#patience);
  }

  async next(): Promise<string> {
    const { rack, clock } = this.#settings;
    this.#listen();
    const tiers = bootstrapTiers(await this.#snapshot(), rack);
    const known = tiers.flat();
    const lost = this.#isLost();
    const seeds = lost || known.length === 0 ? await this.#seeds.read() : [];
    const address = chooseBootstrap({ tiers, seeds, lost, recent: this.#recent, random: () => clock.random() });
    if (address === undefined) return NOBODY;
    const listed = new Set([...known, ...seeds]);
    this.#recent = [...this.#recent.filter((text) => text !== address && listed.has(text)), address];
    this.#latest = { address, at: clock.now() };
    return address;
  }

  end(): void {
    this.#life = "ended";
    this.#patience.end();
    this.#subscription?.[Symbol.dispose]();
  }

  #listen(): void {
    const before = this.#life;
    if (before === "ended") return;
    this.#life = "used";
    try {
      if (before === "unused") this.#subscription = this.#feed.subscribe(() => undefined);
      else this.#hint();
    } catch {
      // A feed that is closed. What it knew, and the seeds, are good for an answer all the same.
    }
  }

  /** Being called again says that some client has lost its brokers. */
  #hint(): void {
    const { address, at = Number.NEGATIVE_INFINITY } = this.#latest ?? {};
    const sinceMs = Math.round(this.#settings.clock.now() - at);
    const suspect = address !== undefined && sinceMs < FAILED_WITHIN_MS ? hostPort.parse(address) : undefined;
    if (suspect !== undefined) {
      const message = `kafkajs asked for another broker ${sinceMs} ms after it was given ${address}`;
      this.#feed.suspect(suspect, { cause: new DiscoveryError("UNAVAILABLE", message, { source: "kafka" }) });
    }
    this.#feed.refresh({ signal: AbortSignal.abort(), reason: "kafkajs asked for a broker" }).catch(() => undefined);
  }

  /** The poller cannot say who is up: its polls fail, or it has ended. */
  #isLost(): boolean {
    const { failures, state } = this.#feed.status;
    return failures > 0 || state === "closed";
  }

  async #snapshot(): Promise<Snapshot | undefined> {
    const feed = this.#feed;
    // Once a poll has failed, the next one is no closer than a seed.
    if (feed.snapshot === undefined && this.#life === "used" && feed.status.failures === 0)
      await this.#patience.of((signal) => feed.ready({ signal }));
    return feed.snapshot;
  }
}
