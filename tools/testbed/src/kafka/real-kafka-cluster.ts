import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { KafkaTestBroker, KafkaTestTopic } from "@rollcall/kafka/simulator";
import { Ports } from "../ports.js";
import { startWatchdog } from "../watchdog.js";
import { ClusterNodes } from "./cluster-nodes.js";
import { createKafkaAccess, type KafkaAccess } from "./kafka-access.js";
import type { KafkaNode } from "./kafka-node.js";
import { type KafkaClusterPlan, randomUuid } from "./node-files.js";
import { oneProcess, processPerNode } from "./node-hosts.js";
import { setPassword, unregisterBroker } from "./operator-requests.js";
import { PartitionAdmin } from "./partition-admin.js";
import { acceptsPassword } from "./readiness.js";
import type { RealKafkaCluster, RealKafkaOptions } from "./real-kafka-options.js";

/**
 * Starts a cluster of one controller and some brokers, and resolves once every broker lists all of them. Ends with its owner, however that
 * ends; disposing it is the polite way. Rejects when a node does not come up, with the last line of its log, and leaves nothing behind then.
 */
export function startRealKafka(options: RealKafkaOptions): Promise<RealKafkaCluster> {
  return startNodes(options);
}

/** @param inPlace Whose clients are let in, and where the first broker serves them. */
async function startNodes(options: RealKafkaOptions, inPlace?: { access: KafkaAccess; clientPort: number }): Promise<RealKafkaCluster> {
  const { brokers = 3, processes = true, security = "plaintext", sessionMs = 1_500 } = options;
  const directory = await mkdtemp(join(tmpdir(), "rollcall-kafka-"));
  const watchdog = startWatchdog(directory);
  const ports = new Ports();
  const end = async () => {
    await ports[Symbol.asyncDispose]();
    await watchdog[Symbol.asyncDispose]();
  };
  try {
    const host = processes ? processPerNode(options, watchdog) : await oneProcess(options, directory, watchdog);
    const access = inPlace?.access ?? (await createKafkaAccess(security, directory));
    const internalReplicas = Math.min(brokers, 3);
    const plan = { clusterId: randomUuid(), directory, controllerPort: await ports.take(), sessionMs, internalReplicas, access };
    const cluster = new OperatedKafka(options, plan, new ClusterNodes(plan, host, ports), async () => {
      await host[Symbol.asyncDispose]();
      await end();
    });
    await cluster.bootstrap(brokers, inPlace?.clientPort);
    return cluster;
  } catch (error) {
    await end();
    throw error;
  }
}

/** What an operator does to a cluster, and when it counts as done. */
class OperatedKafka implements RealKafkaCluster {
  readonly #options: RealKafkaOptions;
  readonly #plan: KafkaClusterPlan;
  readonly #nodes: ClusterNodes;
  readonly #partitions: PartitionAdmin;
  readonly #end: () => Promise<void>;
  readonly #foreign: RealKafkaCluster[] = [];

  constructor(options: RealKafkaOptions, plan: KafkaClusterPlan, nodes: ClusterNodes, end: () => Promise<void>) {
    this.#options = options;
    this.#plan = plan;
    this.#nodes = nodes;
    this.#partitions = new PartitionAdmin(nodes.view);
    this.#end = end;
  }

  async bootstrap(count: number, firstClientPort: number | undefined): Promise<void> {
    await this.#nodes.launchController();
    const brokers = [await this.#nodes.plan(undefined, firstClientPort)];
    while (brokers.length < count) brokers.push(await this.#nodes.plan());
    await this.#nodes.launch(brokers);
    const { user } = this.#plan.access;
    if (user !== undefined) await this.#setPassword(user.name, user.password);
  }

  get directory(): string {
    return this.#plan.directory;
  }

  get clusterId(): string {
    return this.#plan.clusterId;
  }

  get client(): RealKafkaCluster["client"] {
    return this.#plan.access.client;
  }

  get controllerAddress(): string {
    return `127.0.0.1:${this.#plan.controllerPort}`;
  }

  get brokers(): readonly KafkaNode[] {
    return this.#nodes.all.filter(({ registered }) => registered);
  }

  get internalAddresses(): readonly string[] {
    return this.brokers.map(({ internalPort }) => `127.0.0.1:${internalPort}`);
  }

  async addBroker({ rack }: { rack?: string | undefined } = {}): Promise<KafkaNode> {
    const broker = await this.#nodes.plan(rack);
    await this.#nodes.launch([broker]);
    return broker;
  }

  async stop(broker: KafkaTestBroker): Promise<void> {
    const stopped = this.#nodes.inState(broker, "running");
    // The controller does not answer its request to leave: it would never end.
    if (!stopped.registered) return this.kill(stopped);
    this.#nodes.needsController();
    await this.#partitions.inSync();
    await this.#nodes.stop(stopped);
    await this.#nodes.view.fences(stopped);
  }

  async kill(broker: KafkaTestBroker): Promise<void> {
    const killed = this.#nodes.inState(broker, "running", "frozen");
    const process = this.#nodes.processOf(killed);
    killed.state = "down";
    await process.kill();
  }

  async start(broker: KafkaTestBroker, { move = false, rack }: Parameters<RealKafkaCluster["start"]>[1] = {}): Promise<void> {
    const started = this.#nodes.inState(broker, "down");
    if (move) await this.#nodes.move(started);
    started.rack = rack ?? started.rack;
    await this.#nodes.launch([started]);
  }

  async unregister(broker: KafkaTestBroker): Promise<void> {
    const gone = this.#nodes.inState(broker, "down", "running", "frozen");
    this.#nodes.needsController();
    const asked = this.#nodes.view.usable.find((other) => other !== gone) ?? gone;
    await unregisterBroker(asked.internalPort, gone.id);
    gone.registered = false;
    await this.#nodes.view.omits(gone);
  }

  async freeze(broker: KafkaTestBroker): Promise<void> {
    const frozen = this.#nodes.inState(broker, "running");
    await this.#nodes.processOf(frozen).freeze();
    frozen.state = "frozen";
  }

  async thaw(broker: KafkaTestBroker): Promise<void> {
    const thawed = this.#nodes.inState(broker, "frozen");
    this.#nodes.processOf(thawed).signal("SIGCONT");
    thawed.state = "running";
    if (thawed.registered && this.#nodes.controllerIsUp) await this.#nodes.view.lists([thawed]);
  }

  async stopController(): Promise<void> {
    await this.#nodes.stopController();
  }

  async startController(): Promise<void> {
    await this.#nodes.launchController();
    await this.#nodes.controllerRules();
    const up = this.brokers.filter(({ usable }) => usable);
    if (up.length > 0) await this.#nodes.view.lists(up);
  }

  async createTopics(topics: readonly KafkaTestTopic[]): Promise<void> {
    await this.#partitions.create(topics);
  }

  async moveLeader(topic: string, partition: number): Promise<number> {
    return this.#partitions.moveLeader(topic, partition);
  }

  async replaceAll(): Promise<readonly KafkaNode[]> {
    const old = this.brokers;
    const successors: KafkaNode[] = [];
    for (const { rack } of old) successors.push(await this.#nodes.plan(rack));
    await this.#nodes.launch(successors);
    await this.#partitions.moveAll(successors);
    for (const broker of old) {
      if (broker.state !== "down") await this.stop(broker);
      await this.unregister(broker);
    }
    return successors;
  }

  async killAll(): Promise<void> {
    await Promise.all(this.#nodes.all.filter(({ state }) => state !== "down").map((broker) => this.kill(broker)));
  }

  async startAll({ move = false }: { move?: boolean | undefined } = {}): Promise<void> {
    const down = this.brokers.filter(({ state }) => state === "down");
    if (move) for (const broker of down) await this.#nodes.move(broker);
    await this.#nodes.launch(down);
  }

  async startForeign(at: KafkaTestBroker): Promise<RealKafkaCluster> {
    const { clientPort } = this.#nodes.inState(at, "down");
    const options = { ...this.#options, brokers: 1, processes: false };
    const foreign = await startNodes(options, { access: this.#plan.access, clientPort });
    this.#foreign.push(foreign);
    return foreign;
  }

  async rotatePassword(password: string): Promise<void> {
    const { user } = this.#plan.access;
    if (user === undefined) throw new Error("this cluster was started without SASL: it has no password");
    this.#nodes.needsController();
    await this.#setPassword(user.name, password);
    user.password = password;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#foreign.splice(0).map((foreign) => foreign[Symbol.asyncDispose]()));
    await this.#end();
  }

  /** Resolves once every broker that is up lets the user in with this password. */
  async #setPassword(user: string, password: string): Promise<void> {
    const { usable } = this.#nodes.view;
    await setPassword(usable[0].internalPort, user, password);
    await Promise.all(usable.map(({ address }) => acceptsPassword(address, this.client.ssl, user, password)));
  }
}
