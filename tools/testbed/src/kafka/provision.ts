import { existsSync } from "node:fs";
import { mkdir, readdir } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { cacheDirectory, cacheKey, fillCache, PLATFORM } from "../cache.js";
import { run } from "../run.js";
import type { KafkaInstallation } from "./kafka-installation.js";
import { startRealKafka } from "./real-kafka-cluster.js";

const VERSION = "4.4.0";
const SOURCES = fileURLToPath(new URL("../../kafka-4.4/", import.meta.url));
const ARCHIVE = "kafka.jsa";

/** The server if it is in the cache already; looks, and does nothing else. */
export async function findKafka(): Promise<KafkaInstallation | undefined> {
  const directory = await placeOf().catch(() => undefined); // no Java
  return directory !== undefined && existsSync(archiveOf(directory)) ? installation(directory) : undefined;
}

/**
 * The server, brought into the cache unless it is there: takes Maven, a JDK (17 or newer) and about half a minute. Any number of processes
 * may do this at once. Rejects with an error that gives the reason in one line.
 */
export async function provisionKafka(): Promise<KafkaInstallation> {
  const directory = await placeOf();
  if (!existsSync(directory)) await fillCache(directory, collectJars);
  // Java takes an archive only with the very class path that it was made with: the jars must have their final place by then.
  if (!existsSync(archiveOf(directory)))
    await fillCache(join(archiveOf(directory), ".."), (temporary) => archiveClasses(directory, temporary));
  return installation(directory);
}

async function placeOf(): Promise<string> {
  const java = await run("java", ["--version"]);
  return join(cacheDirectory(), "kafka", await cacheKey(SOURCES, ["pom.xml", "Launcher.java"], `${PLATFORM} ${java}`));
}

function archiveOf(directory: string): string {
  return join(`${directory}-archive`, ARCHIVE);
}

async function installation(directory: string): Promise<KafkaInstallation> {
  return { version: VERSION, directory, jvm: [`-XX:SharedArchiveFile=${archiveOf(directory)}`, "-cp", await classPath(directory)] };
}

/** Listed one by one, since the archive depends on their order. */
async function classPath(directory: string): Promise<string> {
  const names = (await readdir(directory)).filter((name) => name.endsWith(".jar")).sort();
  return names.map((name) => join(directory, name)).join(delimiter);
}

async function collectJars(directory: string): Promise<void> {
  const goal = ["dependency:copy-dependencies", `-DoutputDirectory=${directory}`, "-DincludeScope=runtime"];
  await run("mvn", ["-q", "-B", "-f", join(SOURCES, "pom.xml"), ...goal]);
  const classes = join(directory, "classes");
  await mkdir(classes);
  await run("javac", ["-d", classes, "-cp", await classPath(directory), join(SOURCES, "Launcher.java")]);
  await run("jar", ["--create", "--file", join(directory, "launcher.jar"), "-C", classes, "."]);
}

/** Whatever a small cluster loads until it ends goes into the archive: it makes every later start about three times as fast. */
async function archiveClasses(directory: string, into: string): Promise<void> {
  const jvm = [`-XX:ArchiveClassesAtExit=${join(into, ARCHIVE)}`, "-cp", await classPath(directory)];
  const cluster = await startRealKafka({ version: VERSION, directory, jvm, brokers: 1, processes: false, security: "sasl-tls" });
  await cluster[Symbol.asyncDispose]();
  if (!existsSync(join(into, ARCHIVE))) throw new Error("java wrote no class-data archive");
}
