import { type EndpointFeed, type FetchContext, hostPort, MetadataPoller, type MetadataSource, type PollerOptions } from "@rollcall/core";
import { type RecordingSink, recordingSink } from "@rollcall/testkit";
import { expect, onTestFinished } from "vitest";
import type { RocketmqBrokers } from "../../src/rocketmq-brokers-metadata.js";
import { rocketmqBrokersSource } from "../../src/rocketmq-brokers-source.js";
import type { RocketmqNameservers } from "../../src/rocketmq-nameservers-metadata.js";
import type { RocketmqOptions } from "../../src/rocketmq-options.js";
import type { RocketmqTopicRoutes } from "../../src/rocketmq-topic-route-metadata.js";
import { rocketmqTopicRouteSource } from "../../src/rocketmq-topic-route-source.js";
import type { NameserverWorld } from "./nameserver-world.js";

/** A poller on a world's clock, for a sink that remembers. */
export class WorldStage<T> {
  readonly sink: RecordingSink = recordingSink();
  readonly poller: MetadataPoller<T>;
  readonly world: NameserverWorld;

  constructor(world: NameserverWorld, source: MetadataSource<T>, options: PollerOptions) {
    this.world = world;
    this.poller = new MetadataPoller(source, { clock: world.clock, probe: false, ...options });
  }

  /** Who is in use: `b1:10911 b2:10911`. */
  get view(): string {
    return (this.poller.snapshot?.endpoints ?? []).map(({ id }) => id).join(" ");
  }

  /** The answer that is believed. */
  get metadata(): T {
    if (this.poller.snapshot === undefined) throw new Error("nothing is believed yet");
    return this.poller.snapshot.metadata;
  }

  /** Polls once, which takes `ms` with the pause before it, and returns the code of the error, if it failed. */
  async poll(ms = 2_000): Promise<string | undefined> {
    let code: string | undefined;
    this.poller.refresh().catch((error: { readonly code: string }) => {
      code = error.code;
    });
    await this.world.clock.advance(ms);
    return code;
  }
}

/** Polls brokers of a world, without probes; resolves once it had time to answer. */
export function polledBrokers(
  world: NameserverWorld,
  options: RocketmqOptions,
  poll: PollerOptions = {},
): Promise<WorldStage<RocketmqBrokers>> {
  return staged(world, rocketmqBrokersSource(options, world.context), poll);
}

/** Polls the routes of some topics of a world, without probes; resolves once it had time to answer. */
export function polledRoutes(
  world: NameserverWorld,
  { topics, ...options }: RocketmqOptions & { readonly topics: readonly string[] },
  poll: PollerOptions = {},
): Promise<WorldStage<RocketmqTopicRoutes>> {
  return staged(world, rocketmqTopicRouteSource({ topics, ...options }, world.context), poll);
}

async function staged<T>(world: NameserverWorld, source: MetadataSource<T>, options: PollerOptions): Promise<WorldStage<T>> {
  const stage = new WorldStage(world, source, options);
  stage.poller.subscribe(stage.sink);
  onTestFinished(async () => {
    await stage.poller.close();
    expect(stage.sink.problems).toEqual([]);
    expect(world.open.size).toBe(0);
  });
  await world.clock.advance(100);
  return stage;
}

/** The nameservers of a feed that a test writes, on a world's clock. */
export class WorldFeed {
  /** In lists: `n1` stands for `n1:9876`. */
  listed: readonly string[];
  /** Those of them that do not serve. */
  aside: readonly string[] = [];
  /** Whether polling goes on. */
  polls = false;
  /** Whoever was suspected since the last time, once each, by name. */
  readonly suspects = new Set<string>();
  /** What it answers instead. */
  error: unknown;
  readonly poller: MetadataPoller<RocketmqNameservers>;
  readonly #world: NameserverWorld;

  constructor(world: NameserverWorld, listed: readonly string[]) {
    this.#world = world;
    this.listed = listed;
    const source: MetadataSource<RocketmqNameservers> = {
      key: "written",
      fetch: async () => {
        if (this.error !== undefined) throw this.error;
        return { kind: "nameservers", nameservers: this.listed.map((name) => `${name}:9876`), origins: [] };
      },
      endpoints: ({ nameservers }) => nameservers.map((id) => ({ id, ...(hostPort.parse(id) ?? { host: "", port: 0 }) })),
      unavailable: () => this.aside.map((name) => `${name}:9876`),
      watch: ({ signal }) => {
        this.polls = true;
        signal.addEventListener("abort", () => {
          this.polls = false;
        });
      },
    };
    this.poller = new MetadataPoller(source, { clock: world.clock, guard: () => true, intervalMs: 86_400_000 });
  }

  /** As another copy of core would make it: no `MetadataPoller` of ours. */
  get feed(): EndpointFeed<RocketmqNameservers> {
    const { poller, suspects } = this;
    return {
      get snapshot() {
        return poller.snapshot;
      },
      get status() {
        return poller.status;
      },
      ready: (options) => poller.ready(options),
      refresh: (options) => poller.refresh(options),
      suspect: ({ host }) => void suspects.add(host),
      subscribe: (sink, options) => poller.subscribe(sink, options),
    };
  }

  /** From now on these are listed; resolves once sinks have been told. */
  async list(...names: readonly string[]): Promise<void> {
    this.listed = names;
    this.poller.refresh().catch(() => undefined);
    await this.#world.clock.advance(1_000);
  }
}

/** A feed of these nameservers, which it knows already, that is closed when the test ends. */
export async function worldFeed(world: NameserverWorld, ...names: readonly string[]): Promise<WorldFeed> {
  const feed = new WorldFeed(world, names);
  onTestFinished(() => feed.poller.close());
  if (names.length === 0) return feed;
  const ready = feed.poller.ready();
  await world.clock.advance(0);
  await ready;
  return feed;
}

/** What a poller tells a source; nothing is known yet unless given. */
export function context<T>(given: Partial<FetchContext<T>> = {}): FetchContext<T> {
  return { signal: new AbortController().signal, previous: undefined, known: [], attempt: 0, ...given };
}
