import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import { fileURLToPath } from "node:url";
import { SMALL_JVM } from "../java.js";
import { startWatchdog, type Watchdog } from "../watchdog.js";
import type { RocketmqLoad, RocketmqProducer } from "./rocketmq-producer.js";
import { type SendReport, SendTally } from "./send-tally.js";

const PROGRAM = fileURLToPath(new URL("../../rocketmq-5.5/Producer.java", import.meta.url));
const JAVA = "java";
const SMALL = ["-Xms32m", "-Xmx128m", ...SMALL_JVM];
const SILENT = '<configuration><root level="OFF"/></configuration>';

/** A stock Java producer under a steady load, in a process of its own. */
export class JavaProducer implements RocketmqProducer {
  readonly #classPath: readonly string[];
  readonly #load: RocketmqLoad;
  readonly #tally = new SendTally();
  #process: ChildProcessByStdio<Writable, Readable, Readable> | undefined;
  #exited: Promise<unknown> = Promise.resolve();
  #watchdog: Watchdog | undefined;

  /** @param classPath - arguments for the JVM that bring the client's classes */
  constructor(classPath: readonly string[], load: RocketmqLoad) {
    this.#classPath = classPath;
    this.#load = load;
  }

  get report(): SendReport {
    return this.#tally.report;
  }

  get lastFailedAt(): number | undefined {
    return this.#tally.lastFailedAt;
  }

  acknowledgedAfter(since: number): number {
    return this.#tally.acknowledgedAfter(since);
  }

  /** Rejects when the JVM ends before it sends, with the last thing that it said. */
  async start(): Promise<void> {
    const home = await mkdtemp(join(tmpdir(), "rollcall-producer-"));
    const watchdog = startWatchdog(home);
    this.#watchdog = watchdog;
    const log = join(home, "logback.xml");
    await writeFile(log, SILENT);
    const { lookup, topic, pollMs } = this.#load;
    const domain = "addressServer" in lookup ? [`-Drocketmq.namesrv.domain=${new URL(lookup.addressServer).host}`] : [];
    const list = "nameservers" in lookup ? [lookup.nameservers.join(";")] : [];
    const jvm = [...SMALL, `-Duser.home=${home}`, `-Drmq.logback.configurationFile=${log}`, ...domain, ...this.#classPath];
    const child = spawn(JAVA, [...jvm, PROGRAM, topic, `${pollMs}`, ...list], { stdio: "pipe" });
    const { pid = 0 } = child;
    if (pid > 0) watchdog.guard(pid);
    child.stdin.on("error", () => {}); // it has ended, which `exited` tells
    this.#process = child;
    this.#exited = once(child, "exit").then(() => watchdog.forget(pid));
    const lines = createInterface(child.stdout);
    let complaint = "";
    createInterface(child.stderr).on("line", (line) => {
      complaint = line;
    });
    const ended = once(child, "close").then(() => Promise.reject(new Error(`the Java producer ended before it was ready: ${complaint}`)));
    ended.catch(() => {}); // that it ends later is no error
    lines.on("line", (line) => this.#heard(line));
    await Promise.race([once(lines, "line"), ended]);
  }

  /** Makes it look up its nameservers now; by itself it does every two minutes. */
  lookUp(): void {
    if (this.#process?.stdin.writable) this.#process.stdin.write("\n");
  }

  async stop(): Promise<void> {
    this.#process?.stdin.end();
    await this.#exited;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#watchdog?.[Symbol.asyncDispose]();
    await this.#exited;
  }

  /** It says that it is ready, and then what became of each send. */
  #heard(line: string): void {
    const { code, says } = JSON.parse(line) as { readonly code?: number; readonly says: string };
    if (code === 0) this.#tally.acknowledged(says);
    else if (code !== undefined) this.#tally.failed(says, code);
  }
}
