import { fork } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseCommandLine, usage } from "./command-line.js";
import type { Figure } from "./figure.js";
import { machineLines, thisMachine } from "./machine.js";
import { MEASUREMENTS } from "./measurements.js";
import { reportLines } from "./report.js";

const CHILD = fileURLToPath(new URL("./child.js", import.meta.url));
/** A young generation of 64 MB for `garbage`, so that nothing is collected within one of its waves. */
const FLAGS: Readonly<Record<string, readonly string[]>> = { garbage: ["--min-semi-space-size=64", "--max-semi-space-size=64"] };

process.exitCode = await main(process.argv.slice(2));

async function main(args: readonly string[]): Promise<number> {
  const command = parseCommandLine(args, Object.keys(MEASUREMENTS));
  switch (command.kind) {
    case "help":
      process.stdout.write(usage(Object.keys(MEASUREMENTS)));
      return 0;
    case "refused":
      process.stderr.write(`bench: ${command.reason}\n`);
      return 2;
    case "run":
      return run(command.names, command.json);
  }
}

async function run(names: readonly string[], json: string | undefined): Promise<number> {
  const machine = thisMachine();
  const figures: Figure[] = [];
  for (const name of names) {
    process.stderr.write(`measuring ${name}\n`);
    const measured = await measureApart(name);
    if (measured === undefined) return 1;
    figures.push(...measured);
  }
  process.stdout.write(`${[...machineLines(machine), ...reportLines(figures)].join("\n")}\n`);
  if (json !== undefined) writeFileSync(json, `${JSON.stringify({ machine, figures }, undefined, 2)}\n`);
  return 0;
}

/** One measurement in a process of its own; undefined when it failed, which it has said itself. */
async function measureApart(name: string): Promise<readonly Figure[] | undefined> {
  const child = fork(CHILD, [name], { execArgv: ["--expose-gc", ...(FLAGS[name] ?? [])], serialization: "advanced" });
  let figures: readonly Figure[] | undefined;
  child.on("message", (message) => {
    figures = message as readonly Figure[];
  });
  const [code] = (await once(child, "exit")) as [number | null];
  return code === 0 ? figures : undefined;
}
