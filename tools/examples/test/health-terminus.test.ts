import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { expect, it, onTestFinished, vi } from "vitest";

const SOURCES = fileURLToPath(new URL("../src", import.meta.url));
const program = (make: string): string => `
import { fromSeeds, MetadataPoller } from "@rollcall/core";
import { ${make} } from "./health-terminus.js";
const members = async ({ signal }) => {
  const response = await fetch(process.argv[2], { signal });
  if (!response.ok) throw new Error("the registry answers " + response.status);
  return response.json();
};
const poller = new MetadataPoller(fromSeeds(members), { intervalMs: 60_000, minIntervalMs: 10 });
const server = ${make}(poller, (_request, response) => {
  response.write("hel");
  process.once("SIGTERM", () => response.end("lo"));
});
server.keepAliveTimeout = 60_000;
server.listen(0, "127.0.0.1", () => process.stdout.write(String(server.address().port)));`;

/** A registry that does not answer until it is told to. */
async function startRegistry() {
  let isUp = false;
  const server = createServer((_request, response) => {
    if (isUp) response.end(JSON.stringify(["10.0.0.1:8080", "10.0.0.2:8080"]));
    else response.writeHead(500).end();
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  onTestFinished(() => void server.close().closeAllConnections());
  const comeUp = (): void => {
    isUp = true;
  };
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, comeUp };
}

/** Runs the program in a process of its own, which is killed after half a minute. */
async function start(make: string, registry: string) {
  const { outputFiles } = await build({
    stdin: { contents: program(make), resolveDir: SOURCES },
    ...{ bundle: true, format: "esm", platform: "node", write: false, logLevel: "error" },
    ...{ conditions: ["@rollcall/source"], external: ["@godaddy/terminus"] },
  });
  const child = spawn(process.execPath, ["--input-type=module", "-", registry], { cwd: SOURCES, timeout: 30_000, killSignal: "SIGKILL" });
  onTestFinished(() => void child.kill("SIGKILL"));
  let complaints = "";
  child.stderr.on("data", (chunk) => (complaints += chunk));
  child.stdin.end(outputFiles?.[0]?.text);
  const exited = once(child, "exit");
  const [port] = await Promise.race([once(child.stdout, "data"), exited.then(() => Promise.reject(new Error(complaints)))]);
  const end = async () => {
    child.kill("SIGTERM");
    return [...(await exited), complaints];
  };
  return { get: (path: string) => fetch(`http://127.0.0.1:${port}${path}`), end };
}

it.each([
  ["plainServer", [0, null, ""]],
  ["terminusServer", [null, "SIGTERM", ""]], // Terminus cleans up, and lets the signal do the rest
])(
  "%s is unready before the first set and ready with it; SIGTERM ends it once the request in flight is answered, although connections are kept",
  async (make, ending) => {
    const registry = await startRegistry();
    const { get, end } = await start(make, registry.url);
    const ready = () => get("/ready");
    const before = await ready();
    const report = (await before.json()) as { readonly error?: unknown };
    expect([before.status, make === "plainServer" ? report : report.error]).toEqual([503, expect.objectContaining({ state: "pending" })]);

    registry.comeUp();
    await vi.waitUntil(async () => (await ready()).status === 200, 10_000);
    expect(await (await ready()).json()).toMatchObject({ ready: true, state: "fresh", endpoints: 2 });
    const inFlight = await get("/orders");
    const ended = end();
    expect(await inFlight.text()).toBe("hello");
    expect(await ended).toEqual(ending);
  },
  30_000,
);
