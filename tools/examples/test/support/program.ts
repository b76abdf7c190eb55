import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { onTestFinished } from "vitest";
import { TOPIC } from "./proxied.js";

const SOURCES = fileURLToPath(new URL("../../src", import.meta.url));
const PROGRAM = `
import { rocketmqProxies } from "./rocketmq-proxies.js";
const log = () => undefined;
const options = { namespace: "", topics: ["${TOPIC}"], logger: { info: log, warn: log, error: log } };
const { producer, poller } = rocketmqProxies([process.argv[2]], options);
const ready = await producer.ready();
await ready.send({ topic: "${TOPIC}", body: Buffer.from("of a program") });
process.once("SIGTERM", async () => {
  await producer[Symbol.asyncDispose]();
  await poller.close();
});
process.stdout.write(ready.clientId);`;

/** A process with a producer on a proxy. */
export interface Program {
  /** Of the producer. */
  readonly clientId: string;
  /** Has it dispose of the producer; resolves with its exit code and what it complained of. */
  readonly end: () => Promise<readonly [code: number | null, complaints: string]>;
}

/** Starts one on this proxy; resolves once it has sent a message. It is killed when the test ends, and after half a minute. */
export async function startProgram(proxy: string): Promise<Program> {
  const { outputFiles } = await build({
    stdin: { contents: PROGRAM, resolveDir: SOURCES },
    ...{ bundle: true, format: "esm", platform: "node", write: false, logLevel: "error" },
    ...{ conditions: ["@rollcall/source"], external: ["@grpc/grpc-js", "rocketmq-client-nodejs"] },
  });
  const child = spawn(process.execPath, ["--input-type=module", "-", proxy], { cwd: SOURCES, timeout: 30_000, killSignal: "SIGKILL" });
  onTestFinished(() => void child.kill("SIGKILL"));
  const exited = once(child, "exit");
  let complaints = "";
  child.stderr.on("data", (chunk) => (complaints += chunk));
  child.stdin.end(outputFiles?.[0]?.text);
  const started = once(child.stdout.setEncoding("utf8"), "data");
  const [clientId] = await Promise.race([started, exited.then(() => Promise.reject(new Error(`it has ended by itself: ${complaints}`)))]);
  const end = async () => {
    child.kill("SIGTERM");
    const [code] = await exited;
    return [code, complaints] as const;
  };
  return { clientId, end };
}
