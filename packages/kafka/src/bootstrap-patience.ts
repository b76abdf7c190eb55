import { type Clock, DiscoveryError, toDiscoveryError } from "@rollcall/core";

/** Asks what may fail or hang, and waits for it only so long. */
export class Patience {
  readonly #clock: Clock;
  readonly #waitMs: number;
  readonly #waits = new Set<AbortController>();

  constructor(clock: Clock, waitMs: number) {
    this.#clock = clock;
    this.#waitMs = waitMs;
  }

  /**
   * What `ask` resolves with; undefined if it fails, takes longer, or this ends meanwhile: then its signal fires. Never rejects.
   *
   * @param failed - told why, unless this ended
   */
  async of<R>(ask: (signal: AbortSignal) => Promise<R>, failed: (error: DiscoveryError) => void = () => undefined): Promise<R | undefined> {
    const wait = new AbortController();
    const { signal } = wait;
    const over = new Promise<never>((_, reject) => signal.addEventListener("abort", () => reject(signal.reason), { once: true }));
    const late = new DiscoveryError("TIMEOUT", `no answer within ${this.#waitMs} ms`, { source: "kafka" });
    // Somebody awaits this, so the process has to stay.
    const timer = this.#clock.setTimeout(() => wait.abort(late), this.#waitMs, true);
    this.#waits.add(wait);
    try {
      return await Promise.race([Promise.resolve(signal).then(ask), over]);
    } catch (thrown) {
      if (!signal.aborted || signal.reason === late) failed(toDiscoveryError(thrown, "kafka"));
      return undefined;
    } finally {
      this.#clock.clearTimeout(timer);
      this.#waits.delete(wait);
    }
  }

  /** Nobody waits any longer for what was asked until now. */
  end(): void {
    for (const wait of this.#waits) wait.abort();
  }
}
