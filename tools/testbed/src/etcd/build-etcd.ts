import { access } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { cacheDirectory, cacheKey, fillCache } from "../cache.js";
import { run } from "../run.js";
import type { BuiltEtcdVersion, EtcdBinary } from "./etcd-binary.js";

/** As in the `go.mod` of every module. */
const OLDEST_GO = "1.26";

/** The program of this checkout's Go module if it has been built before. */
export async function builtEtcd(version: BuiltEtcdVersion): Promise<EtcdBinary | undefined> {
  const binary = join(await cached(version), "etcd");
  return access(binary).then(
    () => ({ binary, version }),
    () => undefined,
  );
}

/** Builds the program with Go (1.26 or newer, or one that may fetch it); about a minute, no C compiler. Rejects with what is missing. */
export async function buildEtcd(version: BuiltEtcdVersion): Promise<EtcdBinary> {
  const directory = await cached(version);
  // Within the module Go looks at what the module needs, and fetches that or complains.
  await run("go", ["version"], { cwd: moduleOf(version) }).catch(({ message }: Error) => {
    throw new Error(`etcd ${version} needs Go ${OLDEST_GO} or newer: ${message}`);
  });
  await fillCache(directory, async (temporary) => {
    const output = join(temporary, "etcd");
    const flags = ["build", "-trimpath", "-ldflags", "-s -w", "-o", output, "."];
    await run("go", flags, { cwd: moduleOf(version), env: { CGO_ENABLED: "0" } });
    const says = await run(output, ["--version"]);
    if (!says.includes(version)) throw new Error(`built etcd says ${says.split("\n")[0]}, wanted ${version}`);
  });
  return { binary: join(directory, "etcd"), version };
}

/** One Go module per minor version, which names the exact one. */
function moduleOf(version: BuiltEtcdVersion): string {
  return fileURLToPath(new URL(`../../etcd-${version.replace(/\.\d+$/, "")}/`, import.meta.url));
}

async function cached(version: BuiltEtcdVersion): Promise<string> {
  return join(cacheDirectory(), "etcd", await cacheKey(moduleOf(version), ["go.mod", "go.sum", "main.go"]));
}
