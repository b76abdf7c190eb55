import type { MetadataSource } from "@rollcall/core";
import type { EtcdMetadata } from "@rollcall/etcd";
import type { Test } from "./scenario.js";

/** A timer that fires so late was held up, and so was everything else in this process. */
const TICK_MS = 5;

interface Delay {
  readonly at: number;
  readonly ms: number;
}

/** How often a source is asked, and what its answers have to wait for. Times are those of `performance.now()`. */
export class AskedSource {
  readonly source: MetadataSource<EtcdMetadata>;
  polls = 0;
  /** The ids of those who were asked whether they serve. */
  readonly probed: string[] = [];
  /** When this process stood still, and when and for how long members that serve took to answer a probe. */
  readonly #stalls: Delay[] = [];
  readonly #answers: Delay[] = [];

  constructor(test: Test, source: MetadataSource<EtcdMetadata>) {
    this.source = source;
    const [fetch, probe] = [source.fetch.bind(source), source.probe?.bind(source)];
    Object.assign(source, {
      fetch: (context: Parameters<typeof fetch>[0]) => {
        this.polls += 1;
        return fetch(context);
      },
      probe: async (...args: Parameters<NonNullable<typeof probe>>) => {
        this.probed.push(args[0].id);
        const at = performance.now();
        await probe?.(...args);
        this.#answers.push({ at, ms: performance.now() - at });
      },
    });
    let last = performance.now();
    const ticks = setInterval(() => {
      const now = performance.now();
      if (now - last > 2 * TICK_MS) this.#stalls.push({ at: last, ms: now - last - TICK_MS });
      last = now;
    }, TICK_MS);
    test.onTestFinished(() => clearInterval(ticks));
  }

  /** For how long this process stood still between two moments. */
  stoodStill(from: number, to: number): number {
    return within(this.#stalls, from, to).reduce((sum, ms) => sum + ms, 0);
  }

  /** The longest time that a member which serves took to say so between two moments. */
  slowestAnswer(from: number, to: number): number {
    return Math.max(0, ...within(this.#answers, from, to));
  }
}

function within(delays: readonly Delay[], from: number, to: number): readonly number[] {
  return delays.filter(({ at, ms }) => at < to && at + ms > from).map(({ ms }) => ms);
}
