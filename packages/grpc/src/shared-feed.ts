import { type Endpoint, type EndpointFeed, hostPort, type Snapshot, type Subscription, toDiscoveryError } from "@rollcall/core";
import type { Answer, EndpointsAnswer } from "./answer.js";
import { sameAddresses, spread } from "./spread.js";

/** A channel that takes part: looks at `answer()` again, and tells its channel what is new to it. */
export interface Participant {
  offer(): void;
}

/** What a resolver stands on. */
export interface AnswerSource {
  /** What to tell now; `undefined`: wait. */
  answer(): Answer | undefined;
  /** From now on the participant is offered whatever changes. */
  join(participant: Participant): void;
  leave(participant: Participant): void;
  /** A channel lost a connection, or cannot get one: the set may have changed. */
  hint(): void;
  /** Whoever is at this address failed a channel. */
  suspect(at: Pick<Endpoint, "host" | "port">, cause: unknown): void;
  /** `:authority` of calls. */
  authority(): string;
}

/** A hint: the poll comes all the same, and no process is kept alive for it. */
const NOBODY_WAITS = AbortSignal.abort();

/** One feed, and the channels that live on it through one subscription. */
export class SharedFeed implements AnswerSource {
  readonly feed: EndpointFeed;
  readonly #seed: string;
  readonly #participants = new Set<Participant>();
  #subscription: Subscription | undefined;
  #refused: string | undefined;
  #given: { readonly of: Snapshot["endpoints"]; readonly answer: EndpointsAnswer } | undefined;
  #authority: string | undefined;

  /** @param seed - decides the order of the endpoints; the same for the life of a process */
  constructor(feed: EndpointFeed, seed: string) {
    this.feed = feed;
    this.#seed = seed;
  }

  answer(): Answer | undefined {
    const { state, error } = this.feed.status;
    if (state === "closed") return problem("the poller has been closed; make channels on a new one");
    if (this.#refused !== undefined) return problem(`cannot listen to the poller: ${this.#refused}`);
    const { snapshot } = this.feed;
    if (snapshot === undefined) return error && problem(`no endpoint is known yet: ${error.message}`);
    return this.#answerOf(snapshot.endpoints);
  }

  join(participant: Participant): void {
    this.#participants.add(participant);
    if (this.#subscription === undefined) this.#subscribe();
  }

  /** Ends only this channel's part: the polling goes on, else a sleeping channel would wake among dead addresses. */
  leave(participant: Participant): void {
    this.#participants.delete(participant);
  }

  hint(): void {
    if (this.feed.status.state === "closed") return;
    this.feed.refresh({ reason: "a gRPC channel asks for addresses", signal: NOBODY_WAITS }).catch(() => undefined);
  }

  suspect(at: Pick<Endpoint, "host" | "port">, cause: unknown): void {
    this.feed.suspect(at, { cause });
  }

  authority(): string {
    const first = this.feed.snapshot?.endpoints[0];
    if (first !== undefined) this.#authority ??= hostPort.format(first);
    return this.#authority ?? "rollcall";
  }

  #subscribe(): void {
    const offer = (): void => {
      for (const participant of this.#participants) participant.offer();
    };
    try {
      this.#subscription = this.feed.subscribe({ update: offer, status: offer });
      this.#refused = undefined;
    } catch (thrown) {
      // It must not surface inside the call that woke the channel; that call ends with it instead.
      this.#refused = toDiscoveryError(thrown, "grpc").message;
    }
  }

  /** The same answer for as long as the addresses are the same, whatever else about the endpoints changes. */
  #answerOf(endpoints: Snapshot["endpoints"]): Answer {
    if (endpoints.length === 0) return problem("the cluster lists no endpoint to use");
    if (this.#given?.of !== endpoints) {
      const before = this.#given?.answer;
      const next = spread(endpoints, this.#seed);
      const answer =
        before !== undefined && sameAddresses(before.endpoints, next) ? before : { kind: "endpoints" as const, endpoints: next };
      this.#given = { of: endpoints, answer };
    }
    return this.#given.answer;
  }
}

function problem(details: string): Answer {
  return { kind: "error", details: `[rollcall] ${details}` };
}

/** Stands in for a feed that a target names but nobody holds any more. */
export const unknownFeed: AnswerSource = {
  answer: () => problem("the poller of this target has been closed, or the target was not made by grpcTarget"),
  join: () => undefined,
  leave: () => undefined,
  hint: () => undefined,
  suspect: () => undefined,
  authority: () => "rollcall",
};
