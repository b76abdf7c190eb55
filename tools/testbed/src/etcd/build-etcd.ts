import { access } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { cacheDirectory, cacheKey, fillCache } from "../cache.js";
import { run } from "../run.js";
import type { EtcdBinary } from "./etcd-binary.js";

const MODULE = fileURLToPath(new URL("../../etcd-3.7/", import.meta.url));

/** The program of this checkout's Go module if it has been built before. */
export async function builtEtcd(version: string): Promise<EtcdBinary | undefined> {
  const binary = join(await cached(), "etcd");
  return access(binary).then(
    () => ({ binary, version }),
    () => undefined,
  );
}

/** Builds the program with Go (1.26 or newer, or one that may fetch it); about a minute, no C compiler. */
export async function buildEtcd(version: string): Promise<EtcdBinary> {
  const directory = await cached();
  await fillCache(directory, async (temporary) => {
    const output = join(temporary, "etcd");
    const flags = ["build", "-trimpath", "-ldflags", "-s -w", "-o", output, "."];
    await run("go", flags, { cwd: MODULE, env: { CGO_ENABLED: "0" } });
    const says = await run(output, ["--version"]);
    if (!says.includes(version)) throw new Error(`built etcd says ${says.split("\n")[0]}, wanted ${version}`);
  });
  return { binary: join(directory, "etcd"), version };
}

async function cached(): Promise<string> {
  return join(cacheDirectory(), "etcd", await cacheKey(MODULE, ["go.mod", "go.sum", "main.go"]));
}
