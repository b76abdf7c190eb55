import { setTimeout as sleep } from "node:timers/promises";

/** How long {@link until} tries and how often. */
export interface UntilOptions {
  /** What is awaited, for the error message: "member n1 serves". */
  readonly what: string;
  /** When to give up, in ms; default 30 000. */
  readonly timeoutMs?: number | undefined;
  /** Pause between two tries, in ms; default 50. */
  readonly pauseMs?: number | undefined;
  /** Whether a failed try may be followed by another; default always. */
  readonly retry?: ((error: unknown) => boolean) | undefined;
}

/**
 * Tries until a try succeeds, and returns its result.
 *
 * Rejects with the first error that `retry` refuses, or, when the time is over, with an error that
 * says what was awaited and has the last failure as its `cause`.
 */
export async function until<T>(attempt: () => Promise<T>, options: UntilOptions): Promise<T> {
  const { what, timeoutMs = 30_000, pauseMs = 50, retry = () => true } = options;
  const end = performance.now() + timeoutMs;
  while (true) {
    try {
      return await attempt();
    } catch (cause) {
      if (!retry(cause)) throw cause;
      if (performance.now() >= end) throw new Error(`waited ${timeoutMs} ms in vain: ${what}`, { cause });
      await sleep(pauseMs);
    }
  }
}
