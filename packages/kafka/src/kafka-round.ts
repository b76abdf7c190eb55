import {
  askCandidates,
  type Clock,
  candidateOrder,
  clusterPin,
  type DiscoveryError,
  type Endpoint,
  type FetchContext,
  hostPort,
} from "@rollcall/core";
import { kafkaError, saysRebootstrap } from "./kafka-error.js";
import { KAFKA_PORT, type KafkaSettings, kafkaRefusal } from "./kafka-options.js";
import type { KafkaAddress, KafkaClientOptions, KafkaConnection, KafkaTransport } from "./kafka-transport.js";

/** What a Kafka source reaches the world through. */
export interface KafkaContext {
  readonly transport: (client: KafkaClientOptions) => KafkaTransport;
  readonly clock: Clock;
}

/** Of which cluster an answer is; undefined where the broker does not tell. */
export interface OfCluster {
  readonly clusterId?: string | undefined;
}

/** @throws DiscoveryError `FOREIGN_CLUSTER` for a stored answer of another cluster than the one that was given, or of an unknown one. */
export function requireCluster(stored: OfCluster, clusterId: string | undefined): void {
  if (clusterId === undefined || stored.clusterId === clusterId) return;
  const of = stored.clusterId ?? "an unknown id";
  throw kafkaRefusal("FOREIGN_CLUSTER", `what was stored is of cluster ${of}, but clusterId is ${clusterId}`);
}

/** What is asked over one connection. Rejects for an answer that must not be believed: the next broker is asked. */
export type KafkaQuestion<A extends OfCluster> = (connection: KafkaConnection, options: { readonly signal: AbortSignal }) => Promise<A>;

/** An answer, and at which address it was given. */
export interface KafkaReply<A extends OfCluster> {
  readonly from: KafkaAddress;
  readonly answer: A;
  /** How long that took, connecting included, in milliseconds. */
  readonly tookMs: number;
}

/** Somebody to ask, by a name that is safe to print, or the reason why this one is never asked. */
type Candidate = { readonly name: string; readonly address: KafkaAddress } | { readonly name: string; readonly refused: DiscoveryError };

/**
 * How a Kafka cluster is asked: some broker in use, whoever answered last, every other broker known, then every seed, hedged; and only one
 * cluster is believed. Some broker comes first, because one that is cut off from the controller answers its old view for ever (KIP-631 fences it, but it
 * does not know); whoever answered last comes second, because then a silent one costs `hedgeAfterMs` and no more.
 * A connection serves one question and never outlives its signal, so there is nothing to close.
 */
export class KafkaRound {
  readonly #settings: KafkaSettings;
  readonly #transport: KafkaTransport;
  readonly #clock: Clock;
  readonly #pin: ReturnType<typeof clusterPin>;
  #last: KafkaAddress | undefined;
  /** When the time of this poll is over. */
  #endsAt: number = Number.POSITIVE_INFINITY;

  constructor(settings: KafkaSettings, { transport, clock }: KafkaContext) {
    const { client, clusterId, foreign } = settings;
    this.#settings = settings;
    this.#transport = transport(client);
    this.#clock = clock;
    this.#pin = clusterPin({ clusterId, foreign, source: "kafka", clock });
  }

  /**
   * Asks until somebody of our cluster answers.
   *
   * @throws DiscoveryError naming what everybody who was asked said; when the signal fires, its reason.
   */
  async ask<A extends OfCluster>(
    question: KafkaQuestion<A>,
    { signal, known, previous, aside = [], timeoutMs = Number.POSITIVE_INFINITY }: Omit<FetchContext<OfCluster>, "attempt">,
  ): Promise<KafkaReply<A>> {
    // What came out of a store pins, too: whoever took over an address of ours while this process was down must not come first.
    if (this.#pin.id === undefined && previous?.clusterId !== undefined) this.#pin.check(previous.clusterId);
    let rebootstrap = false;
    const { seeds } = this.#settings;
    // Where polls are short, a silent broker or two must not use one up.
    const hedgeAfterMs = Math.min(this.#settings.hedgeAfterMs, timeoutMs / 4);
    this.#endsAt = this.#clock.now() + timeoutMs;
    const unused = new Set(aside.map(({ id }) => id));
    const first = this.#first(known.filter(({ id }) => !unused.has(id)));
    const candidates = this.#inOrder({ first, known: known.map(named), seeds, signal, seedsNext: () => rebootstrap });
    const noting: KafkaQuestion<A> = async (connection, options) => {
      try {
        return await question(connection, options);
      } catch (error) {
        rebootstrap ||= saysRebootstrap(error);
        throw error;
      }
    };
    this.#last = undefined; // should this round fail, he has failed as well
    const reply = await this.#askAll(candidates, noting, { signal, hedgeAfterMs });
    this.trust(reply.from);
    return reply;
  }

  /** Who counts as having answered last. */
  trust(address: KafkaAddress): void {
    this.#last = address;
  }

  #first(up: readonly Endpoint[]): readonly Candidate[] {
    const last = this.#last === undefined ? [] : [named(this.#last)];
    const others = up.map(named).filter(({ name }) => name !== last[0]?.name);
    const some = others[Math.floor(this.#clock.random() * others.length)];
    return some === undefined ? last : [some, ...last];
  }

  /**
   * Asks these, in any order, until one of them answers: for at most `hedgeAfterMs` altogether, or three times what an answer took before, where
   * brokers are that far away, and never so long that the poll could run out of time over it. Undefined if none does.
   *
   * @throws the signal's reason when that fires.
   */
  async askBriefly<A extends OfCluster>(
    addresses: readonly KafkaAddress[],
    question: KafkaQuestion<A>,
    { signal, tookMs = 0 }: { readonly signal: AbortSignal; readonly tookMs?: number | undefined },
  ): Promise<KafkaReply<A> | undefined> {
    const { hedgeAfterMs, attemptTimeoutMs } = this.#settings;
    const leftMs = this.#endsAt - this.#clock.now();
    const briefMs = Math.min(attemptTimeoutMs, Math.max(hedgeAfterMs, 3 * tookMs), leftMs / 2);
    const brief = new AbortController();
    const end = (): void => brief.abort(signal.reason);
    const timer = this.#clock.setTimeout(() => brief.abort(), briefMs);
    signal.addEventListener("abort", end, { once: true });
    try {
      signal.throwIfAborted();
      const candidates = this.#inOrder({ first: [], known: addresses.map(named), seeds: [], signal: brief.signal });
      // In quarters, so that one who is silent does not use up the time of all.
      return await this.#askAll(candidates, question, { signal: brief.signal, hedgeAfterMs: briefMs / 4 });
    } catch {
      signal.throwIfAborted();
      return undefined;
    } finally {
      signal.removeEventListener("abort", end);
      this.#clock.clearTimeout(timer);
    }
  }

  /** Resolves if a broker answers there: it tells every client its versions, before anything else. */
  async probe(endpoint: Endpoint, { signal }: { readonly signal: AbortSignal }): Promise<void> {
    await this.#on(endpoint, async () => undefined, {
      signal,
      failed: `broker ${endpoint.id} at ${hostPort.format(endpoint)} does not answer`,
    });
  }

  #inOrder(row: Omit<Parameters<typeof candidateOrder<Candidate>>[0], "seed" | "keyOf" | "random">): AsyncGenerator<Candidate, void> {
    return candidateOrder({ ...row, seed: seedCandidate, keyOf: nameOf, random: () => this.#clock.random() });
  }

  async #askAll<A extends OfCluster>(
    candidates: AsyncIterable<Candidate>,
    question: KafkaQuestion<A>,
    { signal, hedgeAfterMs }: { readonly signal: AbortSignal; readonly hedgeAfterMs: number },
  ): Promise<KafkaReply<A>> {
    const ask = async (candidate: Candidate, attempt: { readonly signal: AbortSignal }): Promise<KafkaReply<A>> => {
      if ("refused" in candidate) throw candidate.refused;
      const began = this.#clock.now();
      const answer = await this.#on(candidate.address, question, { signal: attempt.signal, failed: "no answer" });
      attempt.signal.throwIfAborted(); // whoever nobody waits for any more must not pin its cluster
      this.#accept(answer);
      return { from: candidate.address, answer, tookMs: this.#clock.now() - began };
    };
    const { attemptTimeoutMs } = this.#settings;
    const options = { signal, hedgeAfterMs, attemptTimeoutMs, source: "kafka", describe: nameOf, clock: this.#clock };
    return (await askCandidates(candidates, ask, options)).answer;
  }

  /** One question over a connection of its own, which ends with it, and at once when the signal fires. */
  async #on<R>(
    address: KafkaAddress,
    question: (connection: KafkaConnection, options: { readonly signal: AbortSignal }) => Promise<R>,
    { signal, failed }: { readonly signal: AbortSignal; readonly failed: string },
  ): Promise<R> {
    let close = (): void => undefined;
    try {
      const connection = await this.#transport.connect({ host: address.host, port: address.port }, { signal });
      close = () => connection.close();
      signal.addEventListener("abort", close, { once: true });
      signal.throwIfAborted();
      return await question(connection, { signal });
    } catch (thrown) {
      signal.throwIfAborted();
      throw kafkaError(thrown, failed);
    } finally {
      signal.removeEventListener("abort", close);
      close();
    }
  }

  #accept({ clusterId }: OfCluster): void {
    if (clusterId !== undefined) this.#pin.check(clusterId);
    else if (this.#settings.clusterId !== undefined) {
      throw kafkaRefusal("FOREIGN_CLUSTER", "the answer carries no cluster id, but clusterId is given");
    }
  }
}

function named({ host, port }: KafkaAddress): Candidate & { readonly address: KafkaAddress } {
  const address = { host, port };
  return { name: hostPort.format(address), address };
}

function nameOf({ name }: Candidate): string {
  return name;
}

/** A list of seeds has been looked at; a function may return anything. */
function seedCandidate(text: string): Candidate {
  const address = hostPort.parse(text, KAFKA_PORT);
  if (address !== undefined) return named(address);
  return {
    name: hostPort.printable(text),
    refused: kafkaRefusal("UNAVAILABLE", "this seed is no address; use host:port, without a scheme"),
  };
}
