import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { History } from "./history.js";

/** A program and its arguments. */
export interface Command {
  readonly program: string;
  readonly args: readonly string[];
}

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
 * A client, or several of them that take turns, in a process of its own. Whatever its language, it takes one command per line on standard input and
 * ends when that does:
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
  readonly #child: ChildProcess;
  readonly #waiting: ((told: Told) => void)[] = [];
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

  /** Undefined when it could not be started. */
  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** What it complained of last. */
  get complaint(): string {
    return this.#last;
  }

  write(): void {
    this.#say("write");
  }

  rest(): void {
    this.#say("rest");
  }

  /** Rejects when it does not say so in 10 s. */
  async tell(): Promise<Told> {
    return new Promise((resolve, reject) => {
      const late = setTimeout(() => reject(new Error(`a client does not tell: ${this.#last}`)), TOLD_WITHIN_MS);
      this.#waiting.push((told) => {
        clearTimeout(late);
        resolve(told);
      });
      this.#say("tell");
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.pid === undefined || this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    this.#child.kill("SIGKILL");
    await once(this.#child, "exit");
  }

  #say(command: string): void {
    this.#child.stdin?.write(`${command}\n`);
  }

  #read(line: string): void {
    const [what, ...words] = line.split(" ");
    const [first = 0, second = 0, third = 0, fourth = 0] = words.map(Number);
    if (what === "told") this.#waiting.shift()?.({ polls: first, bytesOut: second, bytesIn: third, open: fourth });
    if (what !== "ok" && what !== "failed") return;
    const [, , member = "", ...reason] = words;
    this.history.add({ sentAt: first, doneAt: second, ok: what === "ok", member });
    if (what === "failed") this.#last = reason.join(" ");
  }
}
