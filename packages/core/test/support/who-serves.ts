import { subscribe as listen, unsubscribe as unlisten } from "node:diagnostics_channel";
import { onTestFinished } from "vitest";
import type { Endpoint } from "../../src/endpoint.js";
import { MetadataPoller } from "../../src/metadata-poller.js";
import type { PollerOptions } from "../../src/poller-options.js";
import type { Snapshot } from "../../src/snapshot.js";
import { ManualClock } from "./manual-clock.js";
import { ProbingSource, type Serves } from "./probing-source.js";
import { RecordingSink } from "./recording-sink.js";
import { type Answer, answer, ids, member, type Script } from "./scripted-source.js";

/** A source that remembers whom it asked, and what became of the question. */
export class AskedSource extends ProbingSource {
  readonly asked: { readonly endpoint: Endpoint; readonly at: number; readonly signal: AbortSignal }[] = [];
  probeEveryMs?: number;
  unavailable?: (metadata: Answer) => Iterable<string>;

  override probe(endpoint: Endpoint, context: { readonly signal: AbortSignal }): Promise<void> {
    this.asked.push({ endpoint, at: this.clock.now(), signal: context.signal });
    return super.probe(endpoint, context);
  }

  /** When one member was asked. */
  timesOf(id: string): readonly number[] {
    return this.probes.filter((probe) => probe.id === id).map(({ at }) => at);
  }
}

/** The way to the members. What is on it when it breaks, or is sent while it is broken, is lost and never answered. */
export class Network {
  readonly #clock: ManualClock;
  /** Odd while it is broken. */
  #changes = 0;
  #unread: (() => void)[] | undefined;

  constructor(clock: ManualClock) {
    this.#clock = clock;
  }

  get isDown(): boolean {
    return this.#changes % 2 === 1;
  }

  down(): void {
    if (!this.isDown) this.#changes += 1;
  }

  up(): void {
    if (this.isDown) this.#changes += 1;
  }

  /** A member whose answer takes so long to come back; with an error, it says no. */
  answersAfter(ms: number | (() => number), error?: Error): Serves {
    return ({ signal }) =>
      new Promise((resolve, reject) => {
        const sentAt = this.#changes;
        const arrive = (): void => {
          if (this.#changes === sentAt && !this.isDown) this.#read(() => (error === undefined ? resolve() : reject(error)));
        };
        const timer = this.#clock.setTimeout(arrive, typeof ms === "number" ? ms : ms());
        signal.addEventListener("abort", () => {
          this.#clock.clearTimeout(timer);
          reject(signal.reason);
        });
      });
  }

  /**
   * The event loop stands still: all timers fire late, and what arrived meanwhile is read only after them, or `afterMs` later still
   * (a process that was suspended: its network wakes up, too). With `reads`, no more than so many answers are read, since what follows
   * from the last of them blocks the loop again.
   */
  async block(ms: number, { reads = Number.POSITIVE_INFINITY, afterMs = 0 } = {}): Promise<void> {
    const unread = this.#unread ?? [];
    this.#unread = unread;
    this.#clock.setTimeout(() => {
      for (const read of unread.splice(0, reads)) read();
      if (reads === Number.POSITIVE_INFINITY) this.#unread = undefined;
    }, ms + afterMs);
    await this.#clock.jump(ms);
  }

  #read(deliver: () => void): void {
    if (this.#unread === undefined) deliver();
    else this.#unread.push(deliver);
  }
}

/** How a scene is set. The rest are the poller's options. */
export interface SceneOptions extends PollerOptions {
  readonly seed?: number;
  /** How long a healthy member takes to answer. Default 20. */
  readonly latencyMs?: number;
}

/** A poller that somebody listens to: polls almost never unless asked (intervalMs is a day), 1 s floor, probe.timeoutMs 500. */
export class Scene {
  readonly clock: ManualClock;
  readonly source: AskedSource;
  readonly network: Network;
  readonly poller: MetadataPoller<Answer>;
  /** Is told every version. */
  readonly sink = new RecordingSink();
  /** When it was told each of them. */
  readonly toldAt: number[] = [];
  /** Healthy. */
  readonly serves: Serves;

  constructor(script: Script, { seed = 1, latencyMs = 20, ...options }: SceneOptions = {}, change?: (source: AskedSource) => void) {
    this.clock = new ManualClock(seed);
    this.source = new AskedSource(this.clock, script);
    this.network = new Network(this.clock);
    this.serves = this.network.answersAfter(latencyMs);
    this.source.everybody = this.serves;
    change?.(this.source);
    this.poller = new MetadataPoller(this.source, { intervalMs: 86_400_000, timeoutMs: 2_000, clock: this.clock, ...options });
    this.sink.behaviour = (snapshot) => {
      this.toldAt.push(this.clock.now());
      this.sink.problems.push(...problemsOf(snapshot));
    };
  }

  /** Who is used, and who is aside: `a b | c`. */
  get now(): string {
    return shown(this.poller.snapshot);
  }

  /** Every version so far, and what was wrong with any. */
  get versions(): readonly string[] {
    return [...this.sink.problems, ...this.sink.calls.map(({ snapshot }) => shown(snapshot))];
  }

  get fewest(): number {
    return Math.min(...this.sink.calls.map(({ snapshot }) => snapshot.endpoints.length));
  }

  /** A client's call to these members, or to everybody in use, just failed. */
  suspect(...members: readonly string[]): void {
    const named = members.length > 0 ? members.map(member) : (this.poller.snapshot?.endpoints ?? []);
    for (const endpoint of named) this.poller.suspect(endpoint);
  }

  /** Does this every so often, for a while. */
  async every(stepMs: number, totalMs: number, act: () => void): Promise<void> {
    for (let passed = 0; passed < totalMs; passed += stepMs) {
      act();
      await this.clock.advance(Math.min(stepMs, totalMs - passed));
    }
  }

  /** Lets time pass until this holds, in steps of 1 ms; says how long it took, or `Infinity`. */
  async until(holds: () => boolean, atMostMs: number): Promise<number> {
    await this.clock.advance(0);
    for (let passed = 0; passed <= atMostMs; passed += 1) {
      if (holds()) return passed;
      await this.clock.advance(1);
    }
    return Number.POSITIVE_INFINITY;
  }

  /** The cluster now lists others, and a poll finds out. */
  async list(...members: readonly string[]): Promise<void> {
    await this.answerWith(answer(...members));
  }

  /** A poll brings this. */
  async answerWith(next: Answer): Promise<void> {
    const polls = this.source.ends.length;
    this.source.script = () => next;
    void this.poller.refresh();
    await this.until(() => this.source.ends.length > polls, 10_000);
    await this.clock.advance(0);
  }
}

/** A scene whose first set is published and used. */
export async function scene(members: string | Script, options?: SceneOptions, change?: (source: AskedSource) => void): Promise<Scene> {
  const begun = new Scene(typeof members === "string" ? members.split(" ") : members, options, change);
  begun.poller.subscribe(begun.sink, { metadata: true });
  await begun.clock.advance(0);
  return begun;
}

/** So many lives of a scene: each has its own dice. */
export function seeds(count: number): readonly number[] {
  return Array.from({ length: count }, (_, at) => at + 1);
}

/** Collects the messages of a diagnostics channel until the test ends. */
export function messagesOf<Message>(channel: string): readonly Message[] {
  const messages: Message[] = [];
  const collect = (message: unknown): void => void messages.push(message as Message);
  listen(channel, collect);
  onTestFinished(() => void unlisten(channel, collect));
  return messages;
}

function shown(snapshot: Snapshot | undefined): string {
  return snapshot === undefined ? "nobody" : `${ids(snapshot.endpoints)} | ${ids(snapshot.aside)}`.trim();
}

/** What must be true of every version. */
function problemsOf({ endpoints, aside }: Snapshot): readonly string[] {
  const problems: string[] = [];
  if (endpoints.length === 0) problems.push("nobody is used");
  const used = new Set(endpoints.map(({ id }) => id));
  for (const { id } of aside) if (used.has(id)) problems.push(`${id} is used and aside`);
  if (!Object.isFrozen(endpoints) || !Object.isFrozen(aside)) problems.push("a list is not frozen");
  return problems;
}
