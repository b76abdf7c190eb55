import { spawn } from "node:child_process";
import { once } from "node:events";
import type { Socket } from "node:net";
import type { Writable } from "node:stream";
import { fileURLToPath } from "node:url";

/** Ends processes and removes directories when their owner is gone, however it went (Ctrl-C, a crash, SIGKILL). */
export interface Watchdog extends AsyncDisposable {
  /** This process must not outlive the owner. */
  guard(pid: number): void;
  /** This process has ended by itself: its number may soon be another's. */
  forget(pid: number): void;
}

/**
 * Starts a watchdog: one small child process with its own session, so that a Ctrl-C meant for the owner does not end it first.
 * It keeps no event loop alive. Disposing it ends and removes at once whatever is still guarded.
 *
 * @param directory Removed, with everything in it, when the owner is gone or the watchdog is disposed.
 */
export function startWatchdog(directory: string): Watchdog {
  const script = fileURLToPath(new URL("../watchdog.mjs", import.meta.url));
  const child = spawn(process.execPath, [script], { detached: true, stdio: ["pipe", "ignore", "ignore"] });
  const input: Writable = child.stdin;
  const exited = once(child, "exit");
  // When it ended before us there is nobody to tell; that must not end the owner.
  input.on("error", () => {});
  child.unref();
  (child.stdin as Socket).unref();
  input.write(`=${directory}\n`);
  return {
    guard: (pid) => input.write(`+${pid}\n`),
    forget: (pid) => input.write(`-${pid}\n`),
    [Symbol.asyncDispose]: async () => {
      child.ref();
      input.end();
      await exited;
    },
  };
}
