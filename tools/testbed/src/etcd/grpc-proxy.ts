import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client, credentials } from "@grpc/grpc-js";
import { Ports } from "../ports.js";
import { ServerProcess } from "../server-process.js";
import { until } from "../until.js";
import { startWatchdog } from "../watchdog.js";
import type { EtcdBinary } from "./etcd-binary.js";

/** How a grpc-proxy is started. */
export interface GrpcProxyOptions extends EtcdBinary {
  /** The client URLs of the members that it stands for. */
  readonly endpoints: readonly string[];
  /** What it tells clients of itself. Default: where it listens. Empty: it passes the members' own list on. */
  readonly advertise?: string | undefined;
  /** Proxies with the same one list each other. Default: none, it lists itself only. */
  readonly resolverPrefix?: string | undefined;
}

/** An `etcd grpc-proxy` process on 127.0.0.1. */
export interface GrpcProxy extends AsyncDisposable {
  /** Where it listens, `127.0.0.1:port`, which is also how it advertises itself: without a scheme. */
  readonly address: string;
  /** SIGKILL; the others list it for 2 s more. */
  kill(): Promise<void>;
}

/** How long a proxy that was killed stays registered, in seconds. */
const RESOLVER_TTL_S = 2;

/** Starts a grpc-proxy and resolves once it accepts connections. It ends with its owner, however that ends. */
export async function startGrpcProxy(options: GrpcProxyOptions): Promise<GrpcProxy> {
  const { binary, endpoints, resolverPrefix } = options;
  const directory = await mkdtemp(join(tmpdir(), "rollcall-grpc-proxy-"));
  const watchdog = startWatchdog(directory);
  const ports = new Ports();
  const address = `127.0.0.1:${await ports.take()}`;
  const flags = {
    endpoints: endpoints.map((url) => new URL(url).host).join(","),
    "listen-addr": address,
    "advertise-client-url": options.advertise ?? address,
    "data-dir": join(directory, "data"),
    ...(resolverPrefix !== undefined && { "resolver-prefix": resolverPrefix, "resolver-ttl": String(RESOLVER_TTL_S) }),
  };
  const close = async (): Promise<void> => {
    await ports[Symbol.asyncDispose]();
    await watchdog[Symbol.asyncDispose]();
  };
  try {
    const args = Object.entries(flags).map(([flag, value]) => `--${flag}=${value}`);
    const process = await ServerProcess.start(binary, ["grpc-proxy", "start", ...args], join(directory, "log"), watchdog);
    await until(() => connectable(address, process), { what: `the proxy at ${address} serves` });
    return {
      address,
      kill: () => process.kill(),
      [Symbol.asyncDispose]: async () => {
        await process.kill();
        await close();
      },
    };
  } catch (error) {
    await close();
    throw error;
  }
}

async function connectable(address: string, process: ServerProcess): Promise<void> {
  process.throwIfExited();
  const client = new Client(address, credentials.createInsecure(), { "grpc.use_local_subchannel_pool": 1 });
  try {
    await new Promise<void>((resolve, reject) => client.waitForReady(Date.now() + 500, (error) => (error ? reject(error) : resolve())));
  } finally {
    client.close();
  }
}
