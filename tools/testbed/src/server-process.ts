import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync, readdirSync, readFileSync } from "node:fs";
import { basename } from "node:path";
import type { Writable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import type { Watchdog } from "./watchdog.js";

/** A server's process ended although nobody asked for it; waiting for it to serve is pointless. */
export class ServerExited extends Error {
  override readonly name = "ServerExited";
}

/** One server process. It writes to a file, not to a pipe: it must not notice the end of its owner before the watchdog acts. */
export class ServerProcess {
  /** Resolves when the process is gone, however it ended. */
  readonly exited: Promise<void>;
  /** Its standard input, if it has one. */
  readonly input: Writable | undefined;
  readonly #pid: number;
  readonly #binary: string;
  readonly #log: string;
  #running = true;

  private constructor(pid: number, binary: string, log: string, exited: Promise<void>, input: Writable | null) {
    this.#pid = pid;
    this.#binary = binary;
    this.#log = log;
    // Nobody is there to read what is written after its end, which `exited` tells.
    this.input = input?.on("error", () => {});
    this.exited = exited.then(() => {
      this.#running = false;
    });
  }

  /**
   * Starts `binary`; its output is appended to the file `log`. Rejects when it cannot be started.
   *
   * @param input Whether it gets a standard input; default `false`.
   */
  static async start(binary: string, flags: readonly string[], log: string, watchdog: Watchdog, input = false): Promise<ServerProcess> {
    const output = openSync(log, "a");
    try {
      // A session of its own: a Ctrl-C is for the owner, which decides what to end.
      const child = spawn(binary, flags, { detached: true, stdio: [input ? "pipe" : "ignore", output, output] });
      const { pid } = child;
      if (pid === undefined) throw new Error(`cannot start ${binary}`, { cause: (await once(child, "error"))[0] });
      watchdog.guard(pid);
      const exited = once(child, "exit").then(() => watchdog.forget(pid));
      return new ServerProcess(pid, binary, log, exited, child.stdin);
    } finally {
      closeSync(output);
    }
  }

  /** Whether the process is there, frozen or not. */
  get running(): boolean {
    return this.#running;
  }

  /** Throws {@link ServerExited} with the last line of the log that is not indented (as stack traces are) when the process is gone. */
  throwIfExited(): void {
    if (this.#running) return;
    const last = readFileSync(this.#log, "utf8").match(/^\S.*/gm)?.at(-1);
    throw new ServerExited(`${basename(this.#binary)} ended by itself; the last line of its log: ${last}`);
  }

  /** Sends a signal; does nothing when the process is gone. */
  signal(signal: "SIGSTOP" | "SIGCONT" | "SIGKILL" | "SIGTERM" | "SIGUSR2"): void {
    if (this.#running) process.kill(this.#pid, signal);
  }

  /** SIGSTOP; resolves once no thread runs any more, where Linux can tell: on a busy machine some go on for a while. */
  async freeze(): Promise<void> {
    this.signal("SIGSTOP");
    while (this.#running && threadStates(this.#pid).some((state) => state !== "T")) await sleep(1);
  }

  /** Resolves when the process is gone, or after `graceMs` if it is still there. */
  async endsWithin(graceMs: number): Promise<void> {
    const waiting = new AbortController();
    const grace = sleep(graceMs, undefined, { signal: waiting.signal }).catch(() => {});
    await Promise.race([this.exited, grace]);
    waiting.abort();
  }

  /** SIGKILL, and waits for the end. */
  async kill(): Promise<void> {
    this.signal("SIGKILL");
    await this.exited;
  }
}

function threadStates(pid: number): readonly (string | undefined)[] {
  try {
    const tasks = `/proc/${pid}/task`;
    return readdirSync(tasks).map((thread) => /\) (\w)/.exec(readFileSync(`${tasks}/${thread}/stat`, "latin1"))?.[1]);
  } catch {
    return []; // it has just ended, or this is no Linux
  }
}
