import { type EtcdSimulatorTls, startEtcdSimulator } from "@rollcall/etcd/simulator";
import type { StartCluster } from "../../scenarios/etcd-scenario.js";
import { createCertificateAuthority, type EtcdBinary, type EtcdServerTls, type Missing, startRealEtcd } from "../../src/index.js";

/** Scenarios run on the simulator. */
export const startSimulated: StartCluster = async ({ tls = false, password }) => {
  const auth = password === undefined ? undefined : { username: "root", password };
  if (!tls) return startEtcdSimulator({ auth });
  if (tls !== true) return startEtcdSimulator({ auth, tls: simulated(tls) });
  const { ca, issue } = await createCertificateAuthority();
  const server = await issue("server", ["127.0.0.1", "localhost"]);
  const cluster = await startEtcdSimulator({ auth, tls: { ca, ...server, requireClientCertificate: true } });
  return Object.assign(cluster, { tls: { ca, ...(await issue("root")) } });
};

function simulated({ clientCa, certificate }: EtcdServerTls): (member: string) => EtcdSimulatorTls | undefined {
  return (member) => {
    const own = certificate(member);
    return own && { ca: clientCa, ...own, requireClientCertificate: true };
  };
}

/** Scenarios run on processes of this program. */
export function startReal(etcd: EtcdBinary | Missing): StartCluster {
  return async ({ timers, isolatable = timers === "fast", tls, password, tokenTtlS }) => {
    if ("reason" in etcd) throw new Error(etcd.reason);
    // Availability is measured without the proxies between peers: they would run in this busy process.
    return startRealEtcd({ ...etcd, timers, tls, auth: { password, tokenTtlS }, isolatable });
  };
}
