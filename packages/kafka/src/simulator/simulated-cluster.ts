import { PortBlocks } from "@rollcall/core/provider";
import type { KafkaClientOptions } from "../kafka-transport.js";
import { API_NAMES, type ApiName, apiRanges } from "./api-table.js";
import { BrokerFleet } from "./broker-fleet.js";
import { reassigned, unfenced, withLeader, withoutBroker, withTopic } from "./cluster-image.js";
import { CommitLog, type KafkaRecord } from "./commit-log.js";
import { Controller } from "./controller.js";
import { ControllerListener } from "./controller-listener.js";
import type { KafkaSimulator } from "./kafka-simulator.js";
import type { KafkaTestBroker, KafkaTestCluster, KafkaTestTopic } from "./kafka-test-cluster.js";
import { newUuid } from "./new-uuid.js";
import type { ScriptedAnswer } from "./scripted-answer.js";
import { SimulatedUser } from "./simulated-user.js";
import { type KafkaSimulatorOptions, type SimulatorSettings, simulatorSettings } from "./simulator-options.js";
import { isTopicName } from "./topic-name.js";

/**
 * Starts a cluster of brokers and a controller on free ports of this machine, 10000 to 19999; they speak Kafka 4's ApiVersions, Metadata, DescribeCluster, Produce,
 * CreateTopics, InitProducerId and SASL. Not simulated: consumers (librdkafka's producer looks for
 * Fetch too and does not send), transactions, authorization, replication (what is acknowledged is never lost, and who starts is in sync at once), and
 * the time that brokers let a client wait whom SASL refuses (script a slow SaslAuthenticate for it). Topics are created when a client asks for them and allows it, as Kafka's defaults are.
 * Resolves once it serves. Dispose it, or its sockets keep the process alive. Rejects with `INVALID_OPTIONS`.
 */
export async function startKafkaSimulator(options: KafkaSimulatorOptions = {}): Promise<KafkaSimulator> {
  return await started(simulatorSettings(options), undefined);
}

async function started(settings: SimulatorSettings, firstPort: number | undefined): Promise<SimulatedCluster> {
  const cluster = new SimulatedCluster(settings);
  try {
    await cluster.bootstrap(firstPort);
  } catch (error) {
    await cluster[Symbol.asyncDispose]();
    throw error;
  }
  return cluster;
}

class SimulatedCluster implements KafkaSimulator {
  readonly clusterId: string = newUuid();
  readonly requests: Map<ApiName, number> = new Map();
  readonly client: KafkaClientOptions;
  readonly #settings: SimulatorSettings;
  readonly #user: SimulatedUser | undefined;
  readonly #controller: Controller;
  readonly #controllerListener: ControllerListener;
  readonly #log = new CommitLog();
  readonly #ports: PortBlocks;
  readonly #fleet: BrokerFleet;
  readonly #foreign: KafkaTestCluster[] = [];

  constructor(settings: SimulatorSettings) {
    const { security, clock, sessionMs, apis, host } = settings;
    this.#settings = settings;
    this.#user = security.sasl && new SimulatedUser(security.sasl);
    this.client = { ...(security.tls && { ssl: { ca: [security.tls.ca] } }), ...(this.#user && { sasl: this.#user.sasl }) };
    this.#controller = new Controller(clock, sessionMs, (image) => this.#fleet.publish(image));
    const shared = {
      clusterId: this.clusterId,
      controller: this.#controller,
      log: this.#log,
      clock,
      ranges: apiRanges(API_NAMES, apis),
      asked: (api: ApiName) => this.requests.set(api, (this.requests.get(api) ?? 0) + 1),
    };
    this.#ports = new PortBlocks(host);
    this.#controllerListener = new ControllerListener(host, shared, this.#ports);
    this.#fleet = new BrokerFleet(settings, shared, this.#user, this.#ports);
  }

  async bootstrap(firstPort: number | undefined): Promise<void> {
    await this.#controllerListener.begin();
    await this.#fleet.join(undefined, firstPort);
    while (this.brokers.length < this.#settings.brokers) await this.addBroker();
  }

  get brokers(): readonly KafkaTestBroker[] {
    return this.#fleet.registered;
  }

  get controllerAddress(): string {
    return this.#controllerListener.address;
  }

  get connections(): number {
    return this.#fleet.connections + this.#controllerListener.connections;
  }

  records(topic: string): readonly KafkaRecord[] {
    return this.#log.records(topic);
  }

  fence(broker: KafkaTestBroker): void {
    this.#fleet.setFenced(broker, true);
  }

  unfence(broker: KafkaTestBroker): void {
    if (!this.#fleet.find(broker).running) throw new Error(`broker ${broker.id} does not run`);
    this.#fleet.setFenced(broker, false);
  }

  lag(broker: KafkaTestBroker, behind: boolean): void {
    const lagging = this.#fleet.find(broker);
    lagging.lagging = behind;
    if (!behind && lagging.running && this.#controller.up) lagging.view = this.#controller.image;
  }

  answer(broker: KafkaTestBroker, script: ScriptedAnswer | undefined, to: readonly ApiName[] = ["Metadata", "DescribeCluster"]): void {
    const { scripts } = this.#fleet.find(broker);
    for (const api of to) {
      if (script) scripts.set(api, script);
      else scripts.delete(api);
    }
  }

  async addBroker({ rack }: { readonly rack?: string | undefined } = {}): Promise<KafkaTestBroker> {
    return await this.#fleet.join(rack, undefined);
  }

  async stop(broker: KafkaTestBroker): Promise<void> {
    await this.#fleet.stop(broker);
  }

  async kill(broker: KafkaTestBroker): Promise<void> {
    await this.#fleet.kill(broker);
  }

  async start(broker: KafkaTestBroker, { move = false }: { readonly move?: boolean | undefined } = {}): Promise<void> {
    await this.#fleet.start(broker, move);
  }

  async unregister(broker: KafkaTestBroker): Promise<void> {
    const { id } = this.#fleet.find(broker);
    this.#controller.change((image) => withoutBroker(image, id));
  }

  async freeze(broker: KafkaTestBroker): Promise<void> {
    this.#fleet.freeze(broker);
  }

  async thaw(broker: KafkaTestBroker): Promise<void> {
    this.#fleet.thaw(broker);
  }

  async stopController(): Promise<void> {
    this.#controller.stop();
    await this.#controllerListener.end();
  }

  async startController(): Promise<void> {
    if (this.#controller.up) throw new Error("the controller runs already");
    await this.#controllerListener.begin();
    this.#controller.start();
  }

  async createTopics(topics: readonly KafkaTestTopic[]): Promise<void> {
    const most = Math.min(3, unfenced(this.#controller.image).length);
    for (const { topic, partitions = 1, replicas = most } of topics) {
      if (!isTopicName(topic)) throw new Error(`"${topic}" is no name for a topic`);
      this.#controller.change((image) => withTopic(image, topic, newUuid(), partitions, replicas));
    }
  }

  async moveLeader(topic: string, partition: number): Promise<number> {
    const found = this.#controller.image.topics.find(({ name }) => name === topic)?.partitions[partition];
    const next = found?.inSync.find((id) => id !== found.leader && unfenced(this.#controller.image).includes(id));
    if (next === undefined) throw new Error(`${topic}-${partition} has no other replica in sync`);
    this.#controller.change((image) => withLeader(image, topic, partition, next));
    return next;
  }

  async replaceAll(): Promise<readonly KafkaTestBroker[]> {
    const old = this.#fleet.registered;
    const stuck = this.#controller.image.topics.find(({ partitions }) => partitions.some(({ leader }) => leader === null));
    if (stuck) throw new Error(`${stuck.name} has a partition without a leader: its data cannot move`);
    const moves = new Map<number, number>();
    for (const { id } of old) moves.set(id, (await this.addBroker()).id);
    await this.#rest();
    this.#controller.change((image) => reassigned(image, moves));
    for (const broker of old) {
      await this.#rest();
      if (broker.running) await this.stop(broker);
      else await broker.end("reset");
      await this.unregister(broker);
    }
    return this.brokers.filter(({ id }) => !moves.has(id));
  }

  async killAll(): Promise<void> {
    await Promise.all(this.#fleet.registered.filter(({ up }) => up).map((broker) => this.kill(broker)));
  }

  async startAll(options?: { readonly move?: boolean | undefined }): Promise<void> {
    for (const broker of this.#fleet.registered) if (!broker.up) await this.start(broker, options);
  }

  async startForeign(at: KafkaTestBroker): Promise<KafkaTestCluster> {
    const { up, id, port } = this.#fleet.find(at);
    if (up) throw new Error(`broker ${id} is up: its address is not free`);
    const foreign = await started({ ...this.#settings, brokers: 1 }, port);
    this.#foreign.push(foreign);
    return foreign;
  }

  async rotatePassword(password: string): Promise<void> {
    if (this.#user === undefined) throw new Error("this cluster has no user: it was started without SASL");
    this.#user.rotate(password);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([this.stopController(), this.#fleet.end(), ...this.#foreign.map((one) => one[Symbol.asyncDispose]())]);
    await this.#ports.end();
  }

  async #rest(): Promise<void> {
    const { clock, sessionMs } = this.#settings;
    await new Promise<void>((resolve) => clock.setTimeout(resolve, sessionMs, true));
  }
}
