import type { EtcdVersion } from "./etcd/etcd-binary.js";
import { provisionEtcd } from "./etcd/provision.js";

const PROVISIONS: readonly { readonly system: string; readonly version: EtcdVersion }[] = [
  { system: "etcd", version: "3.7.3" },
  { system: "etcd", version: "3.4" },
];

const wanted = process.argv[2];
const chosen = PROVISIONS.filter(({ system }) => wanted === undefined || wanted === system);
if (chosen.length === 0) {
  process.stderr.write(`unknown system "${wanted}"; known: ${[...new Set(PROVISIONS.map(({ system }) => system))].join(", ")}\n`);
  process.exitCode = 1;
}
for (const { system, version } of chosen) {
  try {
    const had = await provisionEtcd(version);
    process.stdout.write(`${system} ${had.version}: ${had.binary}\n`);
  } catch (error) {
    process.stdout.write(`${system} ${version}: not available: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
}
