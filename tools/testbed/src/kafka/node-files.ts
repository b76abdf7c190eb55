import { randomBytes } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { propertiesText } from "../properties-text.js";
import type { KafkaAccess } from "./kafka-access.js";
import type { KafkaNode } from "./kafka-node.js";

/** No broker gets that far. */
export const CONTROLLER_ID = 1_000;
const HEARTBEAT_MS = 200;

/** What the nodes of a cluster have in common. */
export interface KafkaClusterPlan {
  readonly clusterId: string;
  /** Holds a directory and a properties file of every node. */
  readonly directory: string;
  readonly controllerPort: number;
  /** See `RealKafkaOptions.sessionMs`. */
  readonly sessionMs: number;
  /** Replicas of the topics that brokers make for themselves. */
  readonly internalReplicas: number;
  readonly access: KafkaAccess;
}

type Properties = Readonly<Record<string, string | number>>;

/** Random, in Kafka's form of a UUID: 22 characters of base64url. One that began with "-" would look like an option to Kafka's tools. */
export function randomUuid(): string {
  const uuid = randomBytes(16).toString("base64url");
  return uuid.startsWith("-") ? randomUuid() : uuid;
}

/** Formats the controller's directory and writes what it is started with; resolves with the properties file. */
export function writeController(plan: KafkaClusterPlan): Promise<string> {
  return writeNode(plan, CONTROLLER_ID, {
    "process.roles": "controller",
    listeners: `CONTROLLER://127.0.0.1:${plan.controllerPort}`,
    "listener.security.protocol.map": "CONTROLLER:PLAINTEXT",
  });
}

/** The same for a broker. */
export function writeBroker(plan: KafkaClusterPlan, { id, rack, clientPort, internalPort }: KafkaNode): Promise<string> {
  const listeners = `INTERNAL://127.0.0.1:${internalPort},CLIENT://127.0.0.1:${clientPort}`;
  return writeNode(plan, id, {
    "process.roles": "broker",
    "broker.rack": rack,
    listeners,
    "advertised.listeners": listeners,
    "inter.broker.listener.name": "INTERNAL",
    "listener.security.protocol.map": `CONTROLLER:PLAINTEXT,INTERNAL:PLAINTEXT,CLIENT:${plan.access.protocol}`,
    ...plan.access.settings,
  });
}

async function writeNode(plan: KafkaClusterPlan, id: number, own: Properties): Promise<string> {
  const { clusterId, directory, controllerPort, sessionMs, internalReplicas } = plan;
  const data = join(directory, String(id));
  // All that `kafka-storage format` would do. A node that was started before keeps what it has.
  if ((await mkdir(data, { recursive: true })) !== undefined) {
    const meta = { version: 1, "cluster.id": clusterId, "node.id": id, "directory.id": randomUuid() };
    await writeFile(join(data, "meta.properties"), propertiesText(meta));
  }
  const file = join(directory, `${id}.properties`);
  const common: Properties = {
    "node.id": id,
    "log.dirs": data,
    "controller.listener.names": "CONTROLLER",
    "controller.quorum.voters": `${CONTROLLER_ID}@127.0.0.1:${controllerPort}`,
    "broker.heartbeat.interval.ms": HEARTBEAT_MS,
    "broker.session.timeout.ms": sessionMs,
    "num.network.threads": 1,
    "num.io.threads": 2,
    "background.threads": 2,
    "log.cleaner.enable": "false",
    "group.initial.rebalance.delay.ms": 0,
    "offsets.topic.num.partitions": 1,
    "offsets.topic.replication.factor": internalReplicas,
    "transaction.state.log.num.partitions": 1,
    "transaction.state.log.replication.factor": internalReplicas,
    "transaction.state.log.min.isr": 1,
  };
  await writeFile(file, propertiesText({ ...common, ...own }));
  return file;
}
