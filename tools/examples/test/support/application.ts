import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { onTestFinished, vi } from "vitest";

const SOURCES = fileURLToPath(new URL("../../src", import.meta.url));
/** Loaded as users' programs load them; only sources of the workspace are bundled. */
const PACKAGES = ["@nestjs/*", "@grpc/grpc-js", "etcd3", "fastify", "fastify-plugin", "kafkajs", "kafkajs/*", "reflect-metadata"];
/**
 * Says what a program does that nobody outside could see: which requests it has begun with, and when its poller is closed. Connections are kept for ten minutes, so that
 * a program that waits for them never ends.
 */
const WITNESS = `
import { subscribe } from "node:diagnostics_channel";
import http from "node:http";
import { syncBuiltinESMExports } from "node:module";
import { MetadataPoller } from "@rollcall/core";
const tell = (what, close) => async function () {
  await close.call(this);
  console.log("closed " + what);
};
const { createServer } = http;
http.createServer = (...args) => Object.assign(createServer(...args), { keepAliveTimeout: 600_000 });
syncBuiltinESMExports();
subscribe("http.server.request.start", ({ request }) => console.log("asked " + request.url));
MetadataPoller.prototype.close = tell("poller", MetadataPoller.prototype.close);`;

/** A server program of the examples, running in a process of its own. It is killed when the test ends. */
export interface Application {
  /** Where it listens. */
  readonly url: string;
  /** What it and its witness have printed so far. */
  readonly output: () => string;
  readonly complaints: () => string;
  /** What is closed, in the order in which that was done. */
  readonly closed: () => readonly string[];
  readonly terminate: () => void;
  /** How it has ended. */
  readonly ended: Promise<readonly [code: number | null, signal: NodeJS.Signals | null]>;
}

/**
 * Starts one; resolves once it says where it listens.
 *
 * @param witness - runs before the program, in the same process. `tell(name, close)` there makes a `close` that is seen in `closed`
 */
export async function startApplication(program: string, env: Readonly<Record<string, string>>, witness: string): Promise<Application> {
  const { outputFiles } = await build({
    stdin: { contents: `${WITNESS}\n${witness}\nawait import("./${program}.js");`, resolveDir: SOURCES },
    ...{ bundle: true, format: "esm", platform: "node", write: false, logLevel: "error" },
    ...{ conditions: ["@rollcall/source"], external: PACKAGES },
  });
  const child = spawn(process.execPath, ["--input-type=module", "-"], {
    cwd: SOURCES,
    env: { ...process.env, ...env, PORT: "0", NO_COLOR: "1" },
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  const ended = once(child, "close") as Promise<[number | null, NodeJS.Signals | null]>;
  let [output, complaints] = ["", ""];
  child.stdout.on("data", (chunk) => (output += chunk));
  child.stderr.on("data", (chunk) => (complaints += chunk));
  child.stdin.end(outputFiles?.[0]?.text);
  const listens = () => /\bat (http:\/\/[^\s"]+:\d+)/.exec(output)?.[1];
  const failed = ended.then(() => Promise.reject(new Error(`it has ended by itself: ${output}${complaints}`)));
  const url = await Promise.race([vi.waitUntil(listens, 30_000), failed]);
  failed.catch(() => undefined);
  return {
    url,
    output: () => output,
    complaints: () => complaints,
    closed: () => [...output.matchAll(/^closed (.*)$/gm)].map(([, what = ""]) => what),
    terminate: () => void child.kill("SIGTERM"),
    ended,
  };
}

/** Resolves once nobody is let in at a URL any more. */
export async function refuses(url: string): Promise<void> {
  await vi.waitUntil(
    () =>
      fetch(url, { headers: { connection: "close" } }).then(
        () => false,
        () => true,
      ),
    10_000,
  );
}
