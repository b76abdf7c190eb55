import { isDiscoveryError, MetadataPoller, type Subscription } from "../../src/index.js";
import { ManualClock, settle } from "./manual-clock.js";
import { RecordingSink } from "./recording-sink.js";
import { type Answer, answer, ids, ScriptedSource } from "./scripted-source.js";
import { sourceBehaviours } from "./source-behaviours.js";

const INTERVAL_MS = 10_000;
const FLOOR_MS = 1_000;
/** Sums of fractions of milliseconds differ in the last bit. */
const ROUNDING_MS = 1e-6;
const TIMEOUT_MS = 2_000;

interface Listener {
  readonly sink: RecordingSink;
  readonly subscription: Subscription;
  healthy: boolean;
  gone: boolean;
}

/** A seeded run of random operations against one poller, with the invariants checked after every step. */
export class ModelRun {
  readonly trace: string[] = [];
  readonly problems: string[] = [];
  readonly #clock: ManualClock;
  readonly #source: ScriptedSource;
  readonly #poller: MetadataPoller<Answer>;
  readonly #listeners: Listener[] = [];
  #truth: readonly string[] = ["a", "b", "c"];
  #version = 0;
  #waiting = 0;
  #closed = false;
  /** A deaf source may settle at any time; then only the distance of the starts is checked. */
  #deaf = false;

  constructor(seed: number) {
    this.#clock = new ManualClock(seed);
    this.#source = new ScriptedSource(this.#clock, () => answer(...this.#truth));
    const options = { intervalMs: INTERVAL_MS, minIntervalMs: FLOOR_MS, timeoutMs: TIMEOUT_MS, clock: this.#clock };
    this.#poller = new MetadataPoller(this.#source, options);
  }

  /** Random operations, then faults stop and everybody must hold the truth, then close. */
  async run(steps: number): Promise<void> {
    for (let step = 0; step < steps && this.problems.length === 0; step += 1) {
      await this.#step();
      this.#check();
    }
    await this.#converge();
    await this.#close();
  }

  async #step(): Promise<void> {
    const operations: readonly (() => unknown)[] = [
      () => this.#subscribe(),
      () => this.#leave(),
      () => this.#moveTruth(),
      () => this.#breakSource(),
      () => this.#breakSink(),
      () => this.#refresh(),
      () => this.#wait(),
      () => this.#hint(),
      () => this.#pass(this.#pick([0, 10, 500, FLOOR_MS, TIMEOUT_MS, INTERVAL_MS, 3 * INTERVAL_MS])),
      () => this.#pass(this.#pick([1, 100, FLOOR_MS])),
      () => this.#jump(),
    ];
    await this.#pick(operations)();
    await settle();
  }

  #note(operation: string): void {
    this.trace.push(`${Math.round(this.#clock.now())} ms: ${operation}`);
  }

  #pick<V>(values: readonly V[]): V {
    return values[Math.floor(this.#clock.random() * values.length)] as V;
  }

  #subscribe(): void {
    const sink = new RecordingSink();
    const listener: Listener = {
      sink,
      subscription: this.#poller.subscribe(sink, { metadata: this.#clock.random() < 0.3 }),
      healthy: true,
      gone: false,
    };
    this.#listeners.push(listener);
    if (sink.calls.length > 0) this.problems.push("5: called inside subscribe");
    this.#note(`subscribe #${this.#listeners.length}`);
  }

  #leave(): void {
    const listener = this.#pick(this.#listeners);
    if (listener === undefined || listener.gone) return;
    this.#note("a subscriber leaves");
    this.#retire(listener);
  }

  #retire(listener: Listener): void {
    listener.gone = true;
    listener.subscription[Symbol.dispose]();
    const calls = listener.sink.calls.length;
    const check = listener.sink.behaviour;
    listener.sink.behaviour = (snapshot) => {
      this.problems.push(`5: called after disposal (${calls} calls before)`);
      return check(snapshot);
    };
  }

  #moveTruth(): void {
    this.#truth = this.#pick([
      ["a", "b", "c"],
      ["a", "b", "c", "d"],
      ["b", "c", "d"],
      ["a@moved", "b", "c"],
      ["x", "y", "z"],
      ["a"],
      ["b", "a"],
    ]);
    this.#note(`the cluster is ${this.#truth.join(" ")}`);
  }

  #breakSource(): void {
    const [name, script] = this.#pick(sourceBehaviours(this.#clock, () => answer(...this.#truth)));
    this.#source.script = script;
    this.#deaf ||= name.endsWith("deaf");
    this.#note(`the source is ${name}`);
  }

  #breakSink(): void {
    const listener = this.#pick(this.#listeners);
    if (listener === undefined || listener.gone) return;
    const [name, behaviour] = this.#pick<readonly [string, RecordingSink["behaviour"]]>([
      ["good", () => undefined],
      ["slow", () => new Promise<void>((resolve) => this.#clock.setTimeout(resolve, 700))],
      ["throwing", () => this.#refuse()],
      ["rejecting", () => Promise.reject(new Error("rejected"))],
      ["leaving", () => this.#retire(listener)],
      ["refreshing", () => this.#refresh()],
      ["suspecting", () => this.#poller.suspect({ host: "a.test", port: 2379 })],
    ]);
    listener.healthy = name !== "throwing" && name !== "rejecting";
    listener.sink.behaviour = behaviour;
    this.#note(`a sink is ${name}`);
  }

  #refuse(): never {
    throw new Error("not applied");
  }

  #refresh(): void {
    const startedBefore = this.#source.starts.length;
    this.#note("refresh");
    this.#track(this.#poller.refresh(), () => {
      if (this.#source.starts.length <= startedBefore) this.problems.push("16: refresh resolved from an older fetch");
    });
  }

  #wait(): void {
    const controller = new AbortController();
    this.#note("ready, aborted in a second");
    this.#track(this.#poller.ready({ signal: controller.signal }), () => undefined);
    this.#clock.setTimeout(() => controller.abort(), 1_000);
  }

  #track(promise: Promise<unknown>, onResolved: () => void): void {
    this.#waiting += 1;
    const done = (): void => {
      this.#waiting -= 1;
    };
    void promise
      .then(onResolved, (error: unknown) => {
        if (!isDiscoveryError(error)) this.problems.push(`5: rejected with ${String(error)}`);
      })
      .then(done);
  }

  #hint(): void {
    this.#note("the source announces a change");
    this.#source.watches.at(-1)?.changed();
  }

  async #pass(ms: number): Promise<void> {
    this.#note(`${ms} ms pass`);
    await this.#clock.advance(ms);
  }

  async #jump(): Promise<void> {
    const polls = this.#source.starts.length;
    this.#note("an hour passes at once");
    await this.#clock.jump(3_600_000);
    if (this.#source.starts.length > polls + 1) this.problems.push("19: a clock jump caused a burst");
  }

  #check(): void {
    const { snapshot, status } = this.#poller;
    const say = (problem: string): void => void this.problems.push(problem);
    if (snapshot !== undefined) {
      if (snapshot.version < this.#version) say("2: the version went back");
      this.#version = snapshot.version;
      if (snapshot.endpoints.length === 0) say("1: an empty set was published");
      if (snapshot.endpoints.some(({ id }, at, all) => id <= (all[at - 1]?.id ?? ""))) say("13: not sorted, or not unique");
      if (![snapshot, snapshot.endpoints, ...snapshot.endpoints].every(Object.isFrozen)) say("13: not frozen");
    }
    if (status.state !== "closed" && (status.state === "pending") !== (snapshot === undefined)) say(`status says ${status.state}`);
    for (const { sink } of this.#listeners) for (const problem of sink.problems) say(`3 or 4: ${problem}`);
    this.#checkFetches(say);
  }

  #checkFetches(say: (problem: string) => void): void {
    const { starts, ends, watches, open } = this.#source;
    for (const [at, start] of starts.entries()) {
      const recent = ends.find((end) => end < start && end > start - FLOOR_MS + ROUNDING_MS);
      if (start - (starts[at - 1] ?? Number.NEGATIVE_INFINITY) < FLOOR_MS - ROUNDING_MS) say(`7: polls at ${starts[at - 1]} and ${start}`);
      if (recent !== undefined && !this.#deaf) say(`7: a poll at ${start}, ${start - recent} ms after the end of the last`);
    }
    const awaited = [...open].filter(({ signal }) => !signal.aborted).length;
    if (awaited > 1) say(`7: ${awaited} fetches are alive`);
    const listening = this.#listeners.some(({ gone }) => !gone) || this.#waiting > 0;
    const polling = watches.filter(({ signal }) => !signal.aborted).length;
    if (polling !== (listening && !this.#closed ? 1 : 0)) say(`9: ${polling} watches while ${listening ? "somebody" : "nobody"} listens`);
  }

  async #converge(): Promise<void> {
    this.#note("faults stop");
    this.#source.script = () => answer(...this.#truth);
    for (const listener of this.#listeners) if (!listener.gone) listener.sink.behaviour = () => undefined;
    await this.#clock.advance(4 * INTERVAL_MS);
    const truth = ids([...answer(...this.#truth).endpoints].sort((a, b) => (a.id < b.id ? -1 : 1)));
    for (const { gone, sink } of this.#listeners) {
      if (!gone && ids(sink.folded) !== truth) this.problems.push(`12: a sink holds ${ids(sink.folded)}, the truth is ${truth}`);
    }
  }

  async #close(): Promise<void> {
    const calls = this.#listeners.map(({ sink }) => sink.calls.length);
    await this.#poller.close();
    this.#closed = true;
    await this.#clock.advance(3_600_000);
    if (this.#clock.pending > 0) this.problems.push(`10: ${this.#clock.pending} timers after close`);
    if (this.#waiting > 0) this.problems.push(`10: ${this.#waiting} waiters never settled`);
    if (this.#listeners.some(({ sink }, at) => sink.calls.length !== calls[at])) this.problems.push("5: a call after close");
    if (this.#source.closed !== 1) this.problems.push(`10: the source was closed ${this.#source.closed} times`);
    this.#check();
  }
}
