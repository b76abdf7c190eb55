import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { expect, it, onTestFinished } from "vitest";
import { dial, ended } from "./support/raw-http.js";

const SOURCES = fileURLToPath(new URL("../src", import.meta.url));
/** Whatever still runs then is killed, and the test fails. */
const CHILD_MS = 20_000;
const PROGRAM = `
import { MetadataPoller } from "@rollcall/core";
import { nameServerArray } from "./name-server-array.js";
import { nsaddrServer } from "./nsaddr-server.js";
const nameservers = ["a:1"];
const poller = new MetadataPoller({
  key: "fixed",
  fetch: async () => ({ kind: "nameservers", nameservers, origins: [] }),
  endpoints: () => [{ id: "a:1", host: "a", port: 1 }],
});
const list = await nameServerArray(poller);
const server = await nsaddrServer(poller);
process.once("SIGTERM", async () => {
  await Promise.all([server.close(), list[Symbol.asyncDispose]()]);
  process.stdout.write(list.join());
});
process.stdout.write(server.port + " ");`;

it("row 24: a process lives while nsaddrServer serves, and ends by itself once it is closed, whatever clients do", async () => {
  const { outputFiles } = await build({
    stdin: { contents: PROGRAM, resolveDir: SOURCES },
    ...{ bundle: true, format: "esm", platform: "node", write: false, logLevel: "error" },
    ...{ conditions: ["@rollcall/source"], external: ["zod"] },
  });
  const child = spawn(process.execPath, ["--input-type=module", "-"], { cwd: SOURCES, timeout: CHILD_MS, killSignal: "SIGKILL" });
  onTestFinished(() => void child.kill("SIGKILL"));
  const exited = once(child, "exit");
  child.stdin.end(outputFiles?.[0]?.text);
  let said = "";
  child.stdout.on("data", (chunk) => (said += chunk));
  await once(child.stdout, "data");
  const port = Number(said);

  const idle = await dial(port);
  expect(await (await fetch(`http://127.0.0.1:${port}/rocketmq/nsaddr`)).text()).toBe("a:1");
  child.kill("SIGTERM");
  expect(await exited).toEqual([0, null]);
  await ended(idle);
  expect(said).toBe(`${port} a:1`);
}, 30_000);
