import type { Endpoint } from "../../src/endpoint.js";
import { hang, ScriptedSource } from "./scripted-source.js";

/** What a member does when it is asked whether it serves; one that throws does so before its promise is made. */
export type Serves = (context: { readonly signal: AbortSignal }) => Promise<void>;

/** A scripted source whose members can be asked; each serves unless the test says otherwise. */
export class ProbingSource extends ScriptedSource {
  /** Every question, in order. */
  readonly probes: { readonly id: string; readonly at: number }[] = [];
  /** Questions that have not settled, and whose signal has not fired. */
  asking = 0;
  maxAsking = 0;
  /** What the members do, by id. */
  readonly serves = new Map<string, Serves>();
  /** What everybody does whom {@link serves} does not name. */
  everybody: Serves = answers;

  probe(endpoint: Endpoint, context: { readonly signal: AbortSignal }): Promise<void> {
    this.probes.push({ id: endpoint.id, at: this.clock.now() });
    this.asking += 1;
    this.maxAsking = Math.max(this.maxAsking, this.asking);
    let over = false;
    const end = (): void => {
      if (!over) this.asking -= 1;
      over = true;
      context.signal.removeEventListener("abort", end);
    };
    context.signal.addEventListener("abort", end, { once: true });
    try {
      return (this.serves.get(endpoint.id) ?? this.everybody)(context).finally(end);
    } catch (error) {
      end();
      throw error;
    }
  }

  /** Answers after a while, unless it is told to stop. */
  after(ms: number): Serves {
    return ({ signal }) =>
      new Promise((resolve, reject) => {
        const timer = this.clock.setTimeout(resolve, ms);
        signal.addEventListener("abort", () => {
          this.clock.clearTimeout(timer);
          reject(signal.reason);
        });
      });
  }
}

/** It serves. */
export const answers: Serves = () => Promise.resolve();

/** It accepts and says nothing. */
export const isSilent: Serves = hang;

/** It does not serve, and says so. */
export const refuses: Serves = () => Promise.reject(new Error("connection refused"));
