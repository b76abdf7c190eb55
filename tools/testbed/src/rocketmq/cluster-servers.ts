import { join } from "node:path";
import { becomes, isOpen } from "../port-state.js";
import type { Ports } from "../ports.js";
import { ServerProcess } from "../server-process.js";
import type { Watchdog } from "../watchdog.js";
import { ClusterView, untilServing } from "./cluster-view.js";
import type { OperatorRequests } from "./operator-requests.js";
import type { RealRocketmqProxy } from "./real-rocketmq-options.js";
import { RocketmqServer } from "./rocketmq-server.js";
import { type RocketmqClusterPlan, writeProxy, writeServer } from "./server-files.js";

// A nameserver takes 3 s to end, a broker 7 to 14 s.
const STOP_GRACE_MS = 30_000;
const LETTERS = "abcdefghijklmnopqrstuvwxyz";

/** The nameservers and brokers of a cluster, what they do, and what they say. */
export class ClusterServers {
  /** Every nameserver there ever was. */
  readonly nameservers: RocketmqServer[] = [];
  /** Every broker there ever was. */
  readonly brokers: RocketmqServer[] = [];
  /** What they say. */
  readonly view: ClusterView;
  readonly #plan: RocketmqClusterPlan;
  readonly #ports: Ports;
  readonly #watchdog: Watchdog;
  readonly #proxies: ServerProcess[] = [];

  constructor(plan: RocketmqClusterPlan, requests: OperatorRequests, ports: Ports, watchdog: Watchdog) {
    this.#plan = plan;
    this.#ports = ports;
    this.#watchdog = watchdog;
    this.view = new ClusterView(this.nameservers, requests);
  }

  /** The server at this address. Throws when it is in none of these states; default: any will do. */
  inState({ address }: { readonly address: string }, ...states: readonly RocketmqServer["state"][]): RocketmqServer {
    const known = this.#all.find((server) => server.address === address);
    if (known === undefined) throw new Error(`this cluster has no server at ${address}`);
    if (states.length > 0 && !states.includes(known.state)) throw new Error(`${known.name} is ${known.state}, not ${states.join(" or ")}`);
    return known;
  }

  /** A nameserver, not started yet. */
  async planNameserver(waitMs = 0): Promise<RocketmqServer> {
    if (!(waitMs >= 0 && waitMs % 1_000 === 0)) throw new Error(`a nameserver waits whole seconds, not ${waitMs} ms`);
    const port = await this.#ports.take();
    const name = `nameserver-${this.nameservers.length + 1}`;
    return this.#add(this.nameservers, new RocketmqServer("nameserver", { name, port, waitMs }));
  }

  /** A broker, not started yet. Throws when a server has this name; default: a new one. */
  async planBroker(nameservers: readonly RocketmqServer[], name?: string): Promise<RocketmqServer> {
    const list = [...nameservers];
    // It listens on the two ports before its own as well: for clients whose requests must not wait, and for other brokers.
    const port = await this.#ports.take(3);
    const count = this.brokers.length;
    const broker = { name: name ?? `broker-${LETTERS[count] ?? count + 1}`, port, nameservers: list };
    return this.#add(this.brokers, new RocketmqServer("broker", broker));
  }

  /** Starts servers that are down, all at once; resolves once they are {@link ready}. What was started is killed if that fails. */
  async launch(servers: readonly RocketmqServer[]): Promise<void> {
    try {
      for (const server of servers) await this.#begin(server);
      await this.ready(servers);
    } catch (error) {
      const begun = servers.filter(({ state }) => state === "running");
      await Promise.all(begun.map((server) => this.kill(server)));
      throw error;
    }
  }

  /** Resolves once these servers answer and the brokers among them are listed. */
  async ready(servers: readonly RocketmqServer[]): Promise<void> {
    await Promise.all(servers.map((server) => this.view.serves(server)));
    await Promise.all(servers.filter(({ kind }) => kind === "broker").map((broker) => this.view.lists(broker)));
  }

  /** SIGTERM; resolves once its port refuses. The process may go on for some seconds. */
  async stop(server: RocketmqServer): Promise<void> {
    server.state = "down";
    server.process?.signal("SIGTERM");
    await becomes("closed", server.port);
  }

  /** SIGKILL; resolves when the process is gone. */
  async kill(server: RocketmqServer): Promise<void> {
    server.state = "down";
    await server.process?.kill();
  }

  /** An address where nobody listens, and no server ever will. */
  async freeAddress(): Promise<string> {
    return `127.0.0.1:${await this.#ports.take()}`;
  }

  /** Starts a gRPC proxy; resolves once it takes connections. */
  async startProxy(): Promise<RealRocketmqProxy> {
    const ports = { grpc: await this.#ports.take(), remoting: await this.#ports.take() };
    const name = `proxy-${ports.grpc}`;
    const process = await this.#start(name, await writeProxy(this.#plan, name, ports, this.view.usable));
    this.#proxies.push(process);
    await untilServing(process, `${name} takes connections`, async () => {
      if (!(await isOpen(ports.grpc)) || !(await isOpen(ports.remoting))) throw new Error("not yet");
    });
    const [address, remotingAddress] = [`127.0.0.1:${ports.grpc}`, `127.0.0.1:${ports.remoting}`];
    return { address, remotingAddress, [Symbol.asyncDispose]: () => process.kill() };
  }

  /** Kills all that runs. */
  async [Symbol.asyncDispose](): Promise<void> {
    const proxies = this.#proxies.map((process) => process.kill());
    await Promise.all([...proxies, ...this.#all.map((server) => this.kill(server))]);
  }

  get #all(): readonly RocketmqServer[] {
    return [...this.nameservers, ...this.brokers];
  }

  #add(to: RocketmqServer[], server: RocketmqServer): RocketmqServer {
    if (this.#all.some(({ name }) => name === server.name)) throw new Error(`there is a ${server.name} already`);
    to.push(server);
    return server;
  }

  async #begin(server: RocketmqServer): Promise<void> {
    server.state = "running";
    await server.process?.endsWithin(STOP_GRACE_MS);
    await server.process?.kill();
    if (await isOpen(server.port)) throw new Error(`another server listens on ${server.address}`);
    server.process = await this.#start(server.name, await writeServer(this.#plan, server));
  }

  #start(name: string, args: readonly string[]): Promise<ServerProcess> {
    return ServerProcess.start("java", args, join(this.#plan.directory, name, "out.log"), this.#watchdog);
  }
}
