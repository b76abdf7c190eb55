import { join } from "node:path";
import { SMALL_JVM } from "../java.js";
import { ServerProcess } from "../server-process.js";
import type { Watchdog } from "../watchdog.js";
import type { KafkaInstallation } from "./kafka-installation.js";

// An orderly end takes 0.1 to 2 s; a broker that hears nothing from the controller would wait for minutes.
const STOP_GRACE_MS = 20_000;

/** Runs nodes. A node is named by its properties file. */
export interface NodeHost {
  /** Whether nodes can be killed and frozen. */
  readonly signals: boolean;
  /** Begins to start it. */
  start(file: string): Promise<void>;
  /** SIGTERM, or the like; resolves when the process is gone, or at once where it has none of its own. Rejects when that took a SIGKILL after 20 s. */
  stop(file: string): Promise<void>;
  /** The process of a node; throws where it has none of its own. */
  processOf(file: string): ServerProcess;
  /** Throws when the process that runs this node is gone. */
  throwIfExited(file: string): void;
  /** Ends all. */
  [Symbol.asyncDispose](): Promise<void>;
}

const JVM = ["-Xms64m", ...SMALL_JVM];
const LOG_LEVEL = "-Dorg.slf4j.simpleLogger.defaultLogLevel=";

/** A process per node. */
export function processPerNode({ jvm }: KafkaInstallation, watchdog: Watchdog): NodeHost {
  const processes = new Map<string, ServerProcess>();
  const processOf = (file: string) => {
    const process = processes.get(file);
    if (process === undefined) throw new Error(`${file} was never started`);
    return process;
  };
  return {
    signals: true,
    start: async (file) => {
      const flags = [...JVM, "-Xmx256m", `${LOG_LEVEL}warn`, ...jvm, "kafka.Kafka", file];
      processes.set(file, await ServerProcess.start("java", flags, `${file}.log`, watchdog));
    },
    stop: async (file) => {
      const process = processOf(file);
      process.signal("SIGTERM");
      await process.endsWithin(STOP_GRACE_MS);
      if (!process.running) return;
      await process.kill();
      throw new Error(`${file} went on for ${STOP_GRACE_MS} ms after SIGTERM`);
    },
    processOf,
    throwIfExited: (file) => processOf(file).throwIfExited(),
    [Symbol.asyncDispose]: async () => {
      await Promise.all([...processes.values()].map((process) => process.kill()));
    },
  };
}

/** All nodes in one process, which obeys the `Launcher`'s commands. */
export async function oneProcess({ jvm }: KafkaInstallation, directory: string, watchdog: Watchdog): Promise<NodeHost> {
  // Nodes that register the same beans in one JVM warn of each other.
  const flags = [...JVM, "-Xmx512m", `${LOG_LEVEL}error`, ...jvm, "Launcher"];
  const process = await ServerProcess.start("java", flags, join(directory, "nodes.log"), watchdog, true);
  return {
    signals: false,
    start: async (file) => void process.input?.write(`start ${file}\n`),
    stop: async (file) => void process.input?.write(`stop ${file}\n`),
    processOf: () => {
      throw new Error("this cluster was started with `processes: false`: its nodes cannot be killed or frozen");
    },
    throwIfExited: () => process.throwIfExited(),
    [Symbol.asyncDispose]: async () => {
      process.input?.end();
      await process.endsWithin(STOP_GRACE_MS);
      await process.kill();
    },
  };
}
