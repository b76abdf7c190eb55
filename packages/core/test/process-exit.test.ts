import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const run = promisify(execFile);
let built = "";

// A build of its own: what is built at the same time, or was never built, cannot matter.
beforeAll(async () => {
  built = await mkdtemp(join(tmpdir(), "rollcall-core-"));
  await writeFile(join(built, "package.json"), JSON.stringify({ type: "module" }));
  const tsc = join(dirname(createRequire(import.meta.url).resolve("typescript/package.json")), "bin", "tsc");
  const project = fileURLToPath(new URL("../tsconfig.json", import.meta.url));
  const emit = [
    "--outDir",
    built,
    "--composite",
    "false",
    "--isolatedDeclarations",
    "false",
    "--declaration",
    "false",
    "--declarationMap",
    "false",
    "--sourceMap",
    "false",
  ];
  await run(process.execPath, [tsc, "-p", project, ...emit]);
}, 60_000);

afterAll(async () => {
  await rm(built, { recursive: true, force: true });
});

/** Runs a program and resolves with what it printed and how it ended; 13 means that it still awaited something. */
async function program(body: string): Promise<{ readonly printed: string; readonly code: number }> {
  const text = `import { MetadataPoller } from ${JSON.stringify(pathToFileURL(join(built, "index.js")).href)};
    let asked = 0;
    const endpoints = () => [{ id: "a", host: "a.test", port: 1 }];
    // Nobody here holds a socket or a timer: only the poller can keep the process alive.
    const unreachable = { key: "test", endpoints, fetch: async () => { if (++asked < 4) throw new Error("unreachable"); return asked; } };
    const silent = { key: "test", endpoints, fetch: () => new Promise(() => undefined) };
    const pace = { intervalMs: 40, minIntervalMs: 10 };
    const print = (text) => process.stdout.write(text + ";");
    process.on("exit", () => print("exit"));
    ${body}`;
  const child = run(process.execPath, ["--input-type=module", "--eval", text], { timeout: 20_000 });
  return child.then(
    ({ stdout }) => ({ printed: stdout, code: 0 }),
    ({ stdout, code }: { stdout: string; code: number }) => ({ printed: stdout, code }),
  );
}

describe("a process", { timeout: 30_000 }, () => {
  it("that only creates a poller exits at once", async () => {
    expect(await program("new MetadataPoller(unreachable); print('asked ' + asked)")).toEqual({ printed: "asked 0;exit;", code: 0 });
  });

  it("that only subscribes exits by itself: polling is no reason to stay", async () => {
    expect(await program("new MetadataPoller(unreachable, pace).subscribe(() => print('told'))")).toEqual({ printed: "exit;", code: 0 });
  });

  it("that awaits ready() at an unreachable cluster stays alive until it answers, then exits by itself", async () => {
    const body =
      "const { endpoints: [member] } = await new MetadataPoller(unreachable, pace).ready(); print(member.host + ' after ' + asked)";
    expect(await program(body)).toEqual({ printed: "a.test after 4;exit;", code: 0 });
  });

  it("that awaits refresh() of a silent source stays alive until the timeout", async () => {
    const body = "await new MetadataPoller(silent, pace).refresh().catch(({ code }) => print(code))";
    expect(await program(body)).toEqual({ printed: "TIMEOUT;exit;", code: 0 });
  });

  it("that stops awaiting exits by itself, though it still subscribes", async () => {
    const body = `const poller = new MetadataPoller(unreachable, { intervalMs: 60_000 });
      poller.subscribe(() => undefined);
      const controller = new AbortController();
      const ready = poller.ready({ signal: controller.signal });
      controller.abort();
      await ready.catch(({ code }) => print(code))`;
    expect(await program(body)).toEqual({ printed: "ABORTED;exit;", code: 0 });
  });

  it("that awaits refresh() which it called while a poll was running stays alive until it is answered", async () => {
    const body = `const poller = new MetadataPoller(silent, { intervalMs: 300, minIntervalMs: 10, timeoutMs: 200 });
      poller.subscribe(() => undefined);
      await new Promise((resolve) => setTimeout(resolve, 50));
      await poller.refresh().catch(({ code }) => print(code))`;
    expect(await program(body)).toEqual({ printed: "TIMEOUT;exit;", code: 0 });
  });

  it("that only gave a hint, a refresh() whose signal has fired already, exits at once: nobody waits for its poll", async () => {
    const body = `const poller = new MetadataPoller(silent, { intervalMs: 60_000, timeoutMs: 60_000 });
      poller.subscribe(() => undefined);
      void poller.refresh({ signal: AbortSignal.abort(), reason: "a call failed" });
      print("hinted")`;
    expect(await program(body)).toEqual({ printed: "hinted;exit;", code: 0 });
  });

  it("that iterates stays alive until the first version", async () => {
    const body = "for await (const { version } of new MetadataPoller(unreachable, pace)) { print(version); break; }";
    expect(await program(body)).toEqual({ printed: "1;exit;", code: 0 });
  });
});
