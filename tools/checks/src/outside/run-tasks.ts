import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, existsSync, openSync, readFileSync } from "node:fs";
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

/** Runs tasks, each in a process of its own; logs and reports are left in `directory`. */
export async function runTasks(tasks: readonly Task[], directory: string, ended: (task: EndedTask) => void): Promise<readonly EndedTask[]> {
  const results: EndedTask[] = [];
  const waiting = [...tasks];
  const worker = async (): Promise<void> => {
    for (let task = waiting.shift(); task !== undefined; task = waiting.shift()) {
      const result = await runTask(task, directory);
      results.push(result);
      ended(result);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return tasks.flatMap((task) => results.filter((result) => result.task === task));
}

async function runTask(task: Task, directory: string): Promise<EndedTask> {
  const file = `${directory}/${task.name.replaceAll(/[^\w.]+/g, "-")}`;
  const began = performance.now();
  const log = openSync(`${file}.log`, "w");
  const args = [PROGRAM, task.name, task.suite, `${file}.json`, task.node];
  // A group of its own, so that what it has started ends with it.
  const child = spawn(process.execPath, args, { cwd: ROOT, stdio: ["ignore", log, log], detached: true });
  closeSync(log);
  const timer = setTimeout(() => process.kill(-(child.pid ?? 0)), LONGEST_MINUTES * 60_000);
  const [code, signal] = (await once(child, "exit")) as [number | null, string | null];
  clearTimeout(timer);
  const report = existsSync(`${file}.json`) ? (JSON.parse(readFileSync(`${file}.json`, "utf8")) as TaskReport) : undefined;
  const badEnd = code === 0 ? undefined : `ended with ${code ?? signal}`;
  const seconds = Math.round((performance.now() - began) / 1_000);
  return { task, seconds, notes: report?.notes ?? [], log: `${file}.log`, ...outcomeOf(report, badEnd) };
}
