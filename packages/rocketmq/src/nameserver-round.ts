import { askCandidates, type Clock, type DiscoveryError, type WatchContext } from "@rollcall/core";
import { linkedAbort } from "./linked-abort.js";
import { type Nameserver, NameserverList, type RocketmqContext } from "./nameserver-list.js";
import { overOneConnection, type RocketmqQuestion } from "./one-connection.js";
import { rocketmqError } from "./rocketmq-error.js";
import type { RocketmqSettings } from "./rocketmq-options.js";
import { rocketmqRefusal } from "./rocketmq-refusal.js";
import type { RocketmqTransport } from "./rocketmq-transport.js";

/** What one nameserver says. */
export interface NameserverReply<A> {
  /** `host:port`. */
  readonly nameserver: string;
  readonly answer: A;
  /** How long that took, connecting included, in milliseconds. */
  readonly tookMs: number;
}

/** How one poll goes. */
interface Poll {
  readonly signal: AbortSignal;
  /** How long somebody silent is waited for. */
  readonly patienceMs: number;
  readonly tried: Set<string>;
  readonly failures: { readonly name: string; readonly error: DiscoveryError }[];
}

/**
 * How nameservers are asked: several at once, each over a connection of its own that ends with its answer. One that fails, or is silent for `hedgeAfterMs`, is suspected, and its turn
 * goes to the next. A poll is over when as many as it takes have answered, or nobody is left, or the first answer is as old as somebody silent is waited for.
 *
 * One that is removed from the list is cut off at once, and nothing it says counts: it may go on answering with old brokers for ever (apache/rocketmq #2090).
 */
export class NameserverRound {
  /** For brokers as well. */
  readonly transport: RocketmqTransport;
  readonly #settings: RocketmqSettings;
  readonly #clock: Clock;
  readonly #list: NameserverList;
  /** Cuts off whoever is being asked, by name. */
  readonly #running = new Map<string, (reason: DiscoveryError) => void>();
  /** How long the slowest answer of the last poll took. */
  #tookMs = 0;

  constructor(settings: RocketmqSettings, context: RocketmqContext) {
    this.#settings = settings;
    this.#clock = context.clock;
    this.transport = context.transport({ tls: settings.tls, acl: settings.acl });
    this.#list = new NameserverList(settings, context);
  }

  /** Holds the list of nameservers until the signal fires; polls when it changes, and cuts off whoever is removed. */
  watch(context: WatchContext): void {
    this.#list.watch(context, () => this.#cutRemoved());
  }

  /** Ends what is our own. */
  close(): Promise<void> {
    return this.#list.close();
  }

  /**
   * Asks `nameserversPerPoll` of them; resolves with at least one answer, in the order of their names, whoever was quicker.
   *
   * @throws DiscoveryError naming what everybody who was asked said, or why nobody is known; when the signal fires, its reason.
   */
  async ask<A>(
    question: RocketmqQuestion<A>,
    { signal, timeoutMs = Number.POSITIVE_INFINITY }: { readonly signal: AbortSignal; readonly timeoutMs?: number | undefined },
  ): Promise<readonly NameserverReply<A>[]> {
    await this.#list.known({ signal, timeoutMs: Number.isFinite(timeoutMs) ? timeoutMs : undefined });
    // A question about many topics takes its time: whoever is at it is not silent. Where polls are short, a silent one or two must not use one up.
    const { hedgeAfterMs, attemptTimeoutMs } = this.#settings;
    const patienceMs = Math.min(Math.max(hedgeAfterMs, 2 * this.#tookMs), attemptTimeoutMs, timeoutMs / 4);
    const poll: Poll = { signal, patienceMs, tried: new Set(), failures: [] };
    for (let row = this.#list.candidates(poll.tried); row.length > 0; row = this.#list.candidates(poll.tried)) {
      const replies = (await this.#askRow(row, question, poll)).filter(({ nameserver }) => this.#list.lists(nameserver));
      signal.throwIfAborted();
      if (replies.length === 0) continue;
      this.#list.answered(replies.map(({ nameserver }) => nameserver));
      this.#tookMs = Math.max(...replies.map(({ tookMs }) => tookMs));
      return replies.sort((a, b) => (a.nameserver < b.nameserver ? -1 : 1));
    }
    throw await this.#allFailed(poll);
  }

  /** Goes through a row in lanes: each asks until somebody answers it. */
  async #askRow<A>(row: readonly Nameserver[], question: RocketmqQuestion<A>, poll: Poll): Promise<readonly NameserverReply<A>[]> {
    const left = [...row];
    const replies: NameserverReply<A>[] = [];
    const asked: Promise<unknown>[] = [];
    const lanes = linkedAbort(poll.signal);
    let timer: unknown;
    const { patienceMs: hedgeAfterMs } = poll;
    const { attemptTimeoutMs, nameserversPerPoll } = this.#settings;
    const options = { signal: lanes.signal, hedgeAfterMs, attemptTimeoutMs, source: "rocketmq", describe: nameOf, clock: this.#clock };
    const ask = (next: Nameserver, { signal }: { readonly signal: AbortSignal }): Promise<NameserverReply<A>> => {
      const reply = this.#askOne(next, question, signal, poll);
      asked.push(reply);
      return reply;
    };
    const lane = async (): Promise<void> => {
      const { answer } = await askCandidates(this.#taken(left), ask, options);
      replies.push(answer);
      // Whoever has as much to tell may take as long again.
      timer ??= this.#clock.setTimeout(() => lanes.abort(undefined), Math.max(hedgeAfterMs, answer.tookMs));
    };
    await Promise.allSettled(Array.from({ length: Math.min(nameserversPerPoll, row.length) }, lane));
    await Promise.allSettled(asked); // who was cut off has let go of the socket, and was suspected if that was due
    this.#clock.clearTimeout(timer);
    lanes.unlink();
    return replies;
  }

  async #askOne<A>(nameserver: Nameserver, question: RocketmqQuestion<A>, signal: AbortSignal, poll: Poll): Promise<NameserverReply<A>> {
    const { name, address } = nameserver;
    poll.tried.add(name);
    const began = this.#clock.now();
    const asking = linkedAbort(signal);
    this.#running.set(name, asking.abort);
    try {
      const answer = await overOneConnection(this.transport, address, question, { signal: asking.signal });
      return { nameserver: name, answer, tookMs: this.#clock.now() - began };
    } catch (thrown) {
      const error = this.#failed(nameserver, thrown, poll, signal.aborted ? this.#clock.now() - began : undefined);
      poll.failures.push({ name, error });
      throw error;
    } finally {
      this.#running.delete(name);
      asking.unlink();
    }
  }

  /** @param silentMs - for how long it was waited for, if it is not waited for any more */
  #failed(nameserver: Nameserver, thrown: unknown, { patienceMs }: Poll, silentMs: number | undefined): DiscoveryError {
    const error =
      silentMs === undefined
        ? rocketmqError(thrown, "no answer")
        : rocketmqRefusal("TIMEOUT", `no answer within ${Math.round(silentMs)} ms`);
    const isToBlame = this.#list.lists(nameserver.name) && (silentMs === undefined || silentMs >= patienceMs);
    if (isToBlame) this.#list.suspect(nameserver, error);
    return error;
  }

  /** Takes one after another from a row that lanes share, but nobody who was removed before his turn. */
  *#taken(row: Nameserver[]): Generator<Nameserver, void> {
    for (let next = row.shift(); next !== undefined; next = row.shift()) if (this.#list.lists(next.name)) yield next;
  }

  #cutRemoved(): void {
    for (const [name, cut] of this.#running) if (!this.#list.lists(name)) cut(removed());
  }

  async #allFailed({ failures, signal }: Poll): Promise<unknown> {
    signal.throwIfAborted();
    if (failures.length === 0) return rocketmqRefusal("EMPTY_METADATA", "the feed of nameservers lists nobody");
    // They have said it all: this only makes one error of it.
    const repeat = ({ error }: (typeof failures)[number]): Promise<never> => Promise.reject(error);
    return askCandidates(failures, repeat, { signal, source: "rocketmq", describe: nameOf, clock: this.#clock }).catch(
      (error: unknown) => error,
    );
  }
}

function removed(): DiscoveryError {
  return rocketmqRefusal("UNAVAILABLE", "it was removed from the list of nameservers while it was asked");
}

function nameOf({ name }: { readonly name: string }): string {
  return name;
}
