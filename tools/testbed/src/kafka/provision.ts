import { existsSync } from "node:fs";
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { cacheDirectory, cacheKey, fillCache, PLATFORM } from "../cache.js";
import { classPath, copyDependencies, requireJava } from "../java.js";
import { run } from "../run.js";
import type { KafkaInstallation } from "./kafka-installation.js";
import { startRealKafka } from "./real-kafka-cluster.js";

const VERSION = "4.4.0";
const NEED = { server: `Kafka ${VERSION}`, oldest: 17 };
const SOURCES = fileURLToPath(new URL("../../kafka-4.4/", import.meta.url));
const ARCHIVE = "kafka.jsa";

/** The server if it is in the cache already, jars and class-data archive; looks, and does nothing else. */
export async function findKafka(): Promise<KafkaInstallation | undefined> {
  const directory = await placeOf().catch(() => undefined); // no Java
  return directory !== undefined && existsSync(join(archiveOf(directory), ARCHIVE)) ? installation(directory) : undefined;
}

/**
 * The server, brought into the cache unless it is there: takes Maven, a JDK (17 or newer) and about half a minute. An archive that Java does
 * not take is made anew. Any number of processes may do this at once. Rejects with an error that gives the reason in one line.
 */
export async function provisionKafka(): Promise<KafkaInstallation> {
  const directory = await placeOf();
  if (!existsSync(directory)) await fillCache(directory, collectJars);
  const found = await installation(directory);
  if (!(await takesArchive(found))) {
    await rm(archiveOf(directory), { recursive: true, force: true });
    await fillCache(archiveOf(directory), (temporary) => archiveClasses(directory, temporary));
  }
  return found;
}

/** The path is part of the key: Java takes an archive only with the very class path, and the very files, that it was made with. */
async function placeOf(): Promise<string> {
  const java = await requireJava("java", NEED);
  const entries = join(cacheDirectory(), "kafka");
  return join(entries, await cacheKey(SOURCES, ["pom.xml", "Launcher.java"], `${PLATFORM} ${java} ${entries}`));
}

/** In the directory of the jars, so that it goes when they go: it is of no use with jars that were collected anew. */
function archiveOf(directory: string): string {
  return join(directory, "archive");
}

async function installation(directory: string): Promise<KafkaInstallation> {
  const archive = `-XX:SharedArchiveFile=${join(archiveOf(directory), ARCHIVE)}`;
  return { version: VERSION, directory, jvm: [archive, "-cp", await classPath(directory)] };
}

async function collectJars(directory: string): Promise<void> {
  await requireJava("javac", NEED);
  await copyDependencies(join(SOURCES, "pom.xml"), directory);
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

/** Whether Java starts with the archive; by itself it would go on without one that does not fit, and say nothing. */
async function takesArchive({ jvm }: KafkaInstallation): Promise<boolean> {
  return run("java", ["-Xshare:on", ...jvm, "-version"]).then(
    () => true,
    () => false,
  );
}
