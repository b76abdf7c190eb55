import { DiscoveryError, toDiscoveryError } from "@rollcall/core";
import type { Answer, Question, ToPoller } from "./worker-channel.js";

/** How long a refresh may take: it waits for the floor, and for a poll that is running. */
const REFRESH_MS = 60_000;

/** The questions of a worker that wait for an answer. */
export class WorkerQuestions<T> {
  readonly #post: (message: ToPoller) => void;
  readonly #waiting = new Map<number, { resolve(answer: Answer<T>): void; reject(error: unknown): void }>();
  #asked = 0;
  #over: DiscoveryError | undefined;

  constructor(post: (message: ToPoller) => void) {
    this.#post = post;
  }

  /** Resolves with the answer; rejects when the signal fires, and when there will be no answers. */
  async ask(question: Question, signal: AbortSignal): Promise<Answer<T>> {
    const id = ++this.#asked;
    this.#post({ type: "ask", id, ...question });
    if (this.#over !== undefined) throw this.#over;
    signal.throwIfAborted();
    const answer = new Promise<Answer<T>>((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      signal.addEventListener("abort", () => reject(signal.reason), { once: true });
    });
    return answer.finally(() => this.#waiting.delete(id));
  }

  /** Resolves when a poll that began after the call has succeeded there. While it waits the worker stays alive, as with any poller. */
  async refresh(reason: string | undefined, signal: AbortSignal | undefined): Promise<void> {
    const late = new AbortController();
    const timer = setTimeout(() => late.abort(), REFRESH_MS);
    try {
      const { error } = await this.ask({ refresh: { reason } }, AbortSignal.any(signal ? [signal, late.signal] : [late.signal]));
      if (error !== undefined) throw new DiscoveryError(error.code, error.text, error);
    } catch (thrown) {
      throw toDiscoveryError(thrown, "worker", late.signal.aborted ? "TIMEOUT" : "ABORTED");
    } finally {
      clearTimeout(timer);
    }
  }

  /** An answer to question number `id` has come. */
  answered(id: number, answer: Answer<T>): void {
    this.#waiting.get(id)?.resolve(answer);
  }

  /** From now on every question is answered with this error. */
  end(error: DiscoveryError): void {
    this.#over = error;
    for (const { reject } of this.#waiting.values()) reject(error);
  }
}
