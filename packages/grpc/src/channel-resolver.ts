import { type Clock, systemClock } from "@rollcall/core";
import type { Answer } from "./answer.js";
import type { ListeningResolver } from "./grpc-module.js";
import type { Tell } from "./listener.js";
import type { AnswerSource, Participant } from "./shared-feed.js";

const FIRST_RETRY_MS = 1_000;
const MAX_RETRY_MS = 10_000;

/**
 * What one channel has been told, and what it is told next.
 *
 * Endpoints are told when they are new to the channel, and once after it woke; answering every `updateResolution()` with them
 * would never end, because `round_robin` asks again while it applies a list. Errors are told only to a channel without
 * endpoints, and then at every question: grpc-js before 1.14 forgets them when its own backoff ends and would wait for ever.
 */
export class ChannelResolver implements ListeningResolver, Participant {
  readonly #source: AnswerSource;
  readonly #tell: Tell;
  readonly #clock: Clock;
  #awake = false;
  #applied: Answer | undefined;
  #refused: Answer | undefined;
  #refusals = 0;
  #retry: unknown;

  constructor(source: AnswerSource, tell: Tell, clock: Clock = systemClock) {
    this.#source = source;
    this.#tell = tell;
    this.#clock = clock;
  }

  updateResolution(): void {
    if (this.#awake) this.#source.hint();
    this.#awake = true;
    this.#source.join(this);
    if (this.#applied === undefined) queueMicrotask(() => this.offer());
  }

  destroy(): void {
    this.#awake = false;
    this.#applied = undefined;
    this.#refusals = 0;
    this.#stopRetry();
    this.#source.leave(this);
  }

  offer(): void {
    if (!this.#awake) return;
    const answer = this.#source.answer();
    if (answer === undefined) return this.#lookAgain();
    if (answer === this.#applied || answer === this.#refused) return;
    if (answer.kind === "endpoints") this.#deliver(answer);
    else if (this.#applied === undefined) this.#told(answer);
  }

  /** Nobody is told when a poller closes, so a channel that has nothing yet looks for itself. */
  #lookAgain(): void {
    this.#stopRetry();
    this.#retry = this.#clock.setTimeout(() => this.offer(), FIRST_RETRY_MS);
  }

  /** A set that was refused is offered again with backoff; the newest one, if it changed meanwhile. */
  #deliver(answer: Answer): void {
    this.#stopRetry();
    const applied = this.#told(answer);
    if (!this.#awake) return; // destroyed by what it was told
    if (applied) {
      this.#applied = answer;
      this.#refusals = 0;
      return;
    }
    this.#refused = answer;
    const step = Math.min(FIRST_RETRY_MS * 2 ** this.#refusals, MAX_RETRY_MS);
    this.#refusals += 1;
    this.#retry = this.#clock.setTimeout(
      () => {
        this.#refused = undefined;
        this.offer();
      },
      step * (0.5 + this.#clock.random() / 2),
    );
  }

  /** One channel that throws must not keep the others from being told. */
  #told(answer: Answer): boolean {
    try {
      return this.#tell(answer);
    } catch (thrown) {
      process.emitWarning(`[rollcall] a gRPC channel threw while it was told its endpoints: ${String(thrown)}`, {
        type: "RollcallWarning",
        code: "ROLLCALL_CHANNEL_THREW",
      });
      return false;
    }
  }

  #stopRetry(): void {
    this.#clock.clearTimeout(this.#retry);
    this.#refused = undefined;
  }
}
