import { join } from "node:path";
import type { KafkaTestBroker } from "@rollcall/kafka/simulator";
import { becomes, isOpen } from "../port-state.js";
import type { Ports } from "../ports.js";
import type { ServerProcess } from "../server-process.js";
import { until } from "../until.js";
import { ClusterView } from "./cluster-view.js";
import { KafkaNode } from "./kafka-node.js";
import { CONTROLLER_ID, type KafkaClusterPlan, writeBroker, writeController } from "./node-files.js";
import type { NodeHost } from "./node-hosts.js";
import { describeCluster } from "./operator-requests.js";

const RACKS = 3;

/** The nodes of a cluster, what they do, and what they say. */
export class ClusterNodes {
  /** What the brokers say. */
  readonly view: ClusterView;
  readonly #plan: KafkaClusterPlan;
  readonly #host: NodeHost;
  readonly #ports: Ports;
  readonly #all: KafkaNode[] = [];
  #controllerIsUp = false;

  constructor(plan: KafkaClusterPlan, host: NodeHost, ports: Ports) {
    this.#plan = plan;
    this.#host = host;
    this.#ports = ports;
    this.view = new ClusterView(this.#all, () => this.#throwIfExited());
  }

  /** Every broker there ever was, by id. */
  get all(): readonly KafkaNode[] {
    return this.#all;
  }

  /** Whether anything in the list can change. */
  get controllerIsUp(): boolean {
    return this.#controllerIsUp;
  }

  /** Throws while there is no controller: nothing could be done, and brokers would do later what they were asked for. */
  needsController(): void {
    if (!this.#controllerIsUp) throw new Error("the controller is down");
  }

  /** The broker with this id. Throws when it is in none of these states. */
  inState(broker: KafkaTestBroker, ...states: readonly KafkaNode["state"][]): KafkaNode {
    const known = this.#all.find(({ id }) => id === broker.id);
    if (known === undefined) throw new Error(`there is no broker ${broker.id}`);
    if (!states.includes(known.state)) throw new Error(`broker ${known.id} is ${known.state}, not ${states.join(" or ")}`);
    return known;
  }

  /** A broker with the next id, not started yet. Default rack: az1, az2, az3 in turn. Default port: a new one. */
  async plan(rack?: string, clientPort?: number): Promise<KafkaNode> {
    this.needsController();
    const port = clientPort ?? (await this.#ports.take());
    const id = this.#all.length + 1;
    const broker = new KafkaNode(id, rack ?? `az${((id - 1) % RACKS) + 1}`, port);
    this.#all.push(broker);
    return broker;
  }

  /** From its next start on this broker serves clients on another port. */
  async move(broker: KafkaNode): Promise<void> {
    this.needsController();
    broker.clientPort = await this.#ports.take();
  }

  /** Starts brokers that are down; resolves once all that are up list them. */
  async launch(brokers: readonly KafkaNode[]): Promise<void> {
    this.needsController();
    const known = brokers.filter(({ registered }) => registered);
    try {
      for (const broker of brokers) {
        if (await isOpen(broker.clientPort)) throw new Error(`another server listens on ${broker.address}`);
        broker.internalPort = await this.#ports.take();
        await this.#host.start(await writeBroker(this.#plan, broker));
        broker.state = "running";
        broker.registered = true;
      }
      await this.view.lists(brokers);
      // Listeners open one by one; a broker is listed a moment before the last one.
      await Promise.all(brokers.map(({ clientPort }) => becomes("open", clientPort)));
    } catch (error) {
      const begun = brokers.filter(({ state }) => state === "running");
      for (const broker of begun) {
        broker.state = "down";
        broker.registered = known.includes(broker);
      }
      if (this.#host.signals) await Promise.all(begun.map((broker) => this.processOf(broker).kill()));
      throw error;
    }
  }

  /** Ends a broker in an orderly way; resolves once its port refuses. */
  async stop(broker: KafkaNode): Promise<void> {
    broker.state = "down";
    await this.#host.stop(this.#fileOf(broker.id));
    await becomes("closed", broker.internalPort);
  }

  /** Throws where brokers have no processes of their own. */
  processOf(broker: KafkaNode): ServerProcess {
    return this.#host.processOf(this.#fileOf(broker.id));
  }

  /** Starts the controller; resolves as soon as its process is there. */
  async launchController(): Promise<void> {
    if (this.#controllerIsUp) throw new Error("the controller is up");
    await this.#host.start(await writeController(this.#plan));
    this.#controllerIsUp = true;
  }

  /** Resolves once the controller rules. */
  async controllerRules(): Promise<void> {
    const attempt = async () => {
      const { controller } = await describeCluster(this.#plan.controllerPort, "controllers");
      if (controller !== CONTROLLER_ID) throw new Error(`the controller is ${controller}`);
    };
    await until(attempt, { what: "the controller rules" });
  }

  /** Ends the controller; resolves once its port refuses. */
  async stopController(): Promise<void> {
    this.needsController();
    this.#controllerIsUp = false;
    const file = this.#fileOf(CONTROLLER_ID);
    if (this.#host.signals) await this.#host.processOf(file).kill();
    else await this.#host.stop(file);
    await becomes("closed", this.#plan.controllerPort);
  }

  #throwIfExited(): void {
    const up = this.#all.filter(({ state }) => state !== "down").map(({ id }) => id);
    if (this.#controllerIsUp) up.push(CONTROLLER_ID);
    for (const id of up) this.#host.throwIfExited(this.#fileOf(id));
  }

  #fileOf(id: number): string {
    return join(this.#plan.directory, `${id}.properties`);
  }
}
