import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { cacheDirectory, cacheKey, fillCache } from "../cache.js";
import { classPath, copyDependencies, requireJava } from "../java.js";
import type { RocketmqInstallation } from "./rocketmq-installation.js";

const VERSION = "5.5.0";
const NEED = { server: `RocketMQ ${VERSION}`, oldest: 17 };
const SOURCES = fileURLToPath(new URL("../../rocketmq-5.5/", import.meta.url));
const POM = "pom.xml";

/** The servers if they are in the cache already and there is a Java to run them; looks, and does nothing else. */
export async function findRocketmq(): Promise<RocketmqInstallation | undefined> {
  const directory = await placeOf().catch(() => undefined); // no Java
  return directory !== undefined && existsSync(directory) ? installation(directory) : undefined;
}

/**
 * The servers, brought into the cache unless they are there: takes Maven, a JDK (17 or newer: the Java client of tests is compiled when it starts) and about half a
 * minute. Any number of processes may do this at once. Rejects with an error that gives the reason in one line.
 */
export async function provisionRocketmq(): Promise<RocketmqInstallation> {
  const directory = await placeOf();
  if (!existsSync(directory)) await fillCache(directory, collectJars);
  return installation(directory);
}

async function placeOf(): Promise<string> {
  await requireJava("java", NEED);
  return join(cacheDirectory(), "rocketmq", await cacheKey(SOURCES, [POM]));
}

async function collectJars(directory: string): Promise<void> {
  await requireJava("javac", NEED);
  await copyDependencies(join(SOURCES, POM), directory);
}

async function installation(directory: string): Promise<RocketmqInstallation> {
  return { version: VERSION, directory, jvm: ["-cp", await classPath(directory)] };
}
