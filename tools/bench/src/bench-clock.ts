import type { Clock } from "@rollcall/core";
import { ManualClock } from "@rollcall/testkit";

interface Entry {
  readonly at: number;
  /** Absent once the timer is cleared; the entry leaves the heap when its time comes. */
  callback: (() => void) | undefined;
}

/**
 * Time that passes on demand, for tens of thousands of timers: a heap, and one turn of the event loop per moment. A test's manual
 * clock looks through all its timers for the next one, which would drown what is measured here.
 */
export class BenchClock implements Clock {
  #now = 0;
  /** Of that clock only the numbers are used. */
  readonly #dice: ManualClock;
  readonly #heap: Entry[] = [];

  /** @param seed - of `random()`: the same seed gives the same numbers. Default 1. Any integer. */
  constructor(seed = 1) {
    this.#dice = new ManualClock(seed);
  }

  now(): number {
    return this.#now;
  }

  wallNow(): number {
    return 1_700_000_000_000 + this.#now;
  }

  setTimeout(callback: () => void, delayMs: number): unknown {
    const entry: Entry = { at: this.#now + Math.max(0, delayMs), callback };
    this.#push(entry);
    return entry;
  }

  clearTimeout(handle: unknown): void {
    if (handle !== undefined) (handle as Entry).callback = undefined;
  }

  random(): number {
    return this.#dice.random();
  }

  /** Lets time pass moment by moment, with every promise settled after each. */
  async advance(ms: number): Promise<void> {
    const end = this.#now + ms;
    for (let next = this.#heap[0]; next !== undefined && next.at <= end; next = this.#heap[0]) {
      this.#now = Math.max(this.#now, next.at);
      if (this.#fireDue()) await settled();
    }
    this.#now = end;
  }

  /** Lets time pass at once: whatever is due by then fires in one row, and the promises settle afterwards. */
  async jump(ms: number): Promise<void> {
    this.#now += ms;
    this.#fireDue();
    await settled();
  }

  /** Fires what is due now; returns whether there was anything. */
  #fireDue(): boolean {
    let fired = false;
    for (let next = this.#heap[0]; next !== undefined && next.at <= this.#now; next = this.#heap[0]) {
      this.#pop();
      if (next.callback === undefined) continue;
      fired = true;
      next.callback();
    }
    return fired;
  }

  #push(entry: Entry): void {
    const heap = this.#heap;
    let at = heap.push(entry) - 1;
    for (let parent = (at - 1) >> 1; at > 0 && (heap[parent] as Entry).at > entry.at; parent = (at - 1) >> 1) {
      heap[at] = heap[parent] as Entry;
      at = parent;
    }
    heap[at] = entry;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop() as Entry;
    if (heap.length === 0) return;
    let at = 0;
    for (let child = 1; child < heap.length; child = 2 * at + 1) {
      if (child + 1 < heap.length && (heap[child + 1] as Entry).at < (heap[child] as Entry).at) child += 1;
      if ((heap[child] as Entry).at >= last.at) break;
      heap[at] = heap[child] as Entry;
      at = child;
    }
    heap[at] = last;
  }
}

/** Whatever settles without time or input has settled: promises come before the next turn of the event loop. */
export function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
