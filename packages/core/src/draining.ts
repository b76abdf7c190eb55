import type { Clock } from "./clock.js";
import { reportSinkError } from "./diagnostics.js";
import { Timer } from "./timer.js";

/** Clients on their way out. No failure of `dispose` reaches anybody but the channel `rollcall:sink-error`. */
export class Draining<C> {
  readonly #dispose: (client: C) => unknown;
  readonly #drainMs: number;
  readonly #clock: Clock;
  readonly #waiting = new Map<C, Timer>();
  readonly #disposals = new Set<Promise<void>>();

  constructor(dispose: (client: C) => unknown, drainMs: number, clock: Clock) {
    this.#dispose = dispose;
    this.#drainMs = drainMs;
    this.#clock = clock;
  }

  /** Disposes a client after `drainMs`: calls that it has begun may end. */
  add(client: C): void {
    const timer: Timer = new Timer(this.#clock, () => {
      this.#waiting.delete(client);
      void this.dispose(client);
    });
    this.#waiting.set(client, timer);
    timer.set(this.#clock.now() + this.#drainMs);
  }

  /** A client is used again after all. */
  keep(client: C): void {
    this.#waiting.get(client)?.clear();
    this.#waiting.delete(client);
  }

  /** Disposes a client now, in a turn of its own. Never rejects. */
  dispose(client: C): Promise<void> {
    const disposal = Promise.resolve()
      .then(() => this.#dispose(client))
      .catch((error: unknown) => reportSinkError({ source: "liveClient", error, failures: 0 }))
      .then(() => void this.#disposals.delete(disposal));
    this.#disposals.add(disposal);
    return disposal;
  }

  /** Nobody may use any of them any more: disposes all, and waits for every disposal. Never rejects. */
  async end(): Promise<void> {
    for (const [client, timer] of this.#waiting) {
      timer.clear();
      void this.dispose(client);
    }
    this.#waiting.clear();
    await Promise.all(this.#disposals);
  }
}
