import { execFile } from "node:child_process";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { KafkaInstallation } from "@rollcall/testbed";
import type { Command } from "../client-process.js";

/** Where a client cannot be had: why. */
export interface Unavailable {
  readonly reason: string;
}

/** What a program of another language takes to run, without its own arguments. */
export interface Toolchain extends Command {
  readonly version: string;
}

const CONFLUENT_KAFKA = "2.16.1";
const WITHIN_MS = 120_000;
const SMALL_JVM = ["-Xmx128m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Dorg.slf4j.simpleLogger.defaultLogLevel=off"];

/** librdkafka, as Python's confluent-kafka brings it: installed into the cache unless it is there. */
export function librdkafka({ directory }: KafkaInstallation): Promise<Toolchain | Unavailable> {
  const environment = join(dirname(dirname(directory)), `confluent-kafka-${CONFLUENT_KAFKA}`);
  const program = join(environment, "bin", "python");
  const installed = () => run(program, "-c", "import confluent_kafka; print(confluent_kafka.libversion()[0])");
  return orReason(async () => {
    const version = await installed().catch(async () => {
      await run("python3", "-m", "venv", environment);
      await run(program, "-m", "pip", "install", "--quiet", "--only-binary=:all:", `confluent-kafka==${CONFLUENT_KAFKA}`);
      return installed();
    });
    return { program, args: [sourceOf("failover.py")], version: `${version} (confluent-kafka ${CONFLUENT_KAFKA})` };
  });
}

/** The Java client that comes with the server; its program is compiled into a directory. */
export function javaClient({ version, jvm }: KafkaInstallation, directory: string): Promise<Toolchain | Unavailable> {
  const classPath = jvm.at(-1) ?? "";
  return orReason(async () => {
    await run("javac", "-d", directory, "-cp", classPath, sourceOf("FailoverClient.java"));
    const args = [...SMALL_JVM, ...jvm.slice(0, -1), `${classPath}:${directory}`, "FailoverClient"];
    return { program: "java", args, version };
  });
}

/** Programs in other languages stand beside the sources, also of the build. */
function sourceOf(name: string): string {
  return fileURLToPath(new URL(`../../src/kafka-failover/${name}`, import.meta.url));
}

async function orReason(find: () => Promise<Toolchain>): Promise<Toolchain | Unavailable> {
  try {
    return await find();
  } catch (error) {
    const { stderr = "", message } = error as Error & { readonly stderr?: string };
    return { reason: stderr.trim().split("\n").at(-1) || message };
  }
}

async function run(program: string, ...args: readonly string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(program, args, { timeout: WITHIN_MS });
  return stdout.trim();
}
