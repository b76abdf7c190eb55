import type { EtcdBinary, EtcdVersion } from "./etcd/etcd-binary.js";
import { findEtcd } from "./etcd/provision.js";

/** Why a real server is not there for the tests, in one line. */
export interface Missing {
  /** What is missing and how to get it. */
  readonly reason: string;
}

/** How {@link requireEtcd} answers; for its own tests. */
export interface RequireEtcdOptions {
  /** Whether a missing server is an error; default: the environment says `CI=true`. */
  readonly ci?: boolean | undefined;
  /** Looks for the program; default {@link findEtcd}. */
  readonly find?: ((version: EtcdVersion) => Promise<EtcdBinary | undefined>) | undefined;
  /** Takes the one line that says what is skipped; default standard error. */
  readonly print?: ((line: string) => void) | undefined;
}

/**
 * The one rule for tests that need a real etcd: the provisioned program, or, where it is not in the cache, one printed line
 * with the reason, which the test gives to `describe.skipIf`. With `CI=true` a missing program rejects instead, so that
 * nothing is skipped unseen.
 */
export async function requireEtcd(version: EtcdVersion, options: RequireEtcdOptions = {}): Promise<EtcdBinary | Missing> {
  const { CI } = process.env;
  const { ci = CI === "true", find = findEtcd, print = (line) => process.stderr.write(`${line}\n`) } = options;
  const found = await find(version);
  if (found !== undefined) return found;
  const reason = `etcd ${version} is not in the cache: run \`pnpm --filter @rollcall/testbed provision etcd\``;
  if (ci) throw new Error(reason);
  print(`skipped: ${reason}`);
  return { reason };
}
