import { readFileSync } from "node:fs";
import { join } from "node:path";
import { nodeProgram } from "../node-program.js";
import { ROOT } from "../workspace.js";
import { type OutsideProject, outsideProject } from "./project.js";

// A CommonJS project made of the text that docs/frameworks.md shows: what the page says works does, and what it says does not, does not.

const GUIDE = "docs/frameworks.md";
/** By the names that the page gives these versions. */
const STATED: Readonly<Record<string, readonly string[]>> = {
  "NestJS 11.2.10": ["@nestjs/common", "@nestjs/core"],
  "TypeScript 5.9.3": ["typescript"],
  "Jest 30.5.2": ["jest"],
  "ts-jest 29.4.15": ["ts-jest"],
};
const OTHERS: Readonly<Record<string, string>> = {
  "@nestjs/testing": "^11.2.6",
  "@types/jest": "^30.0.0",
  "@types/node": "^20.19.0",
  kafkajs: "^2.2.4",
  "reflect-metadata": "^0.2.2",
  rxjs: "^7.8.2",
};
const NODES = ["20.19.0", "22", "24", "26"];

/** Runs in the project: a poller that a module makes lists the simulator's brokers, and ends. A warning is a failure. */
const LIST = `const { startKafkaSimulator } = require("@rollcall/kafka/simulator");
process.on("warning", (warning) => { throw warning; });
module.exports = async (make) => {
  const cluster = await startKafkaSimulator();
  const poller = await make(cluster.brokers.map(({ address }) => address));
  const { length } = (await poller.ready()).endpoints;
  if (length !== 3) throw new Error(length + " brokers");
  await poller.close();
  await cluster[Symbol.asyncDispose]();
};`;
const REQUIRED = `
require("./list.cjs")((seeds) => new MetadataPoller(kafkaBrokers({ seeds })));`;
const NEST = `require("reflect-metadata");
const { NestFactory } = require("@nestjs/core");
require("./list.cjs")(async (seeds) => {
  process.env.KAFKA = seeds.join();
  const { BrokersModule, POLLER } = require("./dist/brokers.js");
  const app = await NestFactory.createApplicationContext(BrokersModule, { logger: ["error"] });
  return { ready: () => app.get(POLLER).ready(), close: () => app.close() };
});`;
const OLDER = `require("./list.cjs")(require("./dist-older/brokers.js").brokerFeed);`;

/**
 * Installs the packed packages into a CommonJS project with NestJS, TypeScript and Jest, as {@link GUIDE} says, compiles, runs and tests it.
 *
 * @returns what was proven, in one line
 * @throws Error with what a program said that did not do what the page says
 */
export async function commonjs(): Promise<string> {
  const guide = readFileSync(join(ROOT, GUIDE), "utf8");
  const shown = filesShown(guide);
  const project = outsideProject({
    manager: "npm",
    type: "commonjs",
    packages: ["core", "kafka", "testkit"],
    dependencies: { ...stated(guide), ...OTHERS },
    files: {
      ...shown,
      "list.cjs": LIST,
      "plain.cjs": `${shown["plain.cjs"]}${REQUIRED}`,
      "nest.cjs": NEST,
      "older.cjs": OLDER,
      "jest.native.config.js": `${shown["jest.config.js"]}delete module.exports.transformIgnorePatterns;\n`,
    },
  });
  try {
    const nodes = NODES.map((version) => nodeProgram(version));
    for (const node of nodes) project.run(node, ["plain.cjs"]);
    compiles(project, nodes);
    tests(project, nodes[2] ?? "");
    return `a CommonJS project (${Object.keys(STATED).join(", ")}) compiles, runs and is tested; require() works without a warning on Node ${NODES.join(", ")}`;
  } finally {
    project.close();
  }
}

function compiles(project: OutsideProject, nodes: readonly string[]): void {
  project.run("tsc", []);
  for (const node of nodes) project.run(node, ["nest.cjs"]);
  fails(project, "tsc", ["--noEmit", "--module", "node16"], "TS1479");
  fails(project, "tsc", ["--noEmit", "--module", "commonjs", "--moduleResolution", "node10"], "TS2307");
  const options = ["--module", "node16", "--target", "es2022", "--strict", "--skipLibCheck", "--types", "node"];
  project.run("tsc", [...options, "--outDir", "dist-older", "older/brokers.ts"]);
  project.run("node", ["older.cjs"]);
}

/** @param node24 - where Jest can require ES modules itself */
function tests(project: OutsideProject, node24: string): void {
  project.run("jest", ["--ci"]);
  const native = ["node_modules/jest/bin/jest.js", "--ci", "--config", "jest.native.config.js"];
  fails(project, "node", native, "Must use import to load ES Module");
  project.run(node24, ["--experimental-vm-modules", ...native]);
}

/** Fails if a program does well, or fails without these words. */
function fails(project: OutsideProject, program: string, args: readonly string[], words: string): void {
  let said = "it did not fail";
  try {
    project.run(program, args);
  } catch (error) {
    said = String(error);
  }
  if (!said.includes(words)) throw new Error(`${GUIDE} says that \`${program} ${args.join(" ")}\` fails with "${words}"; ${said}`);
}

/** The files that a page shows: a block right below `<!-- file: path -->` each. */
function filesShown(markdown: string): Readonly<Record<string, string>> {
  const blocks = markdown.matchAll(/^<!-- file: (\S+) -->\n```\w+\n(.*?)^```$/gms);
  return Object.fromEntries([...blocks].map(([, path = "", text = ""]) => [path, text]));
}

function stated(guide: string): Readonly<Record<string, string>> {
  const found = Object.entries(STATED).filter(([words]) => guide.includes(words));
  if (found.length < Object.keys(STATED).length)
    throw new Error(`${GUIDE} does not name the versions that are tried: ${Object.keys(STATED)}`);
  return Object.fromEntries(found.flatMap(([words, names]) => names.map((name) => [name, words.split(" ").at(-1) ?? ""])));
}
