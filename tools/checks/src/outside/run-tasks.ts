import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { constants, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { ROOT } from "../workspace.js";
import { type Outcome, outcomeOf, type TaskReport } from "./trial.js";

/** A cell or a proof. */
export interface Task {
  readonly name: string;
  /** Its suite in the tally of all tests. */
  readonly suite: string;
  /** The path of its Node. */
  readonly node: string;
}

/** How a task ended. */
export interface EndedTask extends Outcome {
  readonly task: Task;
  readonly seconds: number;
  readonly notes: readonly string[];
  /** The file with everything that was said. */
  readonly log: string;
}

/** Two cores are what a hosted runner has at least. */
const AT_ONCE = 2;
/** A task takes half a minute; on a busy machine several times that. */
const LONGEST_MINUTES = 15;
const PROGRAM = fileURLToPath(new URL("task.js", import.meta.url));

/** Where the tasks of a run are at work. */
interface Workplace {
  /** For their logs and reports, which stay. */
  readonly directory: string;
  /** For all else: the temp folder that they see. */
  readonly temp: string;
  /** Those that run now, each the leader of a group. */
  readonly running: Set<ChildProcess>;
}

/**
 * Runs tasks, each in a process of its own; logs and reports are left in `directory`, and nothing else: what a task has started, and what it
 * has written into the temp folder, goes when it ends, or when this process is told to.
 */
export async function runTasks(tasks: readonly Task[], directory: string, ended: (task: EndedTask) => void): Promise<readonly EndedTask[]> {
  const place: Workplace = { directory, temp: mkdtempSync(join(tmpdir(), "rollcall-packages-")), running: new Set() };
  const stop = (signal: "SIGINT" | "SIGTERM"): void => {
    clear(place);
    process.exit(128 + constants.signals[signal]);
  };
  process.once("SIGINT", stop).once("SIGTERM", stop);
  try {
    return await runAll(tasks, place, ended);
  } finally {
    process.off("SIGINT", stop).off("SIGTERM", stop);
    clear(place);
  }
}

function clear({ temp, running }: Workplace): void {
  for (const leader of running) killGroup(leader);
  // Killed processes may still be writing.
  rmSync(temp, { recursive: true, force: true, maxRetries: 10 });
}

async function runAll(tasks: readonly Task[], place: Workplace, ended: (task: EndedTask) => void): Promise<readonly EndedTask[]> {
  const results: EndedTask[] = [];
  const waiting = [...tasks];
  const worker = async (): Promise<void> => {
    for (let task = waiting.shift(); task !== undefined; task = waiting.shift()) {
      const result = await runTask(task, place);
      results.push(result);
      ended(result);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return tasks.flatMap((task) => results.filter((result) => result.task === task));
}

async function runTask(task: Task, place: Workplace): Promise<EndedTask> {
  const file = `${place.directory}/${task.name.replaceAll(/[^\w.]+/g, "-")}`;
  const began = performance.now();
  const log = openSync(`${file}.log`, "w");
  const args = [PROGRAM, task.name, task.suite, `${file}.json`, task.node];
  const env = { ...process.env, TMPDIR: place.temp };
  // A group of its own, so that what it has started ends with it.
  const child = spawn(process.execPath, args, { cwd: ROOT, env, stdio: ["ignore", log, log], detached: true });
  closeSync(log);
  place.running.add(child);
  const timer = setTimeout(() => killGroup(child), LONGEST_MINUTES * 60_000);
  const [code, signal] = (await once(child, "exit")) as [number | null, string | null];
  clearTimeout(timer);
  killGroup(child);
  place.running.delete(child);
  const report = existsSync(`${file}.json`) ? (JSON.parse(readFileSync(`${file}.json`, "utf8")) as TaskReport) : undefined;
  const badEnd = code === 0 ? undefined : `ended with ${code ?? signal}`;
  const seconds = Math.round((performance.now() - began) / 1_000);
  return { task, seconds, notes: report?.notes ?? [], log: `${file}.log`, ...outcomeOf(report, badEnd) };
}

/** Ends every process of a group that still runs. */
function killGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, "SIGKILL");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}
