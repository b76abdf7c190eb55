import { setTimeout as wait } from "node:timers/promises";
import { status } from "@grpc/grpc-js";
import type { Endpoint, EndpointFeed } from "@rollcall/core";
import { type KeyValueClient, plainClient } from "./key-value-clients.js";

/** A round every 50 ms; a write that takes longer than the deadline has failed. */
const PACE_MS = 50;
const DEADLINE_MS = 500;

/** How a write ends at a member that does not serve. grpc-js now and then reports its own deadline as a cancellation. */
const NOT_SERVED: ReadonlySet<unknown> = new Set([status.DEADLINE_EXCEEDED, status.UNAVAILABLE, status.CANCELLED]);

/** One write, sent to the member with this endpoint id. */
export interface MemberRequest {
  readonly id: string;
  /** When it was sent, by `performance.now()`. */
  readonly at: number;
  /** Whether it has been acknowledged. */
  readonly acknowledged: boolean;
}

/** One report to the feed. */
export interface Suspicion {
  readonly id: string;
  /** When, by `performance.now()`. */
  readonly at: number;
}

/**
 * A client that addresses members itself: in rounds, it writes once to every member that a feed says is in use, each over a connection of its own,
 * and tells the feed who failed it.
 */
export class MemberWriter {
  readonly #feed: EndpointFeed;
  readonly #clients = new Map<string, KeyValueClient>();
  readonly #requests: { readonly id: string; readonly at: number; acknowledged: boolean }[] = [];
  readonly #suspicions: Suspicion[] = [];
  #startedAt = Number.NaN;
  #stopping = false;
  #running: Promise<void> | undefined;

  /** @param feed - whom to write to, and whom to tell */
  constructor(feed: EndpointFeed) {
    this.#feed = feed;
  }

  start(): void {
    this.#startedAt = performance.now();
    this.#running ??= this.#run();
  }

  /** Waits for the writes in flight and closes the connections. */
  async stop(): Promise<void> {
    this.#stopping = true;
    await this.#running;
    for (const client of this.#clients.values()) client.close();
  }

  /** Everybody who was reported, in order. */
  get suspicions(): readonly Suspicion[] {
    return this.#suspicions;
  }

  /** For how long nobody has been reported, in milliseconds; counted from the start. */
  get calmMs(): number {
    return performance.now() - (this.#suspicions.at(-1)?.at ?? this.#startedAt);
  }

  /** Every write that was sent to a member. */
  requestsTo(member: Pick<Endpoint, "id">): readonly MemberRequest[] {
    return this.#requests.filter(({ id }) => id === member.id);
  }

  /** Whether a member has acknowledged a write that was sent after `since`, by `performance.now()`; default: any. */
  acknowledged(member: Pick<Endpoint, "id">, since = 0): boolean {
    return this.requestsTo(member).some(({ at, acknowledged }) => acknowledged && at > since);
  }

  async #run(): Promise<void> {
    while (!this.#stopping) {
      await Promise.all((this.#feed.snapshot?.endpoints ?? []).map((endpoint) => this.#write(endpoint)));
      await wait(PACE_MS);
    }
  }

  async #write(endpoint: Endpoint): Promise<void> {
    const { id } = endpoint;
    const request = { id, at: performance.now(), acknowledged: false };
    this.#requests.push(request);
    try {
      await this.#clientOf(endpoint).put(`member/${id}`, String(this.#requests.length), DEADLINE_MS);
      request.acknowledged = true;
    } catch (cause) {
      if (!NOT_SERVED.has((cause as { readonly code?: unknown }).code)) throw cause;
      this.#suspicions.push({ id, at: performance.now() });
      this.#feed.suspect(endpoint, { cause });
    }
  }

  #clientOf({ host, port }: Endpoint): KeyValueClient {
    const target = `ipv4:${host}:${port}`;
    const client = this.#clients.get(target) ?? plainClient({ target });
    this.#clients.set(target, client);
    return client;
  }
}
