import type { PortBlocks, SimulatedPort } from "@rollcall/core/provider";
import { ClientSession } from "./client-session.js";
import { type ClusterImage, withBroker, withFenced } from "./cluster-image.js";
import type { KafkaTestBroker } from "./kafka-test-cluster.js";
import { listenForClients } from "./listen-for-clients.js";
import { SaslGate } from "./sasl-gate.js";
import { brokerService, type SharedCluster } from "./services.js";
import { SimulatedBroker } from "./simulated-broker.js";
import type { SimulatedUser } from "./simulated-user.js";
import type { SimulatorSettings } from "./simulator-options.js";

/** All brokers that a cluster ever had, and what happens to their processes. */
export class BrokerFleet {
  readonly #settings: SimulatorSettings;
  readonly #shared: SharedCluster;
  readonly #user: SimulatedUser | undefined;
  readonly #ports: PortBlocks;
  readonly #brokers = new Map<number, SimulatedBroker>();

  constructor(settings: SimulatorSettings, shared: SharedCluster, user: SimulatedUser | undefined, ports: PortBlocks) {
    this.#settings = settings;
    this.#shared = shared;
    this.#user = user;
    this.#ports = ports;
  }

  /** Those that the controller lists, by id. */
  get registered(): readonly SimulatedBroker[] {
    return this.#shared.controller.image.brokers.flatMap(({ id }) => this.#brokers.get(id) ?? []);
  }

  /** How many clients are connected. */
  get connections(): number {
    return [...this.#brokers.values()].reduce((sum, broker) => sum + broker.connections, 0);
  }

  /** Tells every broker that can hear it. */
  publish(image: ClusterImage): void {
    for (const broker of this.#brokers.values()) if (broker.running && !broker.lagging) broker.view = image;
  }

  /**
   * Starts one more broker.
   *
   * @param port - undefined: a new one
   */
  async join(rack: string | undefined, port: number | undefined): Promise<SimulatedBroker> {
    const id = Math.max(0, ...this.#brokers.keys()) + 1;
    const broker = new SimulatedBroker(id, rack ?? `az${((id - 1) % 3) + 1}`, this.#settings.host);
    this.#brokers.set(id, broker);
    try {
      await this.#launch(broker, port);
    } catch (error) {
      this.#brokers.delete(id);
      throw error;
    }
    return broker;
  }

  async start(broker: KafkaTestBroker, move: boolean): Promise<void> {
    const begun = this.find(broker);
    if (begun.up) throw new Error(`broker ${begun.id} runs already`);
    await this.#launch(begun, move ? undefined : begun.port);
  }

  async stop(broker: KafkaTestBroker): Promise<void> {
    const stopped = this.#up(broker);
    if (!stopped.running) throw new Error(`broker ${broker.id} is frozen: it cannot end orderly`);
    this.setFenced(stopped, true);
    await stopped.end("end");
  }

  async kill(broker: KafkaTestBroker): Promise<void> {
    const killed = this.#up(broker);
    const ended = killed.end("reset");
    this.#shared.controller.lost(killed.id);
    await ended;
  }

  freeze(broker: KafkaTestBroker): void {
    const frozen = this.#up(broker);
    frozen.freeze(true);
    this.#shared.controller.lost(frozen.id);
  }

  thaw(broker: KafkaTestBroker): void {
    const thawed = this.#up(broker);
    thawed.freeze(false);
    this.#shared.controller.heard(thawed.id);
    if (this.#shared.controller.up) this.setFenced(thawed, false);
  }

  /** Fences a broker, or ends that; nothing for one that is not registered. Throws while the controller is down. */
  setFenced(broker: KafkaTestBroker, fenced: boolean): void {
    const { id } = this.find(broker);
    this.#shared.controller.change((image) => withFenced(image, id, fenced));
  }

  /** The broker behind a handle. Throws for one of another cluster. */
  find(broker: KafkaTestBroker): SimulatedBroker {
    const found = this.#brokers.get(broker.id);
    if (found !== broker) throw new Error(`broker ${broker.id} is none of this cluster`);
    return found;
  }

  /** Ends every process. */
  async end(): Promise<void> {
    await Promise.all([...this.#brokers.values()].map((broker) => broker.end("end")));
  }

  /** Starts the process and registers it; whoever leads from an earlier life of it does so no more. */
  async #launch(broker: SimulatedBroker, port: number | undefined): Promise<void> {
    const { controller } = this.#shared;
    this.setFenced(broker, true);
    broker.begin(await this.#listen(broker, port));
    try {
      controller.change((image) => withBroker(image, broker.registration));
      controller.heard(broker.id);
    } catch (error) {
      await broker.end("reset");
      throw error;
    }
  }

  async #listen(broker: SimulatedBroker, port: number | undefined): Promise<SimulatedPort> {
    const { host, security } = this.#settings;
    const service = brokerService(broker, this.#shared);
    const user = this.#user;
    const session = (): ClientSession => new ClientSession(service, new SaslGate(user && (() => user.now)));
    const listen = (on: number): Promise<SimulatedPort> => listenForClients(host, on, security.tls, session);
    return await (port === undefined ? this.#ports.listen(listen) : listen(port));
  }

  #up(broker: KafkaTestBroker): SimulatedBroker {
    const up = this.find(broker);
    if (!up.up) throw new Error(`broker ${broker.id} is down`);
    return up;
  }
}
