import { type Endpoint, type EndpointFeed, MetadataPoller } from "@rollcall/core";
import { ManualClock } from "../manual-clock.js";
import { ConformanceError, type Observed, type Rule } from "../rule.js";
import { type ScriptedAnswer, type ScriptedSource, scriptedSource } from "../scripted-source.js";
import { LATE, within } from "../within.js";
import { ObservedFeed } from "./observed-feed.js";
import type { Address, SinkCapabilities, SinkHarness } from "./sink-harness.js";

const INTERVAL_MS = 10_000;
const FLOOR_MS = 1_000;
/** Between two looks at the client, of the real clock. */
const PAUSE_MS = 2;
/** Before a case gives up: a process that was stopped for a while must not blame the sink. */
const MIN_LOOKS = 10;

const CALLS_END: Rule = {
  rule: "every call of update ends: it returns, or its promise settles",
  why: "while a call is in progress the sink is told nothing; one that never ends leaves the client with that set for ever",
};

const IS_MADE: Rule = {
  rule: "make gives a client without waiting for the first set",
  why: "an application must be able to start while the cluster does not answer",
};
const IS_TOLD: Rule = {
  rule: "a client subscribes to its feed, or passes it on to what does",
  why: "nobody tells it anything otherwise: to read feed.snapshot is not to listen, and a poller asks only while somebody does",
};

/** What a case needs of the capabilities, with their defaults. */
export type StageOptions<H extends SinkHarness> = Pick<SinkCapabilities<H>, "eventual" | "staysSubscribed" | "refuse"> &
  Required<{ readonly addresses: readonly Address[]; readonly timeoutMs: number }>;

/** One thing that the suite checks of a sink. */
export interface SinkCase {
  readonly facet: string;
  /** What must hold, as a sentence without its subject. */
  readonly name: string;
  readonly run: (stage: Stage) => Promise<void>;
  /** Why it does not apply to such a sink; undefined = it does. */
  readonly skipped?: (options: StageOptions<SinkHarness>) => string | undefined;
}

/** Where a case plays: a real poller on a manual clock, a cluster that the case scripts, and the client that takes what it is told. */
export class Stage {
  readonly options: StageOptions<SinkHarness>;
  readonly feed: ObservedFeed<ScriptedAnswer>;
  readonly poller: MetadataPoller<ScriptedAnswer>;
  readonly source: ScriptedSource;
  readonly #clock: ManualClock = new ManualClock();
  readonly #make: (feed: EndpointFeed) => SinkHarness | Promise<SinkHarness>;
  #client: Promise<SinkHarness> | undefined;
  #closed = false;

  constructor(make: (feed: EndpointFeed) => SinkHarness | Promise<SinkHarness>, options: StageOptions<SinkHarness>) {
    this.options = options;
    this.#make = make;
    this.source = scriptedSource(this.#clock, () => this.#answer(["a@0"]));
    this.poller = new MetadataPoller(this.source, {
      intervalMs: INTERVAL_MS,
      minIntervalMs: FLOOR_MS,
      clock: this.#clock,
      guard: () => true,
    });
    this.feed = new ObservedFeed(this.poller);
  }

  /** The client of this case, made at the first use, with the members that the cluster lists then. */
  client(): Promise<SinkHarness> {
    this.#client ??= this.settled(IS_MADE, this.#made());
    return this.#client;
  }

  /** The cluster lists these members, `a@0` is `a` at the first address; resolves when nobody is being told any more. */
  async publish(...members: readonly string[]): Promise<void> {
    await this.list(...members);
    await this.idle();
  }

  /** Nobody is being told. */
  async idle(): Promise<void> {
    await this.until(CALLS_END, () => this.feed.running === 0);
  }

  /** The cluster lists these members and a poll has found that; calls may be in progress. */
  async list(...members: readonly string[]): Promise<void> {
    this.source.script = () => this.#answer(members);
    await this.client();
    if (this.feed.subscriptions === 0) await this.until(IS_TOLD, () => this.feed.subscriptions > 0);
    await Promise.all([this.poller.refresh(), this.pass(FLOOR_MS)]);
  }

  /** The client holds exactly these members' addresses, each at most as often as members are there. */
  async expectHeld(rule: Rule, ...members: readonly string[]): Promise<void> {
    const expected = this.#answer(members).endpoints;
    let held: readonly string[] = [];
    let problem: unknown;
    const isHeld = async (): Promise<boolean> => {
      problem = undefined;
      held = await this.held().catch((error: unknown) => {
        problem = error;
        return [];
      });
      return held.length <= expected.length && sameMembers(held, expected.map(addressText));
    };
    await this.until(rule, isHeld, () => ({ expected: expected.map(addressText), held: problem ?? held }));
  }

  /** What the client uses now, as `host:port`. */
  async held(): Promise<readonly string[]> {
    const client = await this.client();
    const held = await within(client.held(), this.options.timeoutMs);
    if (held === LATE) throw new Error(`held() did not settle within ${this.options.timeoutMs} ms`);
    return [...held].map(addressText);
  }

  /** Lets the poller's time pass until something holds. */
  async until(rule: Rule, holds: () => boolean | Promise<boolean>, facts: () => Observed = () => ({})): Promise<void> {
    const { timeoutMs } = this.options;
    const deadline = performance.now() + timeoutMs;
    for (let looks = 1; looks <= MIN_LOOKS || performance.now() <= deadline; looks += 1) {
      await this.pass(FLOOR_MS);
      if (await holds()) return;
      await new Promise<void>((resolve) => setTimeout(resolve, PAUSE_MS));
    }
    const thrown = this.feed.thrown.at(-1);
    const fromSink = thrown === undefined ? {} : { "the sink threw": thrown };
    throw new ConformanceError(rule, { ...facts(), ...fromSink, "waited for": `${timeoutMs} ms` }, thrown);
  }

  /** Lets the poller's time pass until a promise settles. @throws ConformanceError when it does not, or rejects */
  async settled<R>(rule: Rule, promise: Promise<R>): Promise<R> {
    let outcome: PromiseSettledResult<R> | undefined;
    void Promise.allSettled([promise]).then(([settled]) => {
      outcome = settled;
    });
    await this.until(rule, () => outcome !== undefined);
    if (outcome?.status === "fulfilled") return outcome.value;
    throw new ConformanceError(rule, { "rejected with": outcome?.reason }, outcome?.reason);
  }

  /** Lets the poller's time pass, in milliseconds. */
  async pass(ms: number): Promise<void> {
    await this.#clock.advance(ms);
  }

  /** Ends the client as its user would; again, if that is the question. */
  async end(): Promise<void> {
    this.#closed = true;
    await (await this.client()).close();
  }

  /** The client ends, and another one is made on the same feed. */
  async nextClient(rule: Rule): Promise<void> {
    await this.settled(rule, this.end());
    this.#client = undefined;
    this.#closed = false;
    await this.client();
  }

  /** Ends everything. How a client ends is a facet of its own; here the rest has to end whatever it does. */
  async close(): Promise<void> {
    this.feed.afterCall = () => undefined;
    if (!this.#closed && this.#client !== undefined) await within(this.end(), this.options.timeoutMs).catch(() => undefined);
    await this.poller.close();
  }

  async #made(): Promise<SinkHarness> {
    return await this.#make(this.feed);
  }

  #answer(members: readonly string[]): ScriptedAnswer {
    const { addresses } = this.options;
    const endpoints = members.map((text): Endpoint => {
      const [id = "", at = ""] = text.split("@");
      const { host, port } = addresses[Number(at)] ?? { host: "", port: 0 };
      return { id, host, port };
    });
    return { endpoints };
  }
}

function addressText({ host, port }: Address): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

function sameMembers(a: readonly string[], b: readonly string[]): boolean {
  const [left, right] = [new Set(a), new Set(b)];
  return left.size === right.size && a.every((one) => right.has(one));
}
