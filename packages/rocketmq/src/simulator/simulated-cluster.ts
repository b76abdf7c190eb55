import { hostPort } from "@rollcall/core";
import { PortBlocks, SimulatedPort } from "@rollcall/core/provider";
import { FRAME_BOUNDS } from "../protocol/remoting-frame.js";
import { REQUEST } from "../protocol/request-codes.js";
import type { RocketmqClientOptions } from "../rocketmq-options.js";
import { startAddressServer } from "./address-server.js";
import { announceBroker } from "./announced-broker.js";
import { MessageLog, type RocketmqMessage } from "./message-log.js";
import { createTopicAt, setWritableAt } from "./operator-requests.js";
import type { RocketmqSimulator } from "./rocketmq-simulator.js";
import type {
  RocketmqAnnouncedBroker,
  RocketmqAnnouncement,
  RocketmqTestAddressServer,
  RocketmqTestBroker,
  RocketmqTestNameserver,
} from "./rocketmq-test-cluster.js";
import type { ScriptedAnswer } from "./scripted-answer.js";
import { SimulatedBroker } from "./simulated-broker.js";
import { SimulatedNameserver } from "./simulated-nameserver.js";
import { type RocketmqSimulatorOptions, type SimulatorSettings, simulatorSettings } from "./simulator-options.js";
import { Starts } from "./starts.js";

/** What a test calls a server by. */
type Server = RocketmqTestNameserver | RocketmqTestBroker;

/**
 * Starts nameservers, brokers and an address server on free ports of this machine, 10000 to 19999; they speak what RocketMQ 5.5.0 does where producers, operators and Rollcall ask:
 * routes, clusters, registration, write permissions, topics, heartbeats and messages. Not simulated: consumers, transactions, replication between brokers, controllers, the proxy. Topics are
 * created when a producer asks for them, as RocketMQ's defaults are.
 * Resolves once every nameserver lists every broker. Dispose it, or its sockets keep the process alive. Rejects with `INVALID_OPTIONS`.
 */
export async function startRocketmqSimulator(options: RocketmqSimulatorOptions = {}): Promise<RocketmqSimulator> {
  const settings = simulatorSettings(options);
  const addressServer = await startAddressServer([], { host: settings.host });
  const cluster = new SimulatedCluster(settings, addressServer);
  try {
    while (cluster.nameservers.length < settings.nameservers) await cluster.addNameserver();
    addressServer.addresses = cluster.nameservers.map(({ address }) => address);
    while (cluster.brokers.length < settings.brokers) await cluster.addBroker();
  } catch (error) {
    await cluster[Symbol.asyncDispose]();
    throw error;
  }
  return cluster;
}

class SimulatedCluster implements RocketmqSimulator {
  readonly name = "DefaultCluster";
  readonly addressServer: RocketmqTestAddressServer;
  readonly client: RocketmqClientOptions;
  readonly #settings: SimulatorSettings;
  readonly #ports: PortBlocks;
  readonly #starts = new Starts();
  readonly #log = new MessageLog();
  readonly #nameservers: SimulatedNameserver[] = [];
  readonly #brokers: SimulatedBroker[] = [];
  readonly #announced: RocketmqAnnouncedBroker[] = [];

  constructor(settings: SimulatorSettings, addressServer: RocketmqTestAddressServer) {
    const { tls, acl } = settings.security;
    this.#settings = settings;
    this.#ports = new PortBlocks(settings.host);
    this.addressServer = addressServer;
    this.client = { ...(tls && { tls: { ca: tls.ca } }), ...(acl && { acl }) };
  }

  get nameservers(): readonly RocketmqTestNameserver[] {
    return [...this.#nameservers];
  }

  get brokers(): readonly RocketmqTestBroker[] {
    return [...this.#brokers];
  }

  get registerMs(): number {
    return this.#settings.registerMs;
  }

  get connections(): number {
    return this.#servers.reduce((sum, { process }) => sum + process.connections, 0);
  }

  get requests(): ReadonlyMap<string, number> {
    const sums = new Map<string, number>();
    for (const { process } of this.#servers) for (const [name, count] of process.requests) sums.set(name, (sums.get(name) ?? 0) + count);
    return sums;
  }

  connectionsOf(server: Server): number {
    return this.#server(server).process.connections;
  }

  requestsOf(server: Server): ReadonlyMap<string, number> {
    return new Map(this.#server(server).process.requests);
  }

  messages(topic: string): readonly RocketmqMessage[] {
    return this.#log.messages(topic);
  }

  answer(server: Server, script: ScriptedAnswer | undefined, codes?: readonly number[]): void {
    const found = this.#server(server);
    const questions = [REQUEST.GET_ROUTEINFO_BY_TOPIC, REQUEST.GET_BROKER_CLUSTER_INFO];
    found.process.script(script, codes ?? (found instanceof SimulatedNameserver ? questions : undefined));
  }

  forget(nameserver: RocketmqTestNameserver): void {
    this.#nameserver(nameserver).forget();
  }

  async hold(broker: RocketmqTestBroker, nameserver: RocketmqTestNameserver, held = true): Promise<void> {
    await this.#broker(broker).hold(this.#nameserver(nameserver), held);
  }

  serverPush(server: Server): void {
    this.#server(server).process.push();
  }

  addNameserver({ up = true, waitMs = 0 }: Parameters<RocketmqSimulator["addNameserver"]>[0] = {}): Promise<RocketmqTestNameserver> {
    return this.#starts.run(async () => {
      const nameserver = new SimulatedNameserver(await this.#freePort(), waitMs, this.#settings);
      if (up) await nameserver.start();
      this.#nameservers.push(nameserver);
      return nameserver;
    });
  }

  addBroker({ name, nameservers }: Parameters<RocketmqSimulator["addBroker"]>[0] = {}): Promise<RocketmqTestBroker> {
    return this.#starts.run(async () => {
      if (name === "") throw new Error("a broker has a name, and nameservers refuse one without");
      const port = await this.#freePort();
      const broker = new SimulatedBroker({
        name: name ?? `broker-${letters(this.#brokers.length)}`,
        cluster: this.name,
        port,
        nameservers: nameservers?.map((nameserver) => this.#nameserver(nameserver)) ?? [...this.#nameservers],
        log: this.#log,
        settings: this.#settings,
      });
      if (this.#brokers.some((other) => other.name === broker.name)) throw new Error(`${broker.name} is there already`);
      this.#brokers.push(broker);
      await broker.start();
      return broker;
    });
  }

  async stop(server: Server): Promise<void> {
    const found = this.#server(server);
    if (found instanceof SimulatedBroker) await found.stop();
    else await found.process.end("end");
  }

  async kill(server: Server): Promise<void> {
    const found = this.#server(server);
    if (found instanceof SimulatedBroker) await found.kill();
    else await found.process.end("reset");
  }

  async start(server: Server): Promise<void> {
    await this.#starts.run(() => this.#server(server).start());
  }

  async freeze(server: Server): Promise<void> {
    const found = this.#server(server);
    if (found instanceof SimulatedBroker) found.freeze();
    else found.process.freeze(true);
  }

  async thaw(server: Server): Promise<void> {
    const found = this.#server(server);
    if (found instanceof SimulatedBroker) await found.thaw();
    else found.process.freeze(false);
  }

  async createTopic(topic: string, { brokers, queues = 4 }: Parameters<RocketmqSimulator["createTopic"]>[1] = {}): Promise<void> {
    const on = brokers?.map((broker) => this.#broker(broker)) ?? this.#brokers.filter(({ process }) => process.running);
    if (on.length === 0) throw new Error(`no broker is up to take ${topic}`);
    for (const { process } of on) process.assertRunning();
    const { client } = this;
    await Promise.all(on.map(({ address }) => createTopicAt(address, { topic, queues, client })));
  }

  async setWritable(brokerName: string, writable: boolean): Promise<void> {
    const { client } = this;
    const topics = await Promise.all(this.#running.map(({ address }) => setWritableAt(address, { brokerName, writable, client })));
    if (!topics.some((count) => count > 0)) throw new Error(`no nameserver knows a topic of ${brokerName}`);
  }

  announce(announcement: RocketmqAnnouncement): Promise<RocketmqAnnouncedBroker> {
    const { name: cluster, client } = this;
    return this.#starts.run(async () => {
      const address = announcement.address ?? hostPort.format({ host: this.#settings.host, port: await this.#freePort() });
      const announced = await announceBroker(announcement, { cluster, address, nameservers: this.#running, client });
      this.#announced.push(announced);
      return announced;
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#starts.end(async () => {
      await Promise.all(this.#servers.filter(({ process }) => process.up).map((server) => this.kill(server)));
      await Promise.all(this.#announced.map((announced) => announced.withdraw()));
    });
    await this.addressServer[Symbol.asyncDispose]();
    await this.#ports.end();
  }

  get #running(): readonly SimulatedNameserver[] {
    return this.#nameservers.filter(({ process }) => process.running);
  }

  get #servers(): readonly (SimulatedNameserver | SimulatedBroker)[] {
    return [...this.#nameservers, ...this.#brokers];
  }

  /** A port that is nobody's, and stays so until somebody listens there. */
  async #freePort(): Promise<number> {
    const { host } = this.#settings;
    return await this.#ports.listen(async (port) => {
      const listening = await SimulatedPort.listen({ host, port, frames: FRAME_BOUNDS, conversation: () => () => {} });
      await listening.close("end");
      return port;
    });
  }

  #server(server: Server): SimulatedNameserver | SimulatedBroker {
    const found = this.#servers.find((one) => one === server);
    if (found === undefined) throw new Error(`${server.address} is none of this cluster`);
    return found;
  }

  #nameserver(nameserver: RocketmqTestNameserver): SimulatedNameserver {
    const found = this.#server(nameserver);
    if (found instanceof SimulatedNameserver) return found;
    throw new Error(`${nameserver.address} is no nameserver`);
  }

  #broker(broker: RocketmqTestBroker): SimulatedBroker {
    const found = this.#server(broker);
    if (found instanceof SimulatedBroker) return found;
    throw new Error(`${broker.address} is no broker`);
  }
}

/** a, b, … z, aa, ab, … */
function letters(index: number): string {
  const last = String.fromCharCode("a".charCodeAt(0) + (index % 26));
  return index < 26 ? last : `${letters(Math.floor(index / 26) - 1)}${last}`;
}
