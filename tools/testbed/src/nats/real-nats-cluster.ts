import { once } from "node:events";
import { mkdtemp } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Ports } from "../ports.js";
import { ServerProcess } from "../server-process.js";
import { until } from "../until.js";
import { startWatchdog, type Watchdog } from "../watchdog.js";
import type { NatsBinary } from "./provision.js";

/** One nats-server process, as its operator knows it. */
export interface RealNatsServer {
  /** Its `server_name`. */
  readonly name: string;
  /** `127.0.0.1:20001`: where it takes clients, and what it tells the others. */
  readonly address: string;
}

/** A cluster of nats-server processes on 127.0.0.1. Every method resolves once the servers that run agree on what it did. */
export interface RealNatsCluster extends AsyncDisposable {
  /** Those that are in the cluster, oldest first; frozen ones as well. */
  readonly servers: readonly RealNatsServer[];
  /** Starts one more. */
  grow(): Promise<RealNatsServer>;
  /** SIGTERM, and the process has ended. */
  stop(server: RealNatsServer): Promise<void>;
  /** SIGUSR2, lame duck mode: takes no new client, and goes on for those that it has, for 10 s at least. It is in the cluster no more. */
  retire(server: RealNatsServer): Promise<void>;
  /** SIGSTOP. The others notice after 90 s. */
  freeze(server: RealNatsServer): Promise<void>;
  /** SIGCONT. */
  thaw(server: RealNatsServer): Promise<void>;
}

interface Server extends RealNatsServer {
  readonly routePort: number;
  readonly process: ServerProcess;
  frozen: boolean;
}

/**
 * Starts a cluster, and resolves once every server lists all of them: 0.1 s. Ends with its owner, however that ends; disposing it is the polite way. Rejects when a
 * server does not come up, with the last line of its log, and leaves nothing behind then.
 *
 * @param options `servers`: how many to begin with; default 3; 1 or more.
 */
export async function startRealNats({
  binary,
  servers = 3,
}: NatsBinary & { readonly servers?: number | undefined }): Promise<RealNatsCluster> {
  const directory = await mkdtemp(join(tmpdir(), "rollcall-nats-"));
  const cluster = new NatsProcesses(binary, directory, startWatchdog(directory));
  try {
    for (let count = 0; count < servers; count += 1) await cluster.grow();
    return cluster;
  } catch (error) {
    await cluster[Symbol.asyncDispose]();
    throw error;
  }
}

class NatsProcesses implements RealNatsCluster {
  readonly #binary: string;
  readonly #directory: string;
  readonly #watchdog: Watchdog;
  readonly #ports = new Ports();
  readonly #started: Server[] = [];
  #servers: readonly Server[] = [];

  constructor(binary: string, directory: string, watchdog: Watchdog) {
    this.#binary = binary;
    this.#directory = directory;
    this.#watchdog = watchdog;
  }

  get servers(): readonly RealNatsServer[] {
    return this.#servers;
  }

  async grow(): Promise<RealNatsServer> {
    const [port, routePort] = [await this.#ports.take(), await this.#ports.take()];
    const name = `n${this.#started.length + 1}`;
    const routes = this.#servers.map((server) => `nats://127.0.0.1:${server.routePort}`);
    const client = ["--addr", "127.0.0.1", "--port", String(port), "--name", name];
    const cluster = ["--cluster", `nats://127.0.0.1:${routePort}`, "--cluster_name", "rollcall", "--routes", routes.join()];
    const process = await ServerProcess.start(this.#binary, [...client, ...cluster], join(this.#directory, `${name}.log`), this.#watchdog);
    const server = { name, address: `127.0.0.1:${port}`, routePort, process, frozen: false };
    this.#started.push(server);
    this.#servers = [...this.#servers, server];
    await this.#agreed();
    return server;
  }

  async stop(server: RealNatsServer): Promise<void> {
    const { process } = this.#take(server);
    process.signal("SIGTERM");
    await process.exited;
    await this.#agreed();
  }

  async retire(server: RealNatsServer): Promise<void> {
    this.#take(server).process.signal("SIGUSR2");
    await this.#agreed();
  }

  async freeze(server: RealNatsServer): Promise<void> {
    const frozen = this.#known(server);
    frozen.frozen = true;
    await frozen.process.freeze();
  }

  async thaw(server: RealNatsServer): Promise<void> {
    const thawed = this.#known(server);
    thawed.process.signal("SIGCONT");
    thawed.frozen = false;
    await this.#agreed();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#started.map(({ process }) => process.kill()));
    await this.#ports[Symbol.asyncDispose]();
    await this.#watchdog[Symbol.asyncDispose]();
  }

  #known({ address }: RealNatsServer): Server {
    const known = this.#servers.find((server) => server.address === address);
    if (known === undefined) throw new Error(`no server at ${address} is in the cluster`);
    return known;
  }

  /** Takes one out of the list. */
  #take(server: RealNatsServer): Server {
    const taken = this.#known(server);
    this.#servers = this.#servers.filter((other) => other !== taken);
    return taken;
  }

  /** Resolves once every server that is not frozen lists exactly all of them. */
  async #agreed(): Promise<void> {
    const all = this.#servers.map(({ address }) => address).sort();
    const agree = async ({ name, address, process }: Server): Promise<void> => {
      process.throwIfExited();
      const listed = await connectUrls(address);
      if (String(listed) !== String(all)) throw new Error(`${name} lists ${listed}`);
    };
    const running = this.#servers.filter(({ frozen }) => !frozen);
    await Promise.all(running.map((server) => until(() => agree(server), { what: `${server.name} lists ${all}`, pauseMs: 5 })));
  }
}

/** What a server lists to a client, sorted: itself, if it has never had company. */
async function connectUrls(address: string): Promise<readonly string[]> {
  const [host = "", port] = address.split(":");
  const socket = connect(Number(port), host).setTimeout(1_000, () => socket.destroy(new Error(`${address} is silent`)));
  try {
    const [line]: readonly unknown[] = await once(socket, "data");
    const info: { readonly connect_urls?: readonly string[] } = JSON.parse(String(line).slice("INFO ".length));
    return [...(info.connect_urls ?? [address])].sort();
  } finally {
    socket.destroy();
  }
}
