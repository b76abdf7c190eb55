import { type Clock, type Endpoint, type FetchContext, type MetadataSource, systemClock } from "@rollcall/core";
import { type HttpGet, httpGet } from "./http-get.js";
import { NameserverOrigins } from "./nameserver-origins.js";
import { probeNameserver } from "./nameserver-probe.js";
import { remotingTransport } from "./remoting-transport.js";
import { nameserverEndpoints, type RocketmqNameservers, readStoredNameservers, sameNameservers } from "./rocketmq-nameservers-metadata.js";
import {
  type RocketmqNameserversOptions,
  type RocketmqNameserversSettings,
  rocketmqNameserversSettings,
} from "./rocketmq-nameservers-options.js";
import type { RocketmqClientOptions } from "./rocketmq-options.js";
import type { RocketmqTransport } from "./rocketmq-transport.js";

/** What the source of nameservers reaches the world through; files it reads by itself. */
export interface NameserversContext {
  readonly transport: (client: RocketmqClientOptions) => RocketmqTransport;
  readonly get: HttpGet;
  readonly clock: Clock;
}

/**
 * The nameservers of a RocketMQ cluster, as HTTP address servers, DNS, files or a list name them: nameservers do not know of each other. Only a list that is valid from its first to its last byte
 * is believed. Whether a nameserver serves is asked every 30 s and on suspicion, over the remoting protocol: one that accepts connections may be stopped, and one that has
 * just started may not be ready. Between polls and probes there is no connection.
 *
 * Fetching rejects with `UNAVAILABLE`, `TIMEOUT`, `UNAUTHENTICATED`, `MALFORMED_RESPONSE` or `EMPTY_METADATA` when nobody can be read, naming each place and what is wrong there.
 *
 * @throws DiscoveryError `INVALID_OPTIONS` naming the option, what was given and what is allowed.
 */
export function rocketmqNameservers(options: RocketmqNameserversOptions): MetadataSource<RocketmqNameservers> {
  return rocketmqNameserversSource(options, { transport: remotingTransport, get: httpGet, clock: systemClock });
}

/** `rocketmqNameservers` with a transport, HTTP and a clock of one's own. */
export function rocketmqNameserversSource(
  options: RocketmqNameserversOptions,
  context: NameserversContext,
): MetadataSource<RocketmqNameservers> {
  return new RocketmqNameserversSource(rocketmqNameserversSettings(options), context);
}

class RocketmqNameserversSource implements MetadataSource<RocketmqNameservers> {
  readonly key: string;
  /** An address server knows nothing of health. */
  readonly probeEveryMs = 30_000;
  readonly #topic: string;
  readonly #transport: RocketmqTransport;
  readonly #origins: NameserverOrigins;

  constructor(settings: RocketmqNameserversSettings, { transport, ...context }: NameserversContext) {
    this.#topic = settings.topic;
    this.#transport = transport({ tls: settings.tls, acl: settings.acl });
    this.#origins = new NameserverOrigins(settings, context);
    this.key = `rocketmq-nameservers:${this.#origins.names.join(" + ")}`;
  }

  fetch(context: FetchContext<RocketmqNameservers>): Promise<RocketmqNameservers> {
    return this.#origins.read(context);
  }

  endpoints(metadata: RocketmqNameservers): readonly Endpoint[] {
    return nameserverEndpoints(metadata);
  }

  sameMetadata(before: RocketmqNameservers, after: RocketmqNameservers): boolean {
    return sameNameservers(before, after);
  }

  probe(endpoint: Endpoint, { signal }: { readonly signal: AbortSignal }): Promise<void> {
    return probeNameserver(endpoint, { transport: this.#transport, topic: this.#topic, signal });
  }

  restore(stored: unknown): RocketmqNameservers {
    return readStoredNameservers(stored);
  }
}
