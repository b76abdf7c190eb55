import { once } from "node:events";
import { setTimeout as wait } from "node:timers/promises";
import type { Cast } from "./cast.js";
import { followChanges } from "./changes.js";
import { parseCommandLine, type System, USAGE } from "./command-line.js";
import { EtcdCast } from "./etcd/cast.js";
import { startEtcd } from "./etcd/cluster.js";
import { KafkaCast } from "./kafka/cast.js";
import { startKafka } from "./kafka/cluster.js";
import { plainView } from "./plain-view.js";
import { RocketmqCast } from "./rocketmq/cast.js";
import { startRocketmq } from "./rocketmq/cluster.js";
import { Stage } from "./stage.js";
import { tellStory } from "./story.js";
import { problems, summaryLines } from "./summary.js";
import { liveView } from "./view.js";

const INTERRUPTED = 130;
/** Time to watch what a step led to; an operator takes longer. */
const STEP_MS = 4_000;

process.exitCode = await main(process.argv.slice(2));
// ali-ons has timers of half a minute that nothing ends. What was written comes first.
process.stdout.write("", () => process.exit());

async function main(args: readonly string[]): Promise<number> {
  const command = parseCommandLine(args);
  switch (command.kind) {
    case "help":
      process.stdout.write(USAGE);
      return 0;
    case "refused":
      process.stderr.write(`demo: ${command.reason}\n`);
      return 2;
    case "run":
      return run(command.system, command.real, interruption());
  }
}

/** Aborted by the first Ctrl-C or SIGTERM, and when nobody reads any more; the second signal ends the process at once. */
function interruption(): AbortSignal {
  const controller = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.on(signal, () => {
      if (controller.signal.aborted) process.exit(INTERRUPTED);
      controller.abort();
    });
  }
  process.stdout.on("error", () => controller.abort());
  return controller.signal;
}

/** The exit code, once everything that was started has ended. */
async function run(system: System, real: boolean, interrupted: AbortSignal): Promise<number> {
  try {
    return await perform(system, real, interrupted);
  } catch (error) {
    // What was started has ended; a step that was in progress may try on for a while, and nobody waits for it.
    if (interrupted.aborted) process.exit(INTERRUPTED);
    process.stderr.write(`demo: ${error instanceof Error ? error.message : String(error)}\n`);
    return 1;
  }
}

function perform(system: System, real: boolean, interrupted: AbortSignal): Promise<number> {
  switch (system) {
    case "etcd":
      return show(startEtcd(real, print), async (cluster) => new EtcdCast(cluster), interrupted);
    case "kafka":
      return show(startKafka(real, print), async (cluster) => new KafkaCast(cluster), interrupted);
    case "rocketmq":
      return show(startRocketmq(real, print), (cluster) => RocketmqCast.on(cluster), interrupted);
  }
}

async function show<C extends AsyncDisposable>(
  starting: Promise<C>,
  castOf: (cluster: C) => Promise<Cast>,
  interrupted: AbortSignal,
): Promise<number> {
  await using cluster = await starting;
  interrupted.throwIfAborted();
  await using cast = await castOf(cluster);
  const stage = new Stage(cast);
  const scene = () => stage.scene();
  const { stdout } = process;
  using view = stdout.isTTY ? liveView(scene, stdout) : plainView(scene, (text) => stdout.write(text));
  process.once("exit", () => view[Symbol.dispose]());
  interrupted.addEventListener("abort", () => view.step("Stopping."));
  for (const membership of cast.memberships) followChanges(membership, view.change);
  const pause = () => wait(STEP_MS, undefined, { signal: interrupted });
  const story = tellStory(stage, { say: view.step, pause });
  const outcome = await Promise.race([story, abortOf(interrupted)]);
  view[Symbol.dispose]();
  for (const line of summaryLines(outcome)) print(line);
  return problems(outcome).length === 0 ? 0 : 1;
}

async function abortOf(signal: AbortSignal): Promise<never> {
  await once(signal, "abort");
  throw signal.reason;
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
