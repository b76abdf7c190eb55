import type { Diff, Endpoint, EndpointFeed, EndpointSink, Snapshot } from "@rollcall/core";
import type { Address, SinkHarness } from "../../src/index.js";

/** A client and its sink, as little as there can be; broken ones override what they get wrong. */
export class Client implements SinkHarness, EndpointSink {
  readonly #subscription: AsyncDisposable;
  readonly feed: EndpointFeed;
  used: readonly Endpoint[] = [];
  refusing = false;

  constructor(feed: EndpointFeed) {
    this.feed = feed;
    this.#subscription = feed.subscribe(this);
  }

  update(snapshot: Snapshot, _diff: Diff): unknown {
    this.use(snapshot.endpoints);
    return undefined;
  }

  status(): void {
    // Nothing follows from it.
  }

  held(): readonly Address[] | Promise<readonly Address[]> {
    return this.used;
  }

  async close(): Promise<void> {
    await this.#subscription[Symbol.asyncDispose]();
  }

  /** What may fail in a real client. */
  protected use(endpoints: readonly Endpoint[]): void {
    if (this.refusing) throw new Error("the client refuses");
    this.used = endpoints;
  }
}

/** Takes what is new without looking whether it has it. */
export class AddsBlindly extends Client {
  override update(_snapshot: Snapshot, { added, removed, changed }: Diff): void {
    const gone = new Set(removed.map(({ id }) => id));
    const moved = new Map(changed.map(([{ id }, after]) => [id, after]));
    const kept = this.used.filter(({ id }) => !gone.has(id)).map((endpoint) => moved.get(endpoint.id) ?? endpoint);
    this.use([...kept, ...added]);
  }
}

/** Learns and never forgets. */
export class NeverForgets extends Client {
  override update({ endpoints }: Snapshot): void {
    const fresh = new Set(endpoints.map(({ id }) => id));
    this.use([...this.used.filter(({ id }) => !fresh.has(id)), ...endpoints]);
  }
}

/** Keyed by address, and follows diffs. */
export class KeyedByAddress extends Client {
  readonly #byAddress = new Map<string, Endpoint>();

  override update(_snapshot: Snapshot, { added, removed, changed }: Diff): void {
    const address = ({ host, port }: Endpoint): string => `${host}:${port}`;
    const left = [...removed, ...changed.map(([before]) => before)];
    if (this.refusing) throw new Error("the client refuses");
    for (const endpoint of [...added, ...changed.map(([, after]) => after)]) this.#byAddress.set(address(endpoint), endpoint);
    for (const endpoint of left) this.#byAddress.delete(address(endpoint));
    this.use([...this.#byAddress.values()]);
  }
}

/** Hears of newcomers and of those who left, and of nothing else. */
export class IgnoresMoves extends Client {
  override update(_snapshot: Snapshot, { added, removed }: Diff): void {
    const known = new Map(this.used.map((endpoint) => [endpoint.id, endpoint]));
    for (const { id } of removed) known.delete(id);
    for (const endpoint of added) known.set(endpoint.id, endpoint);
    this.use([...known.values()]);
  }
}

/** Starts the change and does not wait for it. */
export class FiresAndForgets extends Client {
  override update({ endpoints }: Snapshot): void {
    if (this.refusing) throw new Error("the client refuses");
    setImmediate(() => setImmediate(() => setImmediate(() => setImmediate(() => this.use(endpoints)))));
  }

  protected override use(endpoints: readonly Endpoint[]): void {
    this.used = endpoints;
  }
}

/** Changes overtake each other: the first of several that nobody looked at in between lands last, after two looks. */
export class LetsOldSetsLandLate extends Client {
  #unseen: (readonly Endpoint[])[] = [];
  #late: readonly Endpoint[] | undefined;
  #looks = 0;

  protected override use(endpoints: readonly Endpoint[]): void {
    super.use(endpoints);
    this.#unseen.push(endpoints);
  }

  override held(): readonly Address[] {
    if (this.#unseen.length > 1) [this.#late] = this.#unseen;
    this.#unseen = [];
    this.#looks += 1;
    if (this.#looks % 3 === 0 && this.#late !== undefined) {
      this.used = this.#late;
      this.#late = undefined;
    }
    return this.used;
  }
}

/** Forgets that it subscribed. */
export class NeverUnsubscribes extends Client {
  override async close(): Promise<void> {
    // That is all it does.
  }
}

/** Its client cannot be closed twice. */
export class ClosesOnce extends Client {
  #closed = false;

  override async close(): Promise<void> {
    if (this.#closed) throw new Error("it is closed already");
    this.#closed = true;
    await super.close();
  }
}

/** Stays subscribed, and trips over the client that is gone. */
export class TripsWhenClosed extends NeverUnsubscribes {
  #closed = false;

  override async close(): Promise<void> {
    this.#closed = true;
  }

  protected override use(endpoints: readonly Endpoint[]): void {
    if (this.#closed) throw new Error("the client is closed");
    super.use(endpoints);
  }
}

/** Wants to see every version. */
export class CountsVersions extends Client {
  #version = 0;

  override update(snapshot: Snapshot, diff: Diff): void {
    if (snapshot.version > this.#version + 1) throw new Error(`version ${snapshot.version} after ${this.#version}`);
    this.#version = snapshot.version;
    super.update(snapshot, diff);
  }
}

/** Its second call never ends. */
export class Hangs extends Client {
  #calls = 0;

  override update(snapshot: Snapshot, diff: Diff): unknown {
    this.#calls += 1;
    super.update(snapshot, diff);
    return this.#calls === 2 ? new Promise(() => undefined) : undefined;
  }
}

/** Keeps its troubles to itself. */
export class Swallows extends Client {
  override update(snapshot: Snapshot, diff: Diff): void {
    try {
      super.update(snapshot, diff);
    } catch {
      // Nobody hears of it.
    }
  }
}

/** Lets go of everybody when the cluster stops answering. */
export class PanicsWhenStale extends Client {
  override status(): void {
    if (this.feed.status.state === "stale") this.used = [];
  }
}

/** Takes the first member before it refuses the rest. */
export class TakesHalf extends Client {
  readonly #byId = new Map<string, Endpoint>();

  override update(_snapshot: Snapshot, { added, removed, changed }: Diff): void {
    for (const { id } of removed) this.#byId.delete(id);
    for (const endpoint of [...added, ...changed.map(([, after]) => after)]) {
      this.#byId.set(endpoint.id, endpoint);
      this.use([...this.#byId.values()]);
    }
    this.use([...this.#byId.values()]);
  }
}

/** Ends itself when nobody is left. */
export class GivesUpWhenEmpty extends Client {
  #gaveUp = false;

  protected override use(endpoints: readonly Endpoint[]): void {
    this.#gaveUp ||= endpoints.length === 0;
    if (!this.#gaveUp) super.use(endpoints);
  }
}

/** Its client comes with the first set. */
export class ClosesOnlyWhenUsed extends Client {
  override async close(): Promise<void> {
    await super.close();
    if (this.used.length === 0) throw new Error("there is no client to close");
  }
}

/** Ends with the call that comes after the one in progress. */
export class WaitsForTheNextCall extends Client {
  #calls = 0;

  override update(snapshot: Snapshot, diff: Diff): void {
    this.#calls += 1;
    super.update(snapshot, diff);
  }

  override async close(): Promise<void> {
    await super.close();
    if (this.#calls > 1) await new Promise(() => undefined);
  }
}

/** Nobody can see what it holds. */
export class CannotTell extends Client {
  override async held(): Promise<never> {
    throw new Error("ask me later");
  }
}
