import { ClientProcess, type Command } from "../client-process.js";
import { type Happening, History } from "./history.js";

/**
 * A client in a process of its own. Its commands:
 *
 * - `open NAME`: a producer with that name, which then sends one message;
 * - `send NAME COUNT`: it sends so many messages, one each 100 ms, whether or not the earlier ones were acknowledged, by all in-sync replicas;
 * - `read NAME`: a consumer group with that name, which reads from the end of the topic on.
 *
 * It prints `NAME sent AT`, `NAME ok AT` or `NAME failed AT` whenever that happens to a message, at so many milliseconds since the epoch by its own
 * clock: ours would count how long we take to read it.
 */
export class Player implements AsyncDisposable {
  readonly #process: ClientProcess;
  readonly #histories = new Map<string, History>();

  constructor(command: Command) {
    this.#process = new ClientProcess(command, (line) => this.#read(line));
  }

  say(command: string): void {
    this.#process.say(command);
  }

  /** Of one producer or consumer; empty until it does something. */
  history(name: string): History {
    const known = this.#histories.get(name) ?? new History();
    this.#histories.set(name, known);
    return known;
  }

  /** What it complained of last. */
  get complaint(): string {
    return this.#process.complaint;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#process[Symbol.asyncDispose]();
  }

  #read(line: string): void {
    const [name = "", what, at, ...reason] = line.split(" ");
    if (what !== "sent" && what !== "ok" && what !== "failed") return;
    this.history(name).add(what satisfies Happening, Number(at));
    if (reason.length > 0) this.#process.complaint = reason.join(" ");
  }
}
