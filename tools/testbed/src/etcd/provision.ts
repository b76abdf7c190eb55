import { buildEtcd, builtEtcd } from "./build-etcd.js";
import type { EtcdBinary, EtcdVersion } from "./etcd-binary.js";
import { packagedEtcd, unpackEtcd } from "./unpack-etcd.js";

/** The program if it is in the cache already; looks, and does nothing else. */
export async function findEtcd(version: EtcdVersion): Promise<EtcdBinary | undefined> {
  return version === "3.4" ? packagedEtcd(version) : builtEtcd(version);
}

/**
 * The program, built or downloaded into the cache unless it is there: 3.4 takes `apt-get`, any other Go and about a minute.
 * Any number of processes may do this at once. Rejects with an error that gives the reason in one line.
 */
export async function provisionEtcd(version: EtcdVersion): Promise<EtcdBinary> {
  const found = await findEtcd(version);
  if (found !== undefined) return found;
  return version === "3.4" ? unpackEtcd(version) : buildEtcd(version);
}
