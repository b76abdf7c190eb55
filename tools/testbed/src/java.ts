import { readdir } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { run } from "./run.js";

/** What a Java server runs on. */
export interface JavaNeed {
  /** Name and version, for the error message. */
  readonly server: string;
  /** The oldest Java that will do: 17. */
  readonly oldest: number;
}

/** Flags of a server that serves one test: little memory, few threads, and no time spent on becoming fast. */
export const SMALL_JVM: readonly string[] = ["-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-XX:-UsePerfData"];

/** What the program says of itself. Rejects when it is missing or too old. */
export async function requireJava(program: "java" | "javac", { server, oldest }: JavaNeed): Promise<string> {
  const needed = `${server} needs Java ${oldest} or newer`;
  const says = await run(program, ["--version"]).catch(({ message }: Error) => {
    throw new Error(`${needed}: ${message}`); // version 8 does not know how to say its version in this way
  });
  const version = /\d+/.exec(says)?.[0];
  if (Number(version) < oldest) throw new Error(`${needed}, this ${program} is ${version}`);
  return says;
}

/** Brings the jars that a `pom.xml` depends on, directly or not, into a directory. */
export async function copyDependencies(pom: string, directory: string): Promise<void> {
  const goal = ["dependency:copy-dependencies", `-DoutputDirectory=${directory}`, "-DincludeScope=runtime"];
  await run("mvn", ["-q", "-B", "-f", pom, ...goal]);
}

/** The jars of a directory, one by one and in order: a wildcard would leave it to Java, and a class-data archive depends on it. */
export async function classPath(directory: string): Promise<string> {
  const names = (await readdir(directory)).filter((name) => name.endsWith(".jar")).sort();
  return names.map((name) => join(directory, name)).join(delimiter);
}
