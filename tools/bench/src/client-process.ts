import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";

/** A program and its arguments. */
export interface Command {
  readonly program: string;
  readonly args: readonly string[];
}

/** A client in a process of its own, whatever its language: it takes one command per line on standard input, and ends when that does. */
export class ClientProcess implements AsyncDisposable {
  /** What it complained of last. */
  complaint = "";
  readonly #child: ChildProcess;

  /** @param heard - takes each line that it prints */
  constructor({ program, args }: Command, heard: (line: string) => void) {
    this.#child = spawn(program, args, { stdio: ["pipe", "pipe", "pipe"] });
    const complained = (complaint: string): void => {
      this.complaint = complaint;
    };
    // One that could not be started, or has died, says nothing more: that is what is measured.
    this.#child.on("error", ({ message }) => complained(message));
    this.#child.stdin?.on("error", () => undefined);
    const { stdout, stderr } = this.#child;
    if (stdout !== null) createInterface(stdout).on("line", heard);
    if (stderr !== null) createInterface(stderr).on("line", complained);
  }

  /** Undefined when it could not be started. */
  get pid(): number | undefined {
    return this.#child.pid;
  }

  say(command: string): void {
    this.#child.stdin?.write(`${command}\n`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.pid === undefined || this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    this.#child.kill("SIGKILL");
    await once(this.#child, "exit");
  }
}
