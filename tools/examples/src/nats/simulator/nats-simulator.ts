import { PortBlocks } from "@rollcall/core/provider";
import type { NatsTestCluster, NatsTestServer } from "./nats-test-cluster.js";
import { type InfoFields, SimulatedServer } from "./simulated-server.js";

/** A cluster of NATS servers in this process, for tests. */
export interface NatsSimulator extends NatsTestCluster {
  /** Those that are in the cluster, oldest first; frozen ones as well. */
  readonly servers: readonly SimulatedServer[];
  /** How many clients are connected, over all servers. */
  readonly connections: number;
}

/**
 * Starts one.
 *
 * @param options - `servers`: how many to begin with, default 3; `info`: what all of them say in their INFO besides, such as `{ tls_required: true }`
 */
export async function startNatsSimulator(
  options: { readonly servers?: number | undefined; readonly info?: InfoFields | undefined } = {},
): Promise<NatsSimulator> {
  const { servers = 3, info = {} } = options;
  const cluster = new SimulatedCluster(info);
  for (let count = 0; count < servers; count += 1) await cluster.grow();
  return cluster;
}

class SimulatedCluster implements NatsSimulator {
  readonly #info: InfoFields;
  /** A port stays free after its server has ended, as an address that refuses. */
  readonly #ports = new PortBlocks("127.0.0.1");
  readonly #started: SimulatedServer[] = [];
  #servers: readonly SimulatedServer[] = [];
  #hadCompany = false;

  constructor(info: InfoFields) {
    this.#info = info;
  }

  get servers(): readonly SimulatedServer[] {
    return this.#servers;
  }

  get connections(): number {
    return this.#started.reduce((sum, { connections }) => sum + connections, 0);
  }

  async grow(): Promise<SimulatedServer> {
    const name = `n${this.#started.length + 1}`;
    const server: SimulatedServer = await this.#ports.listen((port) => SimulatedServer.listen(name, port, () => this.#says(server)));
    this.#started.push(server);
    this.#servers = [...this.#servers, server];
    this.#hadCompany ||= this.#servers.length > 1;
    return server;
  }

  async stop(server: NatsTestServer): Promise<void> {
    await this.#take(server).close();
  }

  async retire(server: NatsTestServer): Promise<void> {
    this.#take(server).retire();
  }

  async freeze(server: NatsTestServer): Promise<void> {
    this.#known(server).freeze();
  }

  async thaw(server: NatsTestServer): Promise<void> {
    this.#known(server).thaw();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#started.map((server) => server.close()));
    await this.#ports.end();
  }

  /** A server that has never had company lists nobody; one that has lists itself first, then the others in any order. */
  #says(server: SimulatedServer): InfoFields {
    const others = this.#servers.filter((other) => other !== server).reverse();
    const connect_urls = [server, ...others].map(({ address }) => address);
    return { cluster: "rollcall", ...(this.#hadCompany && { connect_urls }), ...this.#info };
  }

  #known({ address }: NatsTestServer): SimulatedServer {
    const known = this.#servers.find((server) => server.address === address);
    if (known === undefined) throw new Error(`no server at ${address} is in the cluster`);
    return known;
  }

  /** Takes one out of the list. */
  #take(server: NatsTestServer): SimulatedServer {
    const taken = this.#known(server);
    this.#servers = this.#servers.filter((other) => other !== taken);
    return taken;
  }
}
