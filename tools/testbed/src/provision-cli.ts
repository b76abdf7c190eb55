import { provisionEtcd } from "./etcd/provision.js";
import { provisionKafka } from "./kafka/provision.js";
import { provisionRocketmq } from "./rocketmq/provision.js";

const PROVISIONS: readonly { readonly server: string; readonly provision: () => Promise<string> }[] = [
  { server: "etcd 3.7.3", provision: async () => (await provisionEtcd("3.7.3")).binary },
  { server: "etcd 3.4", provision: async () => (await provisionEtcd("3.4")).binary },
  { server: "kafka 4.4", provision: async () => (await provisionKafka()).directory },
  { server: "rocketmq 5.5", provision: async () => (await provisionRocketmq()).directory },
];

const wanted = process.argv[2];
const chosen = PROVISIONS.filter(({ server }) => wanted === undefined || wanted === systemOf(server));
if (chosen.length === 0) {
  const known = new Set(PROVISIONS.map(({ server }) => systemOf(server)));
  process.stderr.write(`unknown system "${wanted}"; known: ${[...known].join(", ")}\n`);
  process.exitCode = 1;
}
for (const { server, provision } of chosen) {
  try {
    process.stdout.write(`${server}: ${await provision()}\n`);
  } catch (error) {
    process.stdout.write(`${server}: not available: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
}

function systemOf(server: string): string | undefined {
  return server.split(" ")[0];
}
