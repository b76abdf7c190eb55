import { setTimeout as wait } from "node:timers/promises";
import { status } from "@grpc/grpc-js";
import type { KeyValueClient } from "./key-value-clients.js";

/** How an application writes: one numbered Put at a time, every 50 ms, 5 s each, at most 3 attempts, on UNAVAILABLE only. */
const PACE_MS = 50;
const DEADLINE_MS = 5_000;
const ATTEMPTS = 3;
const PAUSE_BEFORE_RETRY_MS = 100;

/** What a {@link Writer} has seen so far. */
export interface WriterReport {
  readonly kind: string;
  /** Writes that the cluster acknowledged. */
  readonly acknowledged: number;
  /** Writes that failed for good, each with its last error. */
  readonly failed: readonly string[];
  /** Attempts beyond the first. */
  readonly retries: number;
  /** The longest time between two acknowledgements, in milliseconds. */
  readonly longestGapMs: number;
}

/** A client under steady load. */
export class Writer {
  readonly #client: KeyValueClient;
  readonly #prefix: string;
  readonly #acknowledged: string[] = [];
  readonly #failed: string[] = [];
  #retries = 0;
  #longestGapMs = 0;
  #stopping = false;
  #running: Promise<void> | undefined;

  /** @param prefix - what its keys begin with; nobody else may use it */
  constructor(client: KeyValueClient, prefix: string) {
    this.#client = client;
    this.#prefix = prefix;
  }

  start(): void {
    this.#running ??= this.#run();
  }

  /** Waits for the write in flight. */
  async stop(): Promise<void> {
    this.#stopping = true;
    await this.#running;
  }

  get report(): WriterReport {
    const { kind } = this.#client;
    return {
      kind,
      acknowledged: this.#acknowledged.length,
      failed: this.#failed,
      retries: this.#retries,
      longestGapMs: Math.round(this.#longestGapMs),
    };
  }

  /** Acknowledged keys that the cluster does not have; must be none. */
  async lost(): Promise<readonly string[]> {
    const stored = new Set(await this.#client.keys(this.#prefix));
    return this.#acknowledged.filter((key) => !stored.has(key));
  }

  async #run(): Promise<void> {
    let last = performance.now();
    for (let number = 0; !this.#stopping; number += 1) {
      const began = performance.now();
      const key = `${this.#prefix}${String(number).padStart(6, "0")}`;
      if (await this.#write(key)) {
        this.#acknowledged.push(key);
        this.#longestGapMs = Math.max(this.#longestGapMs, performance.now() - last);
        last = performance.now();
      }
      await wait(Math.max(0, began + PACE_MS - performance.now()));
    }
  }

  async #write(key: string): Promise<boolean> {
    const deadline = performance.now() + DEADLINE_MS;
    for (let attempt = 1; ; attempt += 1) {
      try {
        await this.#client.put(key, key, deadline - performance.now());
        return true;
      } catch (error) {
        const { code, message } = error as { readonly code?: number; readonly message: string };
        if (code !== status.UNAVAILABLE || attempt === ATTEMPTS) {
          this.#failed.push(`${key}, attempt ${attempt}: ${message}`);
          return false;
        }
        this.#retries += 1;
        await wait(PAUSE_BEFORE_RETRY_MS * attempt);
      }
    }
  }
}
