import { checkNumber, checkOptionNames, invalid } from "./check-options.js";
import { type Clock, systemClock } from "./clock.js";
import { diffEndpoints, isEmptyDiff } from "./diff.js";
import { DiscoveryError } from "./discovery-error.js";
import { Draining } from "./draining.js";
import type { Endpoint } from "./endpoint.js";
import type { EndpointFeed, Subscription } from "./endpoint-feed.js";
import type { Snapshot } from "./snapshot.js";

/** A client that is replaced whenever the members it was built from change. */
export interface LiveClient<C> extends AsyncDisposable {
  /**
   * The newest client; undefined before the first and after disposal. Read it for every use: one that was replaced works for
   * `drainMs` more. It stays when the poller closes.
   */
  readonly current: C | undefined;
  /**
   * Resolves with the current client, or the first one. While there is none it rejects with what the last `create` threw (which is
   * tried again all the same), with the poller's error as that of its `ready()`, and with `CLOSED` once the poller closed or this was
   * disposed. Ignoring it is no unhandled rejection.
   */
  ready(): Promise<C>;
  /**
   * Ends the subscription and disposes every client, draining or not. Resolves when that is done and no `create` is in progress; never
   * rejects. Idempotent. Must not be awaited inside `create` or `dispose`.
   */
  [Symbol.asyncDispose](): Promise<void>;
}

type Create<T, C> = (endpoints: readonly Endpoint[], snapshot: Snapshot<T>) => C | Promise<C>;

/**
 * A {@link LiveClient}, for libraries whose clients are constructed with their hosts. It is built from every *listed* member, those set
 * aside included, and anew only when these change: such a client can avoid a host that does not serve, but never learns of
 * one that it was not given. When `create` fails, the client before stays, and `create` is tried again with backoff. It subscribes,
 * so the polling goes on, until it is disposed or the poller closes.
 *
 * @param create - makes a client of the listed members (sorted by id); may take its time, but must settle: what changes meanwhile is
 * built afterwards
 * @param options - `dispose`: closes a client that nobody uses any more; if it fails, the channel `rollcall:sink-error` says so.
 * `drainMs`: how long a replaced client may still be used, in milliseconds. Default 30 000, which outlasts the usual request. 0 to 86 400 000.
 * `clock`: default the system clock.
 * @throws DiscoveryError `INVALID_OPTIONS`, or `CLOSED` when the poller is
 */
export function liveClient<T, C>(
  feed: EndpointFeed<T>,
  create: (endpoints: readonly Endpoint[], snapshot: Snapshot<T>) => C | Promise<C>,
  options: {
    readonly dispose: (client: C) => unknown;
    readonly drainMs?: number | undefined;
    readonly clock?: Clock | undefined;
  },
): LiveClient<C> {
  if (typeof feed?.subscribe !== "function") throw invalid("feed", feed, "an EndpointFeed, such as a MetadataPoller");
  if (typeof create !== "function") throw invalid("create", create, "a function that makes a client");
  checkOptionNames("liveClient", options, ["dispose", "drainMs", "clock"]);
  const { dispose, clock = systemClock } = options;
  if (typeof dispose !== "function") throw invalid("dispose", dispose, "a function that closes a client");
  const drainMs = checkNumber("drainMs", options.drainMs, 30_000, 0, 86_400_000);
  return new Live(feed, create, new Draining(dispose, drainMs, clock));
}

/** Somebody who waits for the first client. */
interface Waiter<C> {
  readonly resolve: (client: C) => void;
  readonly reject: (error: unknown) => void;
}

class Live<T, C> implements LiveClient<C> {
  readonly #feed: EndpointFeed<T>;
  readonly #create: Create<T, C>;
  readonly #draining: Draining<C>;
  readonly #subscription: Subscription;
  readonly #life = new AbortController();
  #built: { readonly client: C; readonly from: readonly Endpoint[] } | undefined;
  #creating = false;
  #failure: { readonly error: unknown } | undefined;
  readonly #waiters = new Set<Waiter<C>>();

  constructor(feed: EndpointFeed<T>, create: Create<T, C>, draining: Draining<C>) {
    this.#feed = feed;
    this.#create = create;
    this.#draining = draining;
    // A member that is set aside and then removed changes `aside` alone, which a sink sees with `metadata` only.
    this.#subscription = feed.subscribe((snapshot) => this.#update(snapshot), { metadata: true });
  }

  get current(): C | undefined {
    return this.#built?.client;
  }

  ready(): Promise<C> {
    const promise = new Promise<C>((resolve, reject) => this.#serve({ resolve, reject }));
    promise.catch(() => undefined);
    return promise;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#life.abort();
    this.#refuse(closed("the live client has been disposed"));
    const built = this.#built;
    this.#built = undefined;
    if (built !== undefined) void this.#draining.dispose(built.client);
    await Promise.all([this.#subscription[Symbol.asyncDispose](), this.#draining.end()]);
  }

  /** Whether nobody will make a client any more. */
  get #isOver(): boolean {
    return this.#feed.status.state === "closed" && !this.#creating;
  }

  #serve(waiter: Waiter<C>): void {
    const { signal } = this.#life;
    if (this.#built !== undefined) return waiter.resolve(this.#built.client);
    if (signal.aborted) return waiter.reject(closed("the live client has been disposed"));
    if (this.#isOver) return waiter.reject(closed("the poller was closed before there was a client"));
    if (this.#failure !== undefined && !this.#creating) return waiter.reject(this.#failure.error);
    this.#waiters.add(waiter);
    if (this.#creating) return;
    const listening = (): void => {
      if (this.#isOver) this.#refuse(closed("the poller was closed before there was a client"));
    };
    this.#feed.ready({ signal }).then(listening, (error: unknown) => this.#refuse(error));
  }

  #refuse(error: unknown): void {
    for (const { reject } of this.#waiters) reject(error);
    this.#waiters.clear();
  }

  /** Returns nothing if the client stays; else throws or rejects when `create` does, so that the feed tries again. */
  #update(snapshot: Snapshot<T>): Promise<void> | undefined {
    const listed = listedIn(snapshot);
    const stays = this.#built !== undefined && isEmptyDiff(diffEndpoints(this.#built.from, listed));
    return stays ? undefined : this.#build(listed, snapshot);
  }

  async #build(listed: readonly Endpoint[], snapshot: Snapshot<T>): Promise<void> {
    this.#creating = true;
    try {
      await undefined; // in a turn of its own, a `create` that throws at once or disposes finds everything in order
      if (this.#life.signal.aborted) return;
      const client = await this.#create(listed, snapshot);
      if (this.#life.signal.aborted) return await this.#draining.dispose(client);
      this.#adopt(client, listed);
    } catch (error) {
      this.#failure = { error };
      this.#refuse(error);
      throw error;
    } finally {
      this.#creating = false;
    }
  }

  #adopt(client: C, from: readonly Endpoint[]): void {
    const before = this.#built;
    this.#built = { client, from };
    this.#draining.keep(client);
    if (before !== undefined && before.client !== client) this.#draining.add(before.client);
    for (const { resolve } of this.#waiters) resolve(client);
    this.#waiters.clear();
  }
}

function listedIn({ endpoints, aside }: Snapshot): readonly Endpoint[] {
  return Object.freeze([...endpoints, ...aside].sort((a, b) => (a.id < b.id ? -1 : 1)));
}

function closed(why: string): DiscoveryError {
  return new DiscoveryError("CLOSED", why, { source: "liveClient" });
}
