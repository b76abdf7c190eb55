import { access } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { cacheDirectory, cacheKey, fillCache } from "../cache.js";
import { run } from "../run.js";

/** Its `go.mod` names the exact version, and the oldest Go that builds it. */
const MODULE = fileURLToPath(new URL("../../nats-2.15/", import.meta.url));
const PROGRAM = "github.com/nats-io/nats-server/v2";

/** A nats-server program on this machine. */
export interface NatsBinary {
  /** Absolute path of the program. */
  readonly binary: string;
}

/** The program if it is in the cache already; looks, and does nothing else. */
export async function findNats(): Promise<NatsBinary | undefined> {
  const binary = join(await cached(), "nats-server");
  return access(binary).then(
    () => ({ binary }),
    () => undefined,
  );
}

/**
 * The program, built into the cache with Go unless it is there: half a minute, no C compiler. Any number of processes may do this at once.
 * Rejects with an error that gives the reason in one line.
 */
export async function provisionNats(): Promise<NatsBinary> {
  const found = await findNats();
  if (found !== undefined) return found;
  const directory = await cached();
  // Within the module Go looks at what the module needs, and fetches that or complains.
  await run("go", ["version"], { cwd: MODULE }).catch(({ message }: Error) => {
    throw new Error(`nats-server needs Go 1.26 or newer: ${message}`);
  });
  await fillCache(directory, async (temporary) => {
    const output = join(temporary, "nats-server");
    await run("go", ["build", "-trimpath", "-ldflags", "-s -w", "-o", output, PROGRAM], { cwd: MODULE, env: { CGO_ENABLED: "0" } });
    await run(output, ["--version"]);
  });
  return { binary: join(directory, "nats-server") };
}

async function cached(): Promise<string> {
  return join(cacheDirectory(), "nats", await cacheKey(MODULE, ["go.mod", "go.sum"]));
}
