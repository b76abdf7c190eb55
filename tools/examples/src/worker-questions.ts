import { EventEmitter, once } from "node:events";
import { DiscoveryError, toDiscoveryError } from "@rollcall/core";
import type { Answer, Question, ToPoller } from "./worker-channel.js";

/** How long a refresh may take: it waits for the floor, and for a poll that is running. */
const REFRESH_MS = 60_000;

/** The questions of a worker that wait for an answer. */
export class WorkerQuestions<T> {
  readonly #post: (message: ToPoller) => void;
  readonly #answers: EventEmitter = new EventEmitter().setMaxListeners(0);
  #asked = 0;
  #over: DiscoveryError | undefined;

  constructor(post: (message: ToPoller) => void) {
    this.#post = post;
  }

  /** Resolves with the answer; rejects when the signal fires, and when there will be no answers. */
  async ask(question: Question, signal: AbortSignal): Promise<Answer<T>> {
    this.#asked += 1;
    this.#post({ type: "ask", id: this.#asked, ...question });
    if (this.#over !== undefined) throw this.#over;
    const [answer] = await once(this.#answers, `${this.#asked}`, { signal });
    return answer as Answer<T>;
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
    this.#answers.emit(`${id}`, answer);
  }

  /** From now on every question is answered with this error. */
  end(error: DiscoveryError): void {
    this.#over = error;
    if (this.#answers.listenerCount("error") > 0) this.#answers.emit("error", error);
  }
}
