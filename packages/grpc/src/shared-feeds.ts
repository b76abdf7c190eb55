import { randomUUID } from "node:crypto";
import type { EndpointFeed } from "@rollcall/core";
import { type AnswerSource, SharedFeed, unknownFeed } from "./shared-feed.js";

/** The feeds that targets name, each held until its poller closes. */
export class SharedFeeds {
  readonly #byId = new Map<number, SharedFeed>();
  readonly #seed = randomUUID();
  #lastId = 0;

  /** The feed's number, always the same for one feed; forgets feeds that have closed in the meantime. */
  idOf(feed: EndpointFeed): number {
    for (const [id, shared] of this.#byId) {
      if (shared.feed === feed) return id;
      if (shared.feed.status.state === "closed") this.#byId.delete(id);
    }
    this.#lastId += 1;
    this.#byId.set(this.#lastId, new SharedFeed(feed, this.#seed));
    return this.#lastId;
  }

  /** The feed that a target's path names: `[id]`, then anything. */
  at(path: string): AnswerSource {
    const id = /^\[(\d+)\]/.exec(path)?.[1];
    return this.#byId.get(Number(id)) ?? unknownFeed;
  }
}
