import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { build } from "esbuild";
import { describe, expect, it } from "vitest";
import { listening } from "./support/connecting.js";
import { answering } from "./support/loopback-broker.js";

/** Whatever still runs then is killed, and the test fails. */
const CHILD_MS = 10_000;
const PROGRAM = `
import { kafkajsTransport } from "./kafkajs-transport.js";
const [answers, silent] = process.argv.slice(2).map((port) => ({ host: "127.0.0.1", port: Number(port) }));
process.on("warning", (warning) => process.stdout.write(warning.name + " "));
const transport = kafkajsTransport({});
const { signal } = new AbortController();
(await transport.connect(answers, { signal })).close();
const connection = await transport.connect(answers, { signal });
await connection.send({ apiKey: 60, apiVersion: 2, apiName: "DescribeCluster", body: Uint8Array.of(0, 0, 1, 1, 0) }, { signal });
connection.close();
for (const refused of [{ host: "127.0.0.1", port: 1 }, { host: "nobody.invalid", port: 1 }]) await transport.connect(refused, { signal }).catch(() => undefined);
await transport.connect(silent, { signal: AbortSignal.timeout(50) }).catch((error) => process.stdout.write(error.name));`;

describe("a process", () => {
  it("row 18: ends by itself after connections that were closed, refused and abandoned, and no warning is printed", async () => {
    const brokers = [await listening(answering()), await listening(() => undefined)];
    const here = new URL("../src", import.meta.url).pathname;
    const { outputFiles } = await build({
      stdin: { contents: PROGRAM, resolveDir: here },
      ...{ bundle: true, format: "esm", platform: "node", write: false, logLevel: "error" },
      ...{ conditions: ["@rollcall/source"], external: ["kafkajs", "zod"] },
    });
    const ports = brokers.map(({ address }) => String(address.port));
    const parameters = ["--input-type=module", "-", ...ports];
    const running = promisify(execFile)(process.execPath, parameters, { cwd: here, timeout: CHILD_MS, killSignal: "SIGKILL" });
    running.child.stdin?.end(outputFiles?.[0]?.text);
    expect(await running).toEqual({ stdout: "TimeoutError", stderr: "" });
  }, 20_000);

  it("may be one file, with kafkajs's inner modules in it", async () => {
    const { metafile } = await build({
      stdin: {
        contents: 'export { kafkajsTransport } from "./kafkajs-transport.js";',
        resolveDir: new URL("../src", import.meta.url).pathname,
      },
      ...{ bundle: true, format: "esm", platform: "node", write: false, logLevel: "error", metafile: true },
      conditions: ["@rollcall/source"],
    });
    expect(Object.keys(metafile.inputs).filter((path) => path.endsWith("kafkajs/src/network/connection.js"))).toHaveLength(1);
  });
});
