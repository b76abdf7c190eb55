import type { RemotingRequest } from "../rocketmq-transport.js";
import { brokerService, type ServingBroker, TEMPLATE_TOPIC } from "./broker-service.js";
import type { MessageLog } from "./message-log.js";
import { NameserverLink } from "./nameserver-link.js";
import { registerRequest, type TopicConfig, unregisterRequest } from "./registration.js";
import type { RocketmqTestBroker } from "./rocketmq-test-cluster.js";
import { ServerProcess } from "./server-process.js";
import type { SimulatedNameserver } from "./simulated-nameserver.js";
import type { SimulatorSettings } from "./simulator-options.js";

/** What a broker is told when it is added. */
export interface BrokerSetup {
  readonly name: string;
  readonly cluster: string;
  readonly port: number;
  /** Where it registers. */
  readonly nameservers: readonly SimulatedNameserver[];
  readonly log: MessageLog;
  readonly settings: SimulatorSettings;
}

/** A broker as the operator holds it, with the process it has or had. Its topics outlive that. */
export class SimulatedBroker implements RocketmqTestBroker, ServingBroker {
  readonly process: ServerProcess;
  readonly #setup: BrokerSetup;
  readonly #topics = new Map<string, TopicConfig>();
  readonly #links = new Map<SimulatedNameserver, NameserverLink>();
  readonly #held = new Set<SimulatedNameserver>();
  readonly #createdAt: number;
  #changes = 1;
  #timer: unknown;

  constructor(setup: BrokerSetup) {
    this.#setup = setup;
    this.#createdAt = Math.floor(setup.settings.clock.wallNow());
    this.process = new ServerProcess(setup.name, setup.port, setup.settings);
    // Two at least: nameservers refuse a first registration with one topic.
    for (const topic of [TEMPLATE_TOPIC, { ...TEMPLATE_TOPIC, topicName: "SELF_TEST_TOPIC", perm: 6 }])
      this.#topics.set(topic.topicName, topic);
  }

  get name(): string {
    return this.#setup.name;
  }

  get address(): string {
    return this.process.address;
  }

  get log(): MessageLog {
    return this.#setup.log;
  }

  get acl(): ServingBroker["acl"] {
    return this.#setup.settings.security.acl;
  }

  random(): number {
    return this.#setup.settings.clock.random();
  }

  topic(name: string): TopicConfig | undefined {
    return this.#topics.get(name);
  }

  async putTopic(topic: TopicConfig): Promise<void> {
    this.#topics.set(topic.topicName, topic);
    this.#changes += 1;
    await this.#register();
  }

  /** Begins a life; resolves once every nameserver of its list that runs lists it. */
  async start(): Promise<void> {
    await this.process.begin(brokerService(this));
    await this.#goOn();
  }

  /** Ends orderly: nameservers are told, and drop it. */
  async stop(): Promise<void> {
    this.process.assertRunning();
    this.#rest();
    await this.#tell(() => unregisterRequest(this.#registration));
    await this.#leave("end");
  }

  /** Ends at once. Resolves once those nameservers that run have noticed. */
  async kill(): Promise<void> {
    await this.#leave("reset");
  }

  freeze(): void {
    this.process.freeze(true);
    this.#rest();
  }

  async thaw(): Promise<void> {
    if (this.process.running) return;
    this.process.freeze(false);
    await this.#goOn();
  }

  /** From now on it is not registered at a nameserver of its list, or is again. Resolves once the nameserver shows it, if it runs. */
  async hold(nameserver: SimulatedNameserver, held: boolean): Promise<void> {
    if (!this.#setup.nameservers.includes(nameserver)) throw new Error(`${nameserver.address} is not in the list of ${this.name}`);
    if (held) this.#held.add(nameserver);
    else this.#held.delete(nameserver);
    if (!held) return await this.#register();
    this.#links.get(nameserver)?.close();
    this.#links.delete(nameserver);
    await nameserver.dropped(this.address);
  }

  get #registration(): Parameters<typeof registerRequest>[0] {
    return {
      cluster: this.#setup.cluster,
      name: this.name,
      id: 0,
      address: this.address,
      zone: undefined,
      enableActingMaster: false,
      heartbeatTimeoutMs: undefined,
      version: { counter: this.#changes, timestamp: this.#createdAt, stateVersion: 0 },
      topics: [...this.#topics.values()],
    };
  }

  async #goOn(): Promise<void> {
    const { clock, registerMs } = this.#setup.settings;
    const tick = (): void => {
      this.#timer = clock.setTimeout(tick, registerMs);
      for (const nameserver of this.#setup.nameservers) {
        if (!this.#links.get(nameserver)?.busy) void this.#say(nameserver, () => registerRequest(this.#registration));
      }
    };
    this.#timer = clock.setTimeout(tick, registerMs);
    await this.#register();
  }

  #rest(): void {
    this.#setup.settings.clock.clearTimeout(this.#timer);
  }

  async #register(): Promise<void> {
    await this.#tell(() => registerRequest(this.#registration));
  }

  /** Says something to every nameserver; waits for those that run. */
  async #tell(request: () => RemotingRequest): Promise<void> {
    if (!this.process.running) return;
    await Promise.all(
      this.#setup.nameservers.map(async (nameserver) => {
        const said = this.#say(nameserver, request);
        if (nameserver.process.running) await said;
      }),
    );
  }

  async #say(nameserver: SimulatedNameserver, request: () => RemotingRequest): Promise<void> {
    if (this.#held.has(nameserver)) return;
    const { tls } = this.#setup.settings.security;
    const link = this.#links.get(nameserver) ?? new NameserverLink(nameserver.address, tls ? { tls: { ca: tls.ca } } : {});
    this.#links.set(nameserver, link);
    await link.say(request);
  }

  async #leave(how: "end" | "reset"): Promise<void> {
    const ended = this.process.end(how);
    this.#rest();
    for (const link of this.#links.values()) link.close();
    this.#links.clear();
    await ended;
    await Promise.all(this.#setup.nameservers.map((nameserver) => nameserver.dropped(this.address)));
  }
}
