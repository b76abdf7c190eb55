import { type Endpoint, MetadataPoller } from "@rollcall/core";
import { BenchClock } from "./bench-clock.js";
import type { Same } from "./comparisons.js";
import { freshMembers } from "./members.js";
import { NaivePoller } from "./naive-poller.js";
import type { Candidate } from "./stopwatch.js";

/** What a fleet looks like. */
export interface FleetShape {
  /** Pollers that poll together; what is measured is shared out among them. */
  readonly pollers: number;
  /** Members in every answer. */
  readonly members: number;
  /** Subscribers of each poller. Default 1. */
  readonly sinks?: number | undefined;
  /** Whether one member moves from each answer to the next. Default false. */
  readonly changing?: boolean | undefined;
  /** Waves in one timed run, when one alone would be too short to time. Default 1. */
  readonly waves?: number | undefined;
}

const TIMING = { intervalMs: 30_000, timeoutMs: 10_000 } as const;
/** Past the longest pause between two polls: one interval and a tenth, and after the first poll one floor more. */
const WAVE_MS = 1.2 * TIMING.intervalMs;

/** Many pollers on one clock that all poll once per wave, with answers that are there at once: what remains is the pollers' own work. */
export class Fleet {
  readonly shape: FleetShape;
  /** Questions asked so far. */
  polls = 0;
  /** Calls of sinks so far. */
  told = 0;
  readonly #clock = new BenchClock();
  /** The answers of the waves that come next, one per poller. */
  #answers: (readonly (readonly Endpoint[])[])[] = [];
  #port = 2379;

  private constructor(shape: FleetShape) {
    this.shape = shape;
    this.prepare();
  }

  /** A fleet of Rollcall's pollers, after its first wave. */
  static async ofRollcall(shape: FleetShape): Promise<Fleet> {
    const fleet = new Fleet(shape);
    for (const at of fleet.#numbers) {
      const source = { key: "bench", fetch: () => fleet.#ask(at), endpoints: (members: readonly Endpoint[]) => members };
      const poller = new MetadataPoller(source, { ...TIMING, clock: fleet.#clock });
      fleet.#eachSink((sink) => poller.subscribe(sink));
    }
    await fleet.#clock.jump(0);
    return fleet;
  }

  /** A fleet of naive pollers, after its first wave. With `same` always true, it is the bare request. */
  static async ofNaive(shape: FleetShape, same: () => Same): Promise<Fleet> {
    const fleet = new Fleet(shape);
    for (const at of fleet.#numbers) {
      const poller = new NaivePoller({ ask: () => fleet.#ask(at), same: same(), clock: fleet.#clock, ...TIMING });
      fleet.#eachSink((sink) => poller.sinks.push(sink));
      void poller.poll();
    }
    await fleet.#clock.jump(0);
    return fleet;
  }

  /** Makes the answers of the next timed run. */
  prepare(): void {
    const { members, changing = false, waves = 1 } = this.shape;
    this.#answers = Array.from({ length: waves }, () => {
      if (changing) this.#port = this.#port === 2379 ? 2380 : 2379;
      return this.#numbers.map(() => freshMembers(members, this.#port));
    });
  }

  /** Every poller polls once per wave. */
  async run(): Promise<void> {
    while (this.#answers.length > 0) {
      await this.#clock.jump(WAVE_MS);
      this.#answers.pop();
    }
  }

  /** One run as something to time. */
  candidate(name: string): Candidate {
    return { name, run: () => this.run(), prepare: () => this.prepare() };
  }

  get #numbers(): readonly number[] {
    return Array.from({ length: this.shape.pollers }, (_, at) => at);
  }

  async #ask(at: number): Promise<readonly Endpoint[]> {
    this.polls += 1;
    return this.#answers.at(-1)?.[at] ?? [];
  }

  #eachSink(add: (sink: () => void) => void): void {
    for (let left = this.shape.sinks ?? 1; left > 0; left -= 1) {
      add(() => {
        this.told += 1;
      });
    }
  }
}
