import { readdirSync, readFileSync } from "node:fs";

/** A tick of /proc/PID/stat, in milliseconds: `USER_HZ` is 100 on every architecture that Node.js runs on. */
const TICK_MS = 10;

/** What these processes have used of the processor so far, in milliseconds, in steps of 10. Undefined where there is no /proc, or one of them has ended. */
export function processorMs(pids: readonly (number | undefined)[]): number | undefined {
  try {
    return pids.reduce<number>((sum, pid) => sum + TICK_MS * ticks(readFileSync(`/proc/${pid}/stat`, "latin1")), 0);
  } catch {
    return undefined;
  }
}

/** Processes whose command line contains this text. Empty where there is no /proc. */
export function pidsWith(text: string): readonly number[] {
  return entries()
    .filter((name) => /^\d+$/.test(name) && commandLine(name).includes(text))
    .map(Number);
}

/** Fields 14 and 15: in user mode, in the kernel. The name, field 2, may contain anything, but ends with the last parenthesis. */
function ticks(stat: string): number {
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return Number(fields[11]) + Number(fields[12]);
}

function entries(): readonly string[] {
  try {
    return readdirSync("/proc");
  } catch {
    return [];
  }
}

function commandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "latin1");
  } catch {
    return ""; // it has just ended
  }
}
