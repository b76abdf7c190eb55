import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync, readdirSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import type { Watchdog } from "../watchdog.js";

/** A member's process ended although nobody asked for it; waiting for it to serve is pointless. */
export class MemberExited extends Error {
  override readonly name = "MemberExited";
}

/** One server process. It writes to a file, not to a pipe: it must not notice the end of its owner before the watchdog acts. */
export class MemberProcess {
  /** Resolves when the process is gone, however it ended. */
  readonly exited: Promise<void>;
  readonly #pid: number;
  readonly #log: string;
  #running = true;

  private constructor(pid: number, log: string, exited: Promise<void>) {
    this.#pid = pid;
    this.#log = log;
    this.exited = exited.then(() => {
      this.#running = false;
    });
  }

  /** Starts `binary`; its output is appended to the file `log`. Rejects when it cannot be started. */
  static async start(binary: string, flags: readonly string[], log: string, watchdog: Watchdog): Promise<MemberProcess> {
    const output = openSync(log, "a");
    try {
      // A session of its own: a Ctrl-C is for the owner, which decides what to end.
      const child = spawn(binary, flags, { detached: true, stdio: ["ignore", output, output] });
      const { pid } = child;
      if (pid === undefined) throw new Error(`cannot start ${binary}`, { cause: (await once(child, "error"))[0] });
      watchdog.guard(pid);
      const exited = once(child, "exit").then(() => watchdog.forget(pid));
      return new MemberProcess(pid, log, exited);
    } finally {
      closeSync(output);
    }
  }

  /** Whether the process is there, frozen or not. */
  get running(): boolean {
    return this.#running;
  }

  /** Throws {@link MemberExited} with the last line of the log when the process is gone. */
  throwIfExited(): void {
    if (this.#running) return;
    const last = readFileSync(this.#log, "utf8").trim().split("\n").at(-1);
    throw new MemberExited(`etcd ended by itself; the last line of its log: ${last}`);
  }

  /** Sends a signal; does nothing when the process is gone. */
  signal(signal: "SIGSTOP" | "SIGCONT" | "SIGKILL" | "SIGTERM"): void {
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
