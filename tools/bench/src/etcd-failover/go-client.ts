import { readFileSync } from "node:fs";
import { access } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { cacheDirectory, cacheKey, fillCache, run } from "@rollcall/testbed";

/** The Go program, as far as it is there. */
export interface GoClient {
  readonly program: string;
  /** Of clientv3. */
  readonly version: string;
}

/** Where a client cannot be had: why. */
export interface Unavailable {
  readonly reason: string;
}

/** Stands beside the sources, also of the build. */
const MODULE = fileURLToPath(new URL("../../etcd-failover-go/", import.meta.url));

/** Built into the cache unless it is there, which takes Go. */
export async function goClient(): Promise<GoClient | Unavailable> {
  try {
    const directory = join(cacheDirectory(), "etcd-failover", await cacheKey(MODULE, ["go.mod", "go.sum", "main.go"]));
    const program = join(directory, "client");
    await access(program).catch(() => fillCache(directory, build));
    return { program, version: requiredVersion() };
  } catch (error) {
    return { reason: (error as Error).message };
  }
}

async function build(directory: string): Promise<void> {
  const flags = ["build", "-trimpath", "-ldflags", "-s -w", "-o", join(directory, "client"), "."];
  await run("go", flags, { cwd: MODULE, env: { CGO_ENABLED: "0" } });
}

function requiredVersion(): string {
  const [, version = "unknown"] = /etcd\/client\/v3 v(\S+)/.exec(readFileSync(join(MODULE, "go.mod"), "utf8")) ?? [];
  return version;
}
