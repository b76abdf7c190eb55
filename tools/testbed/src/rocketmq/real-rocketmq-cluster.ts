import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  announceBroker,
  type RocketmqAnnouncedBroker,
  type RocketmqAnnouncement,
  type RocketmqTestAddressServer,
  type RocketmqTestBroker,
  type RocketmqTestNameserver,
  startAddressServer,
} from "@rollcall/rocketmq/simulator";
import { Ports } from "../ports.js";
import { startWatchdog } from "../watchdog.js";
import { ClusterServers } from "./cluster-servers.js";
import { OperatorRequests } from "./operator-requests.js";
import type { RealRocketmqCluster, RealRocketmqOptions, RealRocketmqProxy } from "./real-rocketmq-options.js";
import { createRocketmqAccess } from "./rocketmq-access.js";
import type { RocketmqServer } from "./rocketmq-server.js";
import { REGISTER_MS, type RocketmqClusterPlan } from "./server-files.js";

type Server = RocketmqTestNameserver | RocketmqTestBroker;

/**
 * Starts a cluster, and resolves once every nameserver lists every broker. Ends with its owner, however that ends; disposing it is the polite way.
 * Rejects when a server does not come up, with the last line of its log, and leaves nothing behind then.
 */
export async function startRealRocketmq(options: RealRocketmqOptions): Promise<RealRocketmqCluster> {
  const { nameservers = 3, brokers = 2, security = "plaintext" } = options;
  const directory = await mkdtemp(join(tmpdir(), "rollcall-rocketmq-"));
  const watchdog = startWatchdog(directory);
  const ports = new Ports();
  const ending: AsyncDisposable[] = [ports, watchdog];
  const end = async () => {
    for (const part of ending.splice(0).reverse()) await part[Symbol.asyncDispose]();
  };
  try {
    const plan = { name: "rollcall", directory, options, access: await createRocketmqAccess(security, directory) };
    const requests = new OperatorRequests(plan.access.client);
    const servers = new ClusterServers(plan, requests, ports, watchdog);
    ending.push(servers);
    for (let count = 0; count < nameservers; count += 1) await servers.planNameserver();
    for (let count = 0; count < brokers; count += 1) await servers.planBroker(servers.nameservers);
    const addresses = servers.nameservers.map(({ address }) => address);
    const addressServer = await startAddressServer(addresses, { port: await ports.take() });
    ending.push(addressServer);
    await servers.launch([...servers.nameservers, ...servers.brokers]);
    return new OperatedRocketmq(plan, servers, requests, addressServer, end);
  } catch (error) {
    await end();
    throw error;
  }
}

/** What an operator does to a cluster, and when it counts as done. */
class OperatedRocketmq implements RealRocketmqCluster {
  readonly addressServer: RocketmqTestAddressServer;
  readonly registerMs = REGISTER_MS;
  readonly #plan: RocketmqClusterPlan;
  readonly #servers: ClusterServers;
  readonly #requests: OperatorRequests;
  readonly #end: () => Promise<void>;

  constructor(
    plan: RocketmqClusterPlan,
    servers: ClusterServers,
    requests: OperatorRequests,
    addressServer: RocketmqTestAddressServer,
    end: () => Promise<void>,
  ) {
    this.#plan = plan;
    this.#servers = servers;
    this.#requests = requests;
    this.addressServer = addressServer;
    this.#end = end;
  }

  get name(): string {
    return this.#plan.name;
  }

  get directory(): string {
    return this.#plan.directory;
  }

  get client(): RealRocketmqCluster["client"] {
    return this.#plan.access.client;
  }

  get nameservers(): readonly RocketmqServer[] {
    return this.#servers.nameservers;
  }

  get brokers(): readonly RocketmqServer[] {
    return this.#servers.brokers;
  }

  async addNameserver({ up = true, waitMs }: Parameters<RealRocketmqCluster["addNameserver"]>[0] = {}): Promise<RocketmqServer> {
    const nameserver = await this.#servers.planNameserver(waitMs);
    if (up) await this.#servers.launch([nameserver]);
    return nameserver;
  }

  async addBroker({ name, nameservers = this.nameservers }: Parameters<RealRocketmqCluster["addBroker"]>[0] = {}): Promise<RocketmqServer> {
    const broker = await this.#servers.planBroker(
      nameservers.map((nameserver) => this.#servers.inState(nameserver)),
      name,
    );
    await this.#servers.launch([broker]);
    return broker;
  }

  async stop(server: Server): Promise<void> {
    await this.#servers.stop(this.#servers.inState(server, "running"));
  }

  async kill(server: Server): Promise<void> {
    await this.#servers.kill(this.#servers.inState(server, "running", "frozen"));
  }

  async start(server: Server): Promise<void> {
    await this.#servers.launch([this.#servers.inState(server, "down")]);
  }

  async freeze(server: Server): Promise<void> {
    const frozen = this.#servers.inState(server, "running");
    await frozen.process?.freeze();
    frozen.state = "frozen";
  }

  async thaw(server: Server): Promise<void> {
    const thawed = this.#servers.inState(server, "frozen");
    thawed.process?.signal("SIGCONT");
    thawed.state = "running";
    await this.#servers.ready([thawed]);
  }

  async createTopic(topic: string, options: Parameters<RealRocketmqCluster["createTopic"]>[1] = {}): Promise<void> {
    const { brokers = this.brokers.filter(({ state }) => state === "running"), queues = 4 } = options;
    const on = brokers.map((broker) => this.#servers.inState(broker, "running"));
    if (on.length === 0) throw new Error(`no broker is up to take ${topic}`);
    await Promise.all(on.map((broker) => this.#requests.createTopic(broker, topic, queues)));
    await this.#servers.view.hasTopic(topic, queues, on);
  }

  async setWritable(brokerName: string, writable: boolean): Promise<void> {
    const { usable } = this.#servers.view;
    const topics = await Promise.all(usable.map((nameserver) => this.#requests.setWritable(nameserver, brokerName, writable)));
    if (!topics.some((count) => count > 0)) throw new Error(`no nameserver knows a topic of ${brokerName}`);
  }

  async announce(announcement: RocketmqAnnouncement): Promise<RocketmqAnnouncedBroker> {
    const { client, name: cluster } = this;
    const address = announcement.address ?? (await this.#servers.freeAddress());
    return announceBroker(announcement, { cluster, address, nameservers: this.#servers.view.usable, client });
  }

  async startProxy(): Promise<RealRocketmqProxy> {
    if (this.client.acl !== undefined) throw new Error("a proxy is not let in by brokers with ACL");
    return this.#servers.startProxy();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#end();
  }
}
