import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { outputOf } from "./command.js";
import { smokeProgram } from "./smoke-program.js";
import { ROOT } from "./workspace.js";

// Installs the packed packages with npm into an empty project, as a user would, and runs README's first program there against
// the simulator of the installed package. The program must end by itself within the time allowed.

const PACKED = ["core", "etcd", "grpc"];
const TIMEOUT_MS = 60_000;
const SIMULATOR = `import { startEtcdSimulator } from "@rollcall/etcd/simulator";
const cluster = await startEtcdSimulator();
console.log(cluster.members[0].clientUrl);
`;

const project = mkdtempSync(join(tmpdir(), "rollcall-smoke-"));
try {
  install(project);
  await runReadme(project);
  process.stdout.write("README's program ran on the packed packages, on Node 20\n");
} finally {
  rmSync(project, { recursive: true, force: true });
}

function install(directory: string): void {
  const tarballs = PACKED.map((name) => {
    const temp = join(ROOT, "packages", name, "temp");
    const tarball = readdirSync(temp).find((file) => file.endsWith(".tgz"));
    if (tarball === undefined) throw new Error(`${temp} holds no packed package; run the task check:pack first`);
    return join(temp, tarball);
  });
  writeFileSync(join(directory, "package.json"), JSON.stringify({ name: "smoke", private: true, type: "module" }));
  outputOf("npm", ["install", "--no-audit", "--no-fund", ...tarballs], directory);
}

async function runReadme(directory: string): Promise<void> {
  writeFileSync(join(directory, "simulator.js"), SIMULATOR);
  const simulator = spawn(process.execPath, ["simulator.js"], { cwd: directory, stdio: ["ignore", "pipe", "inherit"] });
  try {
    const url = await firstLine(simulator);
    writeFileSync(join(directory, "readme.js"), smokeProgram(readFileSync(join(ROOT, "README.md"), "utf8"), url));
    const [node = "", ...before] = oldestNode();
    const program = spawn(node, [...before, "readme.js"], {
      cwd: directory,
      stdio: ["ignore", "inherit", "inherit"],
      timeout: TIMEOUT_MS,
    });
    const [code, signal] = await once(program, "exit");
    if (code !== 0)
      throw new Error(signal ? `README's program did not end within ${TIMEOUT_MS} ms` : `README's program ended with ${code}`);
  } finally {
    simulator.kill();
  }
}

/** How to run the oldest Node that is supported: this one, or the program that npm carries. */
function oldestNode(): readonly string[] {
  return process.version.startsWith("v20.") ? [process.execPath] : ["npx", "-y", "-p", "node@20", "node"];
}

async function firstLine(child: ChildProcess): Promise<string> {
  if (child.stdout) {
    for await (const line of createInterface({ input: child.stdout })) return line;
  }
  throw new Error("the simulator ended before it said where it listens");
}
