import { setMaxListeners } from "node:events";
import type { Clock } from "../clock.js";
import { DiscoveryError } from "../discovery-error.js";
import type { Endpoint } from "../endpoint.js";
import type { EndpointFeed, Subscription } from "../endpoint-feed.js";
import { onAbort } from "../on-abort.js";
import type { Snapshot } from "../snapshot.js";

/** What stands behind a name: the members of a feed, each call beginning with the next of them. */
export class NamedFeed {
  readonly #feed: EndpointFeed;
  readonly #options: { readonly port: number | undefined; readonly timeoutMs: number; readonly clock: Clock };
  readonly #life = new AbortController();
  #subscription: Subscription | undefined;
  /** Random at first, or many processes that start together would all begin with the same member. */
  #turn: number;

  constructor(feed: EndpointFeed, options: { readonly port: number | undefined; readonly timeoutMs: number; readonly clock: Clock }) {
    this.#feed = feed;
    this.#options = options;
    setMaxListeners(0, this.#life.signal); // each lookup that waits listens: no leak, although Node would warn of one
    this.#turn = Math.floor(options.clock.random() * 1_000_000);
  }

  /**
   * Members in use with one port, whoever has the turn first; at least one.
   * @throws DiscoveryError that says why there is none
   */
  async members(): Promise<readonly Endpoint[]> {
    this.#join();
    const { endpoints } = this.#feed.snapshot ?? (await this.#first());
    const { port: wanted } = this.#options;
    const members = wanted === undefined ? endpoints : endpoints.filter(({ port }) => port === wanted);
    const ports = [...new Set(members.map(({ port }) => port))];
    if (ports.length > 1) {
      const what = `the members listen at different ports (${ports.slice(0, 5).join(", ")}), and a lookup tells addresses only`;
      throw refusal(
        "INVALID_OPTIONS",
        `${what}: choose one with the option port, or use a sink that follows ports, such as undiciDispatcher`,
      );
    }
    if (members.length === 0)
      throw refusal("UNAVAILABLE", `members in use: ${endpoints.length}${wanted === undefined ? "" : `, at port ${wanted}: 0`}`);
    const first = this.#turn++ % members.length;
    return [...members.slice(first), ...members.slice(0, first)];
  }

  end(): void {
    this.#life.abort();
    this.#subscription?.[Symbol.dispose]();
  }

  /** Nothing is done with what it is told; but while it is told the poller asks. */
  #join(): void {
    if (this.#life.signal.aborted || this.#feed.status.state === "closed") return;
    this.#subscription ??= this.#feed.subscribe(() => undefined);
  }

  async #first(): Promise<Snapshot> {
    const { timeoutMs, clock } = this.#options;
    const waiting = new AbortController();
    const timer = clock.setTimeout(() => waiting.abort(), timeoutMs);
    const stopListening = onAbort(this.#life.signal, () => waiting.abort());
    try {
      return await this.#feed.ready({ signal: waiting.signal });
    } catch (error) {
      const { error: cause } = this.#feed.status;
      if (this.#life.signal.aborted) throw refusal("CLOSED", "the lookup has been disposed, and nobody is known", cause);
      if (waiting.signal.aborted)
        throw refusal("TIMEOUT", `nobody is known after ${timeoutMs} ms: ${cause?.message ?? "no answer yet"}`, cause);
      throw error;
    } finally {
      clock.clearTimeout(timer);
      stopListening();
    }
  }
}

function refusal(code: "INVALID_OPTIONS" | "UNAVAILABLE" | "TIMEOUT" | "CLOSED", message: string, cause?: unknown): DiscoveryError {
  return new DiscoveryError(code, message, { source: "endpointLookup", ...(cause !== undefined && { cause }) });
}
