import type { Endpoint, FetchContext, MetadataSource, WatchContext } from "@rollcall/core";
import type { ManualClock } from "./manual-clock.js";

/**
 * What a scripted source says: the members, as {@link answer} takes them, or a function of the question, which may throw, reject,
 * take its time or never settle.
 */
export type Script = readonly string[] | ((context: FetchContext<ScriptedAnswer>) => Promise<ScriptedAnswer> | ScriptedAnswer);

/** What a scripted source answers. */
export interface ScriptedAnswer {
  /** Everybody it lists. */
  readonly endpoints: readonly Endpoint[];
  /** Metadata besides the endpoints: another number makes a new version. Default: absent. */
  readonly epoch?: number;
}

/**
 * A source whose answers a test writes, and which remembers when it was asked and what is still open. {@link scriptedSource} makes
 * one; extend the class for a source that has more methods, such as `probe`.
 */
export class ScriptedSource implements MetadataSource<ScriptedAnswer> {
  readonly key: string = "scripted";
  /** When each question began, on the clock, in milliseconds. */
  readonly starts: number[] = [];
  /** When each question that has settled did so. */
  readonly ends: number[] = [];
  /** Questions that have not settled, whether or not anybody still waits. */
  readonly open: Set<FetchContext<ScriptedAnswer>> = new Set();
  /** What each question was told. */
  readonly contexts: FetchContext<ScriptedAnswer>[] = [];
  /** One for each time that polling began; its signal has fired when that polling is over. */
  readonly watches: WatchContext[] = [];
  /** Questions that have not settled now. */
  alive = 0;
  /** The most that were alive at one time. */
  maxAlive = 0;
  /** How often it was closed. */
  closed = 0;
  /** What it says from the next question on. */
  script: Script;
  /** The poller's clock. */
  readonly clock: ManualClock;

  /** @param clock - the poller's clock, which dates `starts` and `ends` */
  constructor(clock: ManualClock, script: Script) {
    this.clock = clock;
    this.script = script;
  }

  async fetch(context: FetchContext<ScriptedAnswer>): Promise<ScriptedAnswer> {
    this.contexts.push(context);
    this.starts.push(this.clock.now());
    this.open.add(context);
    this.alive += 1;
    this.maxAlive = Math.max(this.maxAlive, this.alive);
    try {
      return typeof this.script === "function" ? await this.script(context) : answer(...this.script);
    } finally {
      this.alive -= 1;
      this.open.delete(context);
      this.ends.push(this.clock.now());
    }
  }

  endpoints({ endpoints }: ScriptedAnswer): Iterable<Endpoint> {
    return endpoints;
  }

  sameMetadata(before: ScriptedAnswer, after: ScriptedAnswer): boolean {
    return before.epoch === after.epoch;
  }

  watch(context: WatchContext): void {
    this.watches.push(context);
  }

  async close(): Promise<void> {
    this.closed += 1;
  }
}

/**
 * A source whose answers a test writes.
 *
 * @param clock - the poller's clock
 * @param script - what it says; assign `script` of the source to let it say something else from the next question on
 */
export function scriptedSource(clock: ManualClock, script: Script): ScriptedSource {
  return new ScriptedSource(clock, script);
}

/** An answer that lists these members: `a` at `a.test`, or `a@host`; the port is always 2379. */
export function answer(...members: readonly string[]): ScriptedAnswer {
  return { endpoints: members.map(member) };
}

/** One member, written `id` or `id@host`. */
export function member(text: string): Endpoint {
  const [id = "", host = `${id}.test`] = text.split("@");
  return { id, host, port: 2379 };
}

/**
 * A script, or a probe, that never settles unless its signal fires; then it rejects with the signal's reason.
 * @param options - `signal`: ends it, also when it has fired before.
 */
export function hang({ signal }: { readonly signal: AbortSignal }): Promise<never> {
  if (signal.aborted) return Promise.reject(signal.reason);
  return new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason), { once: true }));
}
