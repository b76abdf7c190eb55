import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { ROOT } from "../workspace.js";
import { outsideProject } from "./project.js";

const PACKAGES = ["core", "etcd", "grpc", "kafka", "rocketmq", "testkit", "undici"];
const DRIVERS = { "@grpc/grpc-js": "^1.14.0", kafkajs: "^2.2.4", undici: "^7.0.0" };
/** A version that no range of ours admits, so that a package manager would really install two. */
const OTHER_VERSION = "9.9.9";

/**
 * Installs every package, gives the application a copy of core of its own, in another version and in a `node_modules` of its own, and runs
 * `two-copies` of the examples there.
 *
 * @returns what was proven
 * @throws Error if anything does not work across the two copies
 */
export async function twoCopies(): Promise<string> {
  const program = readFileSync(join(ROOT, "tools", "examples", "dist", "two-copies.js"), "utf8");
  const project = outsideProject({ manager: "npm", packages: PACKAGES, dependencies: DRIVERS, files: { "app/two-copies.js": program } });
  try {
    const theirs = join(project.directory, "node_modules", "@rollcall", "core");
    const ours = join(project.directory, "app", "node_modules", "@rollcall", "core");
    mkdirSync(ours, { recursive: true });
    cpSync(theirs, ours, { recursive: true, dereference: true });
    const manifest = join(ours, "package.json");
    writeFileSync(manifest, JSON.stringify({ ...JSON.parse(readFileSync(manifest, "utf8")), version: OTHER_VERSION }));
    const entry = pathToFileURL(join(theirs, "dist", "index.js")).href;
    const proven = project.run("node", ["app/two-copies.js", entry]).trim().split("\n");
    return `two copies of @rollcall/core in one process: ${proven.join("; ")}`;
  } finally {
    project.close();
  }
}
