import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { arch, cpus, loadavg, platform, release, totalmem } from "node:os";

/** On what was measured. */
export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGiB: number;
  readonly os: string;
  /** Of the last minute, when the measurement began; above 0, others were at work. */
  readonly load: number;
  readonly versions: Readonly<Record<string, string>>;
}

/** This machine, and the versions of everything that takes part. */
export function thisMachine(): Machine {
  const processors = cpus();
  return {
    cpu: processors[0]?.model.trim() || "unknown CPU",
    cores: processors.length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    os: `${platform()} ${release()} ${arch()}`,
    load: loadavg()[0] ?? Number.NaN,
    versions: { node: process.versions.node, v8: process.versions.v8, "fast-deep-equal": versionOf("fast-deep-equal") },
  };
}

/** The head of the report. */
export function machineLines({ cpu, cores, memoryGiB, os, load, versions }: Machine): readonly string[] {
  const named = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  return [`${cpu}, ${cores} cores, ${memoryGiB} GiB, ${os}, load ${load.toFixed(1)}`, named.join(", ")];
}

/** Of an installed package. */
export function versionOf(name: string): string {
  const manifest = createRequire(import.meta.url).resolve(`${name}/package.json`);
  return (JSON.parse(readFileSync(manifest, "utf8")) as { readonly version: string }).version;
}
