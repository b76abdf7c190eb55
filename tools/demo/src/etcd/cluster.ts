import { type EtcdCluster, startEtcdSimulator } from "@rollcall/etcd/simulator";
import { findEtcd, provisionEtcd, startRealEtcd } from "@rollcall/testbed";

const REAL_VERSION = "3.7.3";

/**
 * Starts the cluster of three that the story is about: etcd processes if `real`, else the simulator. `print` takes a line before
 * whatever takes long. Rejects with the reason in one line when etcd cannot be had or does not start.
 */
export async function startEtcd(real: boolean, print: (line: string) => void): Promise<EtcdCluster> {
  if (!real) {
    print("A cluster of three, simulated in this process; --real takes etcd itself. The story takes about 20 s.");
    return startEtcdSimulator();
  }
  if ((await findEtcd(REAL_VERSION)) === undefined) print(`Building etcd ${REAL_VERSION} with Go, this once: about a minute.`);
  const etcd = await provisionEtcd(REAL_VERSION);
  print(`Starting three etcd ${REAL_VERSION} processes with their own timers. The story takes about 40 s.`);
  return startRealEtcd({ ...etcd, isolatable: false });
}

/** What members are called on the screen. */
export function addressOf({ clientUrl }: { readonly clientUrl: string }): string {
  return new URL(clientUrl).host;
}
