import type { Endpoint } from "../../src/endpoint.js";
import type { FetchContext, MetadataSource, WatchContext } from "../../src/metadata-source.js";
import type { ManualClock } from "./manual-clock.js";

/** What a scripted source says: the members' names, or a function of the question. */
export type Script = readonly string[] | ((context: FetchContext<Answer>) => Promise<Answer> | Answer);

/** The answer: endpoints, and a number that only `sameMetadata` looks at. */
export interface Answer {
  readonly endpoints: readonly Endpoint[];
  readonly epoch?: number;
}

/** A source whose answers a test writes. Remembers when it was asked and what is alive. */
export class ScriptedSource implements MetadataSource<Answer> {
  readonly key: string = "scripted";
  readonly starts: number[] = [];
  readonly ends: number[] = [];
  /** Questions that have not settled, whether or not anybody still waits. */
  readonly open = new Set<FetchContext<Answer>>();
  readonly contexts: FetchContext<Answer>[] = [];
  readonly watches: WatchContext[] = [];
  alive = 0;
  maxAlive = 0;
  closed = 0;
  script: Script;
  readonly clock: ManualClock;

  constructor(clock: ManualClock, script: Script) {
    this.clock = clock;
    this.script = script;
  }

  async fetch(context: FetchContext<Answer>): Promise<Answer> {
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

  endpoints({ endpoints }: Answer): Iterable<Endpoint> {
    return endpoints;
  }

  sameMetadata(before: Answer, after: Answer): boolean {
    return before.epoch === after.epoch;
  }

  watch(context: WatchContext): void {
    this.watches.push(context);
  }

  async close(): Promise<void> {
    this.closed += 1;
  }
}

/** Members `a`, or `a@host` when it moved; the port is always 2379. */
export function answer(...members: readonly string[]): Answer {
  return { endpoints: members.map(member) };
}

/** One member, written `id` or `id@host`. */
export function member(text: string): Endpoint {
  const [id = "", host = `${id}.test`] = text.split("@");
  return { id, host, port: 2379 };
}

/** Never settles, unless its signal fires. */
export function hang({ signal }: { readonly signal: AbortSignal }): Promise<never> {
  return new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason), { once: true }));
}

/** The ids of some endpoints, as one text. */
export function ids(endpoints: readonly Endpoint[] | undefined): string {
  return (endpoints ?? []).map(({ id }) => id).join(" ");
}
