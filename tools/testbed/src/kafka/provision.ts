import { existsSync } from "node:fs";
import { mkdir, readdir, rm } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { cacheDirectory, cacheKey, fillCache, PLATFORM } from "../cache.js";
import { run } from "../run.js";
import type { KafkaInstallation } from "./kafka-installation.js";
import { startRealKafka } from "./real-kafka-cluster.js";

const VERSION = "4.4.0";
const OLDEST_JAVA = 17;
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
  const java = await requireJava("java");
  const entries = join(cacheDirectory(), "kafka");
  return join(entries, await cacheKey(SOURCES, ["pom.xml", "Launcher.java"], `${PLATFORM} ${java} ${entries}`));
}

/** In the directory of the jars, so that it goes when they go: it is of no use with jars that were collected anew. */
function archiveOf(directory: string): string {
  return join(directory, "archive");
}

/** What the program says of itself. Rejects when it is missing or too old. */
async function requireJava(program: "java" | "javac"): Promise<string> {
  const needed = `Kafka ${VERSION} needs Java ${OLDEST_JAVA} or newer`;
  const says = await run(program, ["--version"]).catch(({ message }: Error) => {
    throw new Error(`${needed}: ${message}`); // version 8 does not know how to say its version in this way
  });
  const version = /\d+/.exec(says)?.[0];
  if (Number(version) < OLDEST_JAVA) throw new Error(`${needed}, this ${program} is ${version}`);
  return says;
}

async function installation(directory: string): Promise<KafkaInstallation> {
  const archive = `-XX:SharedArchiveFile=${join(archiveOf(directory), ARCHIVE)}`;
  return { version: VERSION, directory, jvm: [archive, "-cp", await classPath(directory)] };
}

/** Listed one by one, since the archive depends on their order. */
async function classPath(directory: string): Promise<string> {
  const names = (await readdir(directory)).filter((name) => name.endsWith(".jar")).sort();
  return names.map((name) => join(directory, name)).join(delimiter);
}

async function collectJars(directory: string): Promise<void> {
  await requireJava("javac");
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

/** Whether Java starts with the archive; by itself it would go on without one that does not fit, and say nothing. */
async function takesArchive({ jvm }: KafkaInstallation): Promise<boolean> {
  return run("java", ["-Xshare:on", ...jvm, "-version"]).then(
    () => true,
    () => false,
  );
}
