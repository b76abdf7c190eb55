import type { EndpointFeed } from "@rollcall/core";
import { type BootstrapBrokersOptions, bootstrapBrokersSettings } from "./bootstrap-brokers-options.js";
import { BootstrapPicks } from "./bootstrap-picks.js";
import { kafkaRefusal } from "./kafka-options.js";
import type { KafkaClientOptions, KafkaTransport } from "./kafka-transport.js";
import { kafkajsTransport } from "./kafkajs-transport.js";

/** A function for the option `brokers` of `new Kafka`. Ends with its feed; dispose it if the feed outlives its clients. */
export interface BootstrapBrokers extends Disposable, AsyncDisposable {
  /** Resolves with one `host:port`. Never rejects. */
  (): Promise<string[]>;
  /** Leaves the feed; whoever waits is answered at once. Later calls answer with what is known, and ask the feed for nothing. */
  [Symbol.dispose](): void;
  /** The same. */
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * The live bootstrap addresses of a feed as the option `brokers` of `new Kafka`; any number of clients can share them.
 *
 * kafkajs asks for them when a client connects first, and whenever one has lost every broker it knew (kafkajs `src/cluster/brokerPool.js`). Each
 * call is answered with one address, so that the order is not kafkajs's: brokers in use in `rack`, the other brokers in use, those set
 * aside, the seeds; among equals the one handed out least recently. While the poller is lost as well, all of them and the seeds take
 * turns. With nobody at all the answer is a name that never resolves: on an empty list kafkajs would give up.
 *
 * The first call subscribes, and that lasts until this is disposed or the feed closes, so that a client which slept wakes among living
 * brokers. Every further call makes the poller ask soon, and, without the option `client`, one within 5 s makes it look at the broker that
 * was handed out before.
 *
 * kafkajs never turns away from a broker that accepts connections and says nothing. With the option `client` none is handed out while any
 * other answers in time.
 *
 * @param feed - usually a `MetadataPoller` of `kafkaBrokers`
 * @throws DiscoveryError `INVALID_OPTIONS` when `feed` is no feed, or for a bad option
 */
export function bootstrapBrokers(feed: EndpointFeed, options: BootstrapBrokersOptions = {}): BootstrapBrokers {
  return bootstrapBrokersOver(feed, options, kafkajsTransport);
}

/** `bootstrapBrokers` with a transport of one's own. */
export function bootstrapBrokersOver(
  feed: EndpointFeed,
  options: BootstrapBrokersOptions,
  transport: (client: KafkaClientOptions) => KafkaTransport,
): BootstrapBrokers {
  if (typeof feed?.subscribe !== "function") {
    throw kafkaRefusal("INVALID_OPTIONS", "the first argument is not an endpoint feed; pass a MetadataPoller");
  }
  const settings = bootstrapBrokersSettings(options);
  const picks = new BootstrapPicks(feed, settings, settings.client && transport(settings.client));
  return Object.assign(async () => [await picks.next()], {
    [Symbol.dispose]: () => picks.end(),
    [Symbol.asyncDispose]: async () => picks.end(),
  });
}
