import {
  DiscoveryError,
  type Endpoint,
  type EndpointFeed,
  type EndpointSink,
  type Snapshot,
  type Status,
  type Subscription,
} from "@rollcall/core";

const NOTHING_CHANGED = { added: [], removed: [], changed: [] };

/** A feed whose belief the test sets; it delivers as asynchronously as a poller does, and counts what is asked of it. */
export class FakeFeed implements EndpointFeed {
  snapshot: Snapshot | undefined;
  status: Status = { state: "pending", failures: 0, held: 0, aside: [] };
  readonly sinks = new Set<EndpointSink>();
  subscriptions = 0;
  refreshes = 0;
  /** Who was suspected, and why, in order. */
  readonly suspicions: { readonly at: string; readonly cause: string }[] = [];

  /** A successful poll. Every call is a new version with a new array, as if something had changed. */
  set(endpoints: readonly Endpoint[]): void {
    const version = (this.snapshot?.version ?? 0) + 1;
    this.snapshot = { version, endpoints, aside: [], metadata: {}, changedAt: 0 };
    this.status = { state: "fresh", failures: 0, held: 0, aside: [] };
    for (const sink of this.sinks) this.#deliver(sink);
  }

  /** A failed poll. */
  fail(message: string): void {
    const error = new DiscoveryError("UNAVAILABLE", message, { source: "fake" });
    this.status = { ...this.status, error, failures: this.status.failures + 1 };
    for (const sink of this.sinks) queueMicrotask(() => sink.status?.(this.status));
  }

  /** As a poller does: nobody is told. */
  close(): void {
    this.status = { ...this.status, state: "closed" };
    this.sinks.clear();
  }

  ready(): Promise<Snapshot> {
    return Promise.reject(new Error("not used here"));
  }

  /** Always fails, to see that nobody minds. */
  refresh(options: { readonly signal?: AbortSignal | undefined } = {}): Promise<Snapshot> {
    this.refreshes += 1;
    // A hint that waited would keep the process alive.
    if (options.signal?.aborted !== true) throw new Error("a hint must not wait");
    return Promise.reject(new DiscoveryError("UNAVAILABLE", "the poll failed", { source: "fake" }));
  }

  suspect(at: Pick<Endpoint, "host" | "port">, options: { readonly cause?: unknown } = {}): void {
    this.suspicions.push({ at: `${at.host}:${at.port}`, cause: String(options.cause) });
  }

  subscribe(sink: EndpointSink | EndpointSink["update"]): Subscription {
    if (this.status.state === "closed") throw new DiscoveryError("CLOSED", "closed", { source: "fake" });
    if (typeof sink === "function") throw new Error("not used here");
    this.subscriptions += 1;
    this.sinks.add(sink);
    if (this.snapshot !== undefined) this.#deliver(sink);
    const end = (): void => void this.sinks.delete(sink);
    return { [Symbol.dispose]: end, [Symbol.asyncDispose]: async () => end() };
  }

  #deliver(sink: EndpointSink): void {
    const { snapshot } = this;
    queueMicrotask(() => {
      if (snapshot !== undefined && this.sinks.has(sink)) sink.update(snapshot, NOTHING_CHANGED);
    });
  }
}

/** A member whose id is its address, unless another is given. */
export function endpoint(host: string, port: number, id = `${host}:${port}`): Endpoint {
  return { id, host, port };
}
