import { ETCD_VERSIONS } from "./etcd/etcd-binary.js";
import { provisionEtcd } from "./etcd/provision.js";
import { provisionKafka } from "./kafka/provision.js";
import { provisionNats } from "./nats/provision.js";
import { provisionRocketmq } from "./rocketmq/provision.js";

/** One server that can be had. */
export interface Provision {
  /** System and version, as in `etcd 3.4`. */
  readonly server: string;
  /** Whether it comes without being asked for by its version: the real suites run on it. */
  readonly usual: boolean;
  /** Gets it into the cache; answers where it is. */
  readonly provision: () => Promise<string>;
}

const PROVISIONS: readonly Provision[] = [
  ...ETCD_VERSIONS.map((version) => ({
    server: `etcd ${version}`,
    usual: version === "3.7.3" || version === "3.4",
    provision: async () => (await provisionEtcd(version)).binary,
  })),
  { server: "kafka 4.4", usual: true, provision: async () => (await provisionKafka()).directory },
  { server: "nats 2.15", usual: true, provision: async () => (await provisionNats()).binary },
  { server: "rocketmq 5.5", usual: true, provision: async () => (await provisionRocketmq()).directory },
];

/**
 * The servers that are wanted: the usual ones of a system (`etcd`), one by its version (`etcd 3.6`, `etcd 3.6.16`), or, when nothing is
 * named, all usual ones. Throws one error that says what can be named when something else is.
 */
export function provisionsFor(wanted: readonly string[]): readonly Provision[] {
  if (wanted.length === 0) return PROVISIONS.filter(({ usual }) => usual);
  const chosen = wanted.flatMap((name) => {
    const found = PROVISIONS.filter(({ server, usual }) => (usual && server.split(" ")[0] === name) || isVersion(server, name));
    if (found.length === 0) throw new Error(`unknown server "${name}"; known: ${known().join(", ")}`);
    return found;
  });
  return [...new Set(chosen)];
}

function isVersion(server: string, name: string): boolean {
  return name.includes(" ") && `${server}.`.startsWith(`${name}.`);
}

function known(): readonly string[] {
  return [...new Set(PROVISIONS.flatMap(({ server }) => [server.split(" ")[0] ?? "", server]))];
}
