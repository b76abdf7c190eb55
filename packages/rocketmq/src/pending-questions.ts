import type { RemotingAnswer } from "./rocketmq-transport.js";

interface Question {
  readonly signal: AbortSignal;
  resolve(answer: RemotingAnswer): void;
  reject(reason: unknown): void;
}

/** The questions of one signal, and what takes the listener off it. */
interface Watch {
  readonly opaques: Set<number>;
  end(): void;
}

/** Who waits for which answer. However many questions share a signal, it gets one listener: Node 20 warns of more than ten. */
export class PendingQuestions {
  readonly #questions = new Map<number, Question>();
  readonly #watches = new Map<AbortSignal, Watch>();

  /** Settles with what comes first: the answer, `fail`, or the signal, which must not have fired. */
  ask(opaque: number, signal: AbortSignal): Promise<RemotingAnswer> {
    return new Promise((resolve, reject) => {
      this.#questions.set(opaque, { signal, resolve, reject });
      const watch = this.#watches.get(signal) ?? this.#watch(signal);
      watch.opaques.add(opaque);
    });
  }

  /** Does nothing if nobody waits for it, or not any more. */
  answer(opaque: number, answer: RemotingAnswer): void {
    this.#take(opaque)?.resolve(answer);
  }

  /** Fails everybody who waits. */
  fail(reason: unknown): void {
    for (const opaque of [...this.#questions.keys()]) this.#take(opaque)?.reject(reason);
  }

  #watch(signal: AbortSignal): Watch {
    const opaques = new Set<number>();
    const stop = (): void => {
      for (const opaque of [...opaques]) this.#take(opaque)?.reject(signal.reason);
    };
    const end = (): void => {
      signal.removeEventListener("abort", stop);
      this.#watches.delete(signal);
    };
    signal.addEventListener("abort", stop, { once: true });
    this.#watches.set(signal, { opaques, end });
    return { opaques, end };
  }

  #take(opaque: number): Question | undefined {
    const question = this.#questions.get(opaque);
    const watch = question && this.#watches.get(question.signal);
    this.#questions.delete(opaque);
    watch?.opaques.delete(opaque);
    if (watch?.opaques.size === 0) watch.end();
    return question;
  }
}
