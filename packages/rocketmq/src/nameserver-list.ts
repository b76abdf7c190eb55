import {
  type Clock,
  type DiscoveryError,
  type EndpointFeed,
  hostPort,
  isDiscoveryError,
  MetadataPoller,
  type Snapshot,
  type WatchContext,
} from "@rollcall/core";
import { httpGet } from "./http-get.js";
import { linkedAbort } from "./linked-abort.js";
import type { RocketmqNameservers } from "./rocketmq-nameservers-metadata.js";
import { rocketmqNameserversSource } from "./rocketmq-nameservers-source.js";
import type { RocketmqClientOptions, RocketmqSettings } from "./rocketmq-options.js";
import { rocketmqRefusal } from "./rocketmq-refusal.js";
import type { RocketmqAddress, RocketmqTransport } from "./rocketmq-transport.js";

/** What a source that asks nameservers reaches the world through. */
export interface RocketmqContext {
  readonly transport: (client: RocketmqClientOptions) => RocketmqTransport;
  readonly clock: Clock;
}

/** Somebody to ask. */
export interface Nameserver {
  /** `host:port`, as it is dialled. */
  readonly name: string;
  readonly address: RocketmqAddress;
}

/**
 * The nameservers that can be asked now: those of a feed. A list that was given becomes one: a poller of our own on it, which then asks whether each of them serves. It is subscribed to for
 * as long as this is watched, no longer.
 */
export class NameserverList {
  readonly #feed: EndpointFeed<RocketmqNameservers>;
  readonly #clock: Clock;
  /** Closes our own poller; a feed is its owner's. */
  readonly close: () => Promise<void>;
  #lastAnswered: ReadonlySet<string> = new Set();
  /** Who was in use when somebody was last asked. */
  #asked: string | undefined;
  #isAwaited = false;

  constructor({ nameservers, tls, acl }: RocketmqSettings, context: RocketmqContext) {
    this.#clock = context.clock;
    if ("subscribe" in nameservers) {
      this.#feed = nameservers;
      this.close = () => Promise.resolve();
    } else {
      const source = rocketmqNameserversSource({ from: { seeds: nameservers }, tls, acl }, { ...context, get: httpGet });
      const poller = new MetadataPoller(source, { clock: context.clock });
      this.#feed = poller;
      this.close = () => poller.close();
    }
  }

  /**
   * Resolves once a list is known.
   *
   * @param timeoutMs - of the poll: half of it is waited for a list at most, so that the poll can say what is missing
   * @throws DiscoveryError with the reason for which no list can be had: `CLOSED` if the feed is closed. When the signal fires, its reason.
   */
  async known({ signal, timeoutMs }: { readonly signal: AbortSignal; readonly timeoutMs?: number | undefined }): Promise<void> {
    if (this.#feed.status.state === "closed") throw rocketmqRefusal("CLOSED", FEED_CLOSED);
    if (this.#feed.snapshot !== undefined) return;
    const waiting = linkedAbort(signal);
    const timer = timeoutMs === undefined ? undefined : this.#clock.setTimeout(() => waiting.abort(undefined), timeoutMs / 2);
    this.#isAwaited = true;
    try {
      await this.#feed.ready({ signal: waiting.signal });
    } catch (error) {
      signal.throwIfAborted();
      throw unknownList(error);
    } finally {
      this.#isAwaited = false;
      this.#clock.clearTimeout(timer);
      waiting.unlink();
    }
  }

  /**
   * Whom to ask, besides those tried: whoever answered last time, so that a process goes on with the same, then the others in any order, so that a fleet does not begin with the same. Those
   * that do not serve only if nobody else is left.
   */
  candidates(tried: ReadonlySet<string>): readonly Nameserver[] {
    const { endpoints = [], aside = [] } = this.#feed.snapshot ?? {};
    this.#asked = namesOf(endpoints);
    const row = this.#inOrder(endpoints, tried);
    return row.length > 0 ? row : this.#inOrder(aside, tried);
  }

  /** Whether a nameserver is listed still: what one says that was removed must not count. */
  lists(name: string): boolean {
    const { endpoints = [], aside = [] } = this.#feed.snapshot ?? {};
    return [endpoints, aside].some((some) => some.some((endpoint) => hostPort.format(endpoint) === name));
  }

  /** These have answered. */
  answered(names: Iterable<string>): void {
    this.#lastAnswered = new Set(names);
  }

  /** This one has failed us: it is asked whether it serves. */
  suspect({ address }: Nameserver, cause: DiscoveryError): void {
    this.#feed.suspect(address, { cause });
  }

  /**
   * Subscribes until the signal fires. Polls when other nameservers are in use than were asked last.
   *
   * @param moved - called when the list may have changed, before that
   * @throws DiscoveryError `CLOSED` if the feed is closed.
   */
  watch({ signal, changed }: WatchContext, moved: () => void): void {
    const update = ({ endpoints }: Snapshot): void => {
      moved();
      if (!this.#isAwaited && namesOf(endpoints) !== this.#asked) changed();
    };
    // With metadata: who was set aside and is then removed changes nobody who is in use.
    this.#feed.subscribe(update, { metadata: true, signal });
  }

  #inOrder(endpoints: readonly RocketmqAddress[], tried: ReadonlySet<string>): readonly Nameserver[] {
    // By name: two that `mapEndpoint` gave one address are one, and no witness for each other.
    const left = new Map(endpoints.map(nameserver).map((each) => [each.name, each]));
    for (const name of tried) left.delete(name);
    const place = (name: string): number => this.#clock.random() + (this.#lastAnswered.has(name) ? 0 : 1);
    const placed = Array.from(left.values(), (each) => ({ each, at: place(each.name) }));
    return placed.sort((a, b) => a.at - b.at).map(({ each }) => each);
  }
}

const FEED_CLOSED =
  "the feed of nameservers is closed, so nobody keeps their list: make a new poller on rocketmqNameservers, and a new source on it";

function unknownList(error: unknown): DiscoveryError {
  // The feed still waits: why is the cause of the error that ended our waiting.
  const why = isDiscoveryError(error) && error.code === "ABORTED" ? error.cause : error;
  if (!isDiscoveryError(why)) return rocketmqRefusal("UNAVAILABLE", "no list of nameservers is known yet", error);
  if (why.code === "CLOSED") return rocketmqRefusal("CLOSED", FEED_CLOSED, why);
  return rocketmqRefusal(why.code, `no list of nameservers is known: ${why.message}`, why);
}

function nameserver({ host, port }: RocketmqAddress): Nameserver {
  const address = { host, port };
  return { name: hostPort.format(address), address };
}

function namesOf(endpoints: readonly RocketmqAddress[]): string {
  return endpoints.map(hostPort.format).join(",");
}
