import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { type Happening, History } from "./history.js";

/** A program and its arguments. */
export interface Command {
  readonly program: string;
  readonly args: readonly string[];
}

/**
 * A client in a process of its own. Whatever its language, it takes one command per line on standard input and ends when that does:
 *
 * - `open NAME`: a producer with that name, which then sends one message;
 * - `send NAME COUNT`: it sends so many messages, one each 100 ms, whether or not the earlier ones were acknowledged, by all in-sync replicas;
 * - `read NAME`: a consumer group with that name, which reads from the end of the topic on.
 *
 * It prints `NAME sent AT`, `NAME ok AT` or `NAME failed AT` whenever that happens to a message, at so many milliseconds since the epoch by its own
 * clock: ours would count how long we take to read it.
 */
export class Player implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #histories = new Map<string, History>();
  #last = "";

  constructor({ program, args }: Command) {
    this.#child = spawn(program, args, { stdio: ["pipe", "pipe", "pipe"] });
    // One that could not be started, or has died, says nothing more: that is what is measured.
    this.#child.on("error", ({ message }) => {
      this.#last = message;
    });
    this.#child.stdin?.on("error", () => undefined);
    const { stdout, stderr } = this.#child;
    if (stdout !== null) createInterface(stdout).on("line", (line) => this.#read(line));
    if (stderr !== null) {
      createInterface(stderr).on("line", (line) => {
        this.#last = line;
      });
    }
  }

  say(command: string): void {
    this.#child.stdin?.write(`${command}\n`);
  }

  /** Of one producer or consumer; empty until it does something. */
  history(name: string): History {
    const known = this.#histories.get(name) ?? new History();
    this.#histories.set(name, known);
    return known;
  }

  /** What it complained of last. */
  get complaint(): string {
    return this.#last;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.pid === undefined || this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    this.#child.kill("SIGKILL");
    await once(this.#child, "exit");
  }

  #read(line: string): void {
    const [name = "", what, at, ...reason] = line.split(" ");
    if (what !== "sent" && what !== "ok" && what !== "failed") return;
    this.history(name).add(what satisfies Happening, Number(at));
    if (reason.length > 0) this.#last = reason.join(" ");
  }
}
