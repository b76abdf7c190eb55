import { Audience } from "../../src/audience.js";
import { DiscoveryError, type EndpointFeed, type EndpointSink, type Snapshot, type Status, type Subscription } from "../../src/index.js";
import { member } from "./scripted-source.js";
import { type SteadyClock, steady } from "./steady-clock.js";

/** A feed whose belief the test stages, aside included; it delivers as a poller does, on a manual clock. */
export class StagedFeed implements EndpointFeed<string> {
  snapshot: Snapshot<string> | undefined;
  /** Subscriptions and waiters that have left. */
  left = 0;
  readonly clock: SteadyClock;
  readonly #audience: Audience<string>;
  readonly #known = new Map<string, Snapshot["endpoints"][number]>();
  #state: Status["state"] = "fresh";

  constructor() {
    const options = steady();
    this.clock = options.clock;
    const left = (): void => {
      this.left += 1;
    };
    this.#audience = new Audience({ feed: this, key: "staged", options, joined: () => undefined, left });
  }

  get status(): Status {
    return { state: this.#state, failures: 0, held: 0, aside: [] };
  }

  /** Whether nobody subscribes or waits. */
  get isUnheard(): boolean {
    return this.#audience.isEmpty;
  }

  /** There is a new version; members are written `id` or `id@host`, and keep their identity. */
  async publish(endpoints: string, aside = "", metadata = ""): Promise<void> {
    const before = this.snapshot;
    const version = (before?.version ?? 0) + 1;
    this.snapshot = { version, endpoints: this.#members(endpoints), aside: this.#members(aside), metadata, changedAt: 0 };
    this.#audience.offer(before);
    this.#audience.pollEnded(version, undefined);
    await this.clock.advance(0);
  }

  /** A poll failed. */
  async fail(code: "UNAVAILABLE" | "UNAUTHENTICATED"): Promise<void> {
    this.#audience.pollEnded(1, new DiscoveryError(code, "no", { source: "staged" }));
    await this.clock.advance(0);
  }

  close(): void {
    this.#state = "closed";
    this.#audience.close();
  }

  ready(options: { readonly signal?: AbortSignal | undefined } = {}): Promise<Snapshot<string>> {
    const { snapshot } = this;
    const served = snapshot !== undefined && this.#state !== "closed";
    return served ? Promise.resolve(snapshot) : this.#audience.wait(undefined, options.signal);
  }

  refresh(): Promise<never> {
    throw new Error("nobody asked for this");
  }

  suspect(): void {
    throw new Error("nobody asked for this");
  }

  subscribe(sink: EndpointSink<string> | EndpointSink<string>["update"], options = {}): Subscription {
    return this.#audience.subscribe(typeof sink === "function" ? { update: sink } : sink, options);
  }

  #members(texts: string): Snapshot["endpoints"] {
    const list = texts.split(" ").filter((text) => text !== "");
    for (const text of list) if (!this.#known.has(text)) this.#known.set(text, Object.freeze(member(text)));
    return Object.freeze(list.flatMap((text) => this.#known.get(text) ?? []));
  }
}
