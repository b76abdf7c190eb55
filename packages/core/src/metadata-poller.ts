import { Audience } from "./audience.js";
import { Belief, type Outcome } from "./belief.js";
import { checkSource } from "./check-source.js";
import { type PollTrace, tracePoll } from "./diagnostics.js";
import { DiscoveryError, toDiscoveryError } from "./discovery-error.js";
import type { Endpoint } from "./endpoint.js";
import type { EndpointFeed, EndpointSink, SubscribeOptions, Subscription } from "./endpoint-feed.js";
import type { MetadataSource } from "./metadata-source.js";
import { type PollOutcome, PollRecord } from "./poll-record.js";
import { PollTiming } from "./poll-timing.js";
import { type PollerOptions, type ResolvedOptions, resolveOptions } from "./poller-options.js";
import { inspectAsJson, reportOf } from "./poller-report.js";
import { RunningFetch } from "./running-fetch.js";
import type { Snapshot, Status } from "./snapshot.js";
import { SnapshotKeeper } from "./snapshot-keeper.js";
import { Timer } from "./timer.js";
import { watchSource } from "./watch-source.js";
import { WhoServes } from "./who-serves.js";

/** Nobody listens; somebody does, until `polling` is aborted; the end. */
type Life = { readonly state: "asleep" | "closed" } | { readonly state: "awake"; readonly polling: AbortController };

/**
 * Asks a source for the members of a cluster while somebody listens, decides what to believe, and tells every subscriber.
 *
 * The loop is `#poll` → `#ended` → (pause) → `#poll`. It begins in `#joined` with the first subscriber or waiter and ends in `#left`
 * with the last. `PollTiming` knows when the next poll starts. What to believe is decided in `Belief`, who of the listed members is used in
 * `WhoServes`, and `Audience` knows whom to tell.
 * @typeParam T - the source's answer
 */
export class MetadataPoller<T> implements EndpointFeed<T>, AsyncDisposable, AsyncIterable<Snapshot<T>> {
  readonly #source: MetadataSource<T>;
  readonly #options: ResolvedOptions;
  readonly #whoServes: WhoServes;
  readonly #belief: Belief<T>;
  readonly #keeper: SnapshotKeeper<T> | undefined;
  readonly #record: PollRecord;
  readonly #audience: Audience<T>;
  readonly #timing: PollTiming;
  readonly #staleTimer: Timer;
  readonly #lingerTimer: Timer;
  #life: Life = { state: "asleep" };
  #closing: Promise<void> | undefined;
  #fetch: RunningFetch<T> | undefined;
  /** Whether an answer is believed but not yet accounted for: whoever leaves meanwhile must not end the polling under it. */
  #leaveLater = false;
  #reason: string | undefined;
  /** Polls started so far. */
  #polls = 0;

  /**
   * Creates a poller; nothing is asked before somebody subscribes or waits.
   * @throws DiscoveryError `INVALID_OPTIONS`, naming the option, what was given and what is allowed
   */
  constructor(source: MetadataSource<T>, options: PollerOptions = {}) {
    this.#options = resolveOptions(options);
    checkSource(source, this.#options);
    this.#source = source;
    const { clock, store } = this.#options;
    this.#whoServes = new WhoServes({
      source,
      options: this.#options,
      changed: () => this.#restand(),
      wantPoll: () => this.#timing.suspect(),
    });
    this.#belief = new Belief(source, this.#options, this.#whoServes);
    this.#keeper = store === undefined ? undefined : new SnapshotKeeper(source, { store, clock });
    this.#record = new PollRecord(this.#options);
    this.#audience = new Audience({
      feed: this,
      key: source.key,
      options: this.#options,
      joined: () => this.#joined(),
      left: () => this.#left(),
    });
    this.#timing = new PollTiming(this.#options, () => void this.#poll());
    this.#staleTimer = new Timer(clock, () => this.#audience.offerStatus());
    this.#lingerTimer = new Timer(clock, () => this.#sleep("asleep"));
  }

  get snapshot(): Snapshot<T> | undefined {
    return this.#belief.snapshot;
  }

  get status(): Status {
    const closed = this.#life.state === "closed";
    return this.#record.status({ closed, held: this.#belief.held, nextAt: this.#timing.nextAt, aside: this.#whoServes.aside });
  }

  ready(options: { readonly signal?: AbortSignal | undefined } = {}): Promise<Snapshot<T>> {
    const { snapshot } = this;
    const served = snapshot !== undefined && this.#life.state !== "closed" && options.signal?.aborted !== true;
    return served ? Promise.resolve(snapshot) : this.#audience.wait(undefined, options.signal);
  }

  refresh(options: { readonly reason?: string | undefined; readonly signal?: AbortSignal | undefined } = {}): Promise<Snapshot<T>> {
    const outcome = this.#audience.wait(this.#polls, options.signal);
    this.#reason = options.reason;
    this.#timing.want();
    return outcome;
  }

  suspect(at: Pick<Endpoint, "host" | "port">, options: { readonly cause?: unknown } = {}): void {
    if (this.#life.state === "awake" && typeof at?.host === "string") this.#whoServes.suspect(at, options?.cause);
  }

  subscribe(sink: EndpointSink<T> | EndpointSink<T>["update"], options?: SubscribeOptions): Subscription {
    return this.#audience.subscribe(typeof sink === "function" ? { update: sink } : sink, options);
  }

  /** Yields the newest version, each at most once; subscribes while it is iterated and ends when the poller closes. */
  [Symbol.asyncIterator](): AsyncIterableIterator<Snapshot<T>> {
    return this.#audience.iterate();
  }

  /**
   * Ends everything for good: no timer, socket, listener or call is left, and whoever waits is rejected with `CLOSED`.
   * Idempotent. Resolves once the source has closed; rejects with what its `close` rejected with.
   */
  close(): Promise<void> {
    if (this.#closing === undefined) {
      this.#closing = Promise.resolve().then(() => this.#source.close?.());
      this.#closing.catch(() => undefined); // whoever ignores the promise ignores its failure
      this.#sleep("closed");
      this.#audience.close();
    }
    return this.#closing;
  }

  /** The same as `close`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** What `JSON.stringify` and `util.inspect` show: what is asked, how it goes and what is believed; never a secret. */
  toJSON(): unknown {
    return reportOf(this.#source.key, this, this.#record.ageMs);
  }

  static {
    inspectAsJson(MetadataPoller);
  }

  /** Somebody listens or waits: polling begins, unless it goes on already. */
  #joined(): void {
    this.#lingerTimer.clear();
    if (this.#life.state === "awake") return;
    const polling = new AbortController();
    this.#life = { state: "awake", polling };
    this.#timing.begin();
    this.#whoServes.start();
    void this.#restore();
    this.#staleTimer.set(this.#record.freshUntil);
    void watchSource(this.#source, polling.signal, () => this.#timing.want());
  }

  /** Somebody left: when nobody is left, polling ends after `lingerMs`. */
  #left(): void {
    if (this.#life.state !== "awake" || !this.#audience.isEmpty || this.#leaveLater) return;
    const { lingerMs, clock } = this.#options;
    if (lingerMs === 0) this.#sleep("asleep");
    else if (lingerMs < Number.POSITIVE_INFINITY && this.#lingerTimer.dueAt === undefined) this.#lingerTimer.set(clock.now() + lingerMs);
  }

  #sleep(state: "asleep" | "closed"): void {
    const before = this.#life;
    this.#life = { state };
    for (const timer of [this.#staleTimer, this.#lingerTimer]) timer.clear();
    const fetch = this.#fetch;
    this.#fetch = undefined;
    this.#timing.stop(fetch);
    this.#whoServes.stop(state === "closed");
    fetch?.abort(this.#unheard());
    if (before.state === "awake") before.polling.abort(this.#unheard());
  }

  /** One poll, from the question to the published belief. Never rejects. */
  async #poll(): Promise<void> {
    const poll = ++this.#polls;
    this.#timing.pollStarted();
    const fetch = this.#ask();
    const trace: PollTrace = { source: this.#source.key, poll, attempt: this.#record.failures, reason: this.#reason };
    this.#reason = undefined;
    const outcome = await tracePoll(trace, async () => {
      const answer = await fetch.answer;
      return this.#believe(answer, fetch, trace);
    }).catch((thrown: unknown): PollOutcome => ({ kind: "failed", error: toDiscoveryError(thrown, this.#source.key) }));
    if (this.#fetch === fetch) this.#ended(poll, fetch, outcome);
  }

  #ask(): RunningFetch<T> {
    const { clock, timeoutMs, mapEndpoint } = this.#options;
    const { previous, known, snapshot } = this.#belief;
    const context = { previous, known, aside: snapshot?.aside, attempt: this.#record.failures, mapEndpoint };
    const fetch: RunningFetch<T> = new RunningFetch(this.#source, context, { clock, timeoutMs }, () => this.#timing.settled(fetch));
    this.#fetch = fetch;
    return fetch;
  }

  /** Updates the belief and tells every sink at once; a held answer may bring news as well. */
  #believe(answer: T, fetch: RunningFetch<T>, trace: PollTrace): Outcome {
    const before = this.snapshot;
    // Everybody may have left since the answer came, or leave while it is read; then it must change nothing.
    const outcome = this.#belief.take(answer, () => {
      if (this.#fetch !== fetch) throw this.#unheard();
    });
    this.#leaveLater = true;
    trace.outcome = outcome.kind;
    if (this.snapshot !== before) this.#publish(before);
    return outcome;
  }

  /** Between two answers, probes have shown that others serve than before. */
  #restand(): void {
    const before = this.snapshot;
    if (this.#life.state !== "closed" && this.#belief.restand()) this.#publish(before);
  }

  #publish(before: Snapshot<T> | undefined): void {
    if (this.snapshot !== undefined) this.#keeper?.keep(this.snapshot);
    this.#audience.offer(before);
  }

  /** Begins with what the store has, unless the first poll is quicker. */
  async #restore(): Promise<void> {
    const stored = await this.#keeper?.load();
    const isWanted = (): boolean => this.#life.state !== "closed";
    if (stored === undefined || !isWanted() || !this.#belief.restore(stored, isWanted)) return;
    this.#record.restored = true;
    this.#audience.restored();
    this.#left();
  }

  /** The bookkeeping after a poll: how it went, who waited for it, and when the next one is due. */
  #ended(poll: number, fetch: RunningFetch<T>, outcome: PollOutcome): void {
    this.#fetch = undefined;
    this.#leaveLater = false;
    this.#record.ended(outcome);
    if (this.#record.error === undefined && this.snapshot !== undefined) this.#keeper?.confirm(this.snapshot);
    this.#audience.pollEnded(poll, this.#record.error);
    this.#timing.pollEnded(fetch, outcome.kind, this.#record.failures);
    this.#staleTimer.set(this.#record.freshUntil);
    this.#audience.offerStatus();
    this.#left();
  }

  #unheard(): DiscoveryError {
    return new DiscoveryError("ABORTED", "nobody waits for the answer any more", { source: this.#source.key });
  }
}
