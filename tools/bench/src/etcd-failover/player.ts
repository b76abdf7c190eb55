import { ClientProcess, type Command } from "../client-process.js";
import { History } from "./history.js";

/** What a client has done so far beside its writes. */
export interface Told {
  /** How often it asked for the members. */
  readonly polls: number;
  readonly bytesOut: number;
  readonly bytesIn: number;
  /** Connections that are open now. */
  readonly open: number;
}

const TOLD_WITHIN_MS = 10_000;

/**
 * A client, or several of them that take turns, in a process of its own. Its commands:
 *
 * - `write`: it writes until it shall rest, one write each 50 ms, or at once if the one before took longer; 2 s each; none is repeated;
 * - `rest`: it writes no more;
 * - `tell`: it prints `told POLLS BYTES_OUT BYTES_IN OPEN`.
 *
 * It prints `ok SENT DONE MEMBER` or `failed SENT DONE MEMBER REASON` after each write: both times in milliseconds since the epoch by its own clock,
 * since ours would count how long we take to read it.
 */
export class Player implements AsyncDisposable {
  readonly history: History = new History();
  readonly #process: ClientProcess;
  readonly #waiting: ((told: Told) => void)[] = [];

  constructor(command: Command) {
    this.#process = new ClientProcess(command, (line) => this.#read(line));
  }

  /** Undefined when it could not be started. */
  get pid(): number | undefined {
    return this.#process.pid;
  }

  /** What it complained of last. */
  get complaint(): string {
    return this.#process.complaint;
  }

  write(): void {
    this.#process.say("write");
  }

  rest(): void {
    this.#process.say("rest");
  }

  /** Rejects when it does not say so in 10 s. */
  async tell(): Promise<Told> {
    return new Promise((resolve, reject) => {
      const late = setTimeout(() => reject(new Error(`a client does not tell: ${this.complaint}`)), TOLD_WITHIN_MS);
      this.#waiting.push((told) => {
        clearTimeout(late);
        resolve(told);
      });
      this.#process.say("tell");
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#process[Symbol.asyncDispose]();
  }

  #read(line: string): void {
    const [what, ...words] = line.split(" ");
    const [first = 0, second = 0, third = 0, fourth = 0] = words.map(Number);
    if (what === "told") this.#waiting.shift()?.({ polls: first, bytesOut: second, bytesIn: third, open: fourth });
    if (what !== "ok" && what !== "failed") return;
    const [, , member = "", ...reason] = words;
    this.history.add({ sentAt: first, doneAt: second, ok: what === "ok", member });
    if (what === "failed") this.#process.complaint = reason.join(" ");
  }
}
