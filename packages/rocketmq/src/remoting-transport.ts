import { connect as connectPlain, isIP, type Socket } from "node:net";
import { type ConnectionOptions, checkServerIdentity, connect as connectTls } from "node:tls";
import { hostPort } from "@rollcall/core";
import { RemotingConnection } from "./remoting-connection.js";
import { rocketmqError } from "./rocketmq-error.js";
import type { RocketmqClientOptions, RocketmqTlsOptions } from "./rocketmq-options.js";
import type { RocketmqAddress, RocketmqConnection, RocketmqTransport } from "./rocketmq-transport.js";

/**
 * The remoting protocol over Node's own sockets.
 *
 * @param client - kept, not copied: `tls` is read at every connection, `acl` at every request, so that a changed field rotates them
 */
export function remotingTransport(client: RocketmqClientOptions): RocketmqTransport {
  return { connect: (address, { signal }) => connect(client, address, signal) };
}

function connect(client: RocketmqClientOptions, address: RocketmqAddress, signal: AbortSignal): Promise<RocketmqConnection> {
  const peer = hostPort.format(address);
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const { tls } = client;
    const socket = dial(tls, address, peer);
    const over = (): void => {
      signal.removeEventListener("abort", stop);
      socket.removeListener("error", fail).removeListener("close", closed);
    };
    const fail = (reason: unknown): void => {
      over();
      socket.on("error", () => undefined).destroy(); // what it still has to say concerns nobody
      reject(reason === signal.reason ? reason : rocketmqError(reason, peer));
    };
    const closed = (): void => fail(new Error("the connection was closed before it was there"));
    const stop = (): void => fail(signal.reason);
    signal.addEventListener("abort", stop, { once: true });
    socket.setNoDelay(true).once("error", fail).once("close", closed);
    socket.once(tls ? "secureConnect" : "connect", () => {
      over();
      resolve(new RemotingConnection(socket, peer, client));
    });
  });
}

/** Raises a `DiscoveryError` for what Node refuses at once, such as a certificate that cannot be read. */
function dial(tls: RocketmqTlsOptions | undefined, { host, port }: RocketmqAddress, peer: string): Socket {
  try {
    return tls ? connectTls({ host, port, ...handshake(tls, host) }) : connectPlain({ host, port });
  } catch (thrown) {
    throw rocketmqError(thrown, `connecting to ${peer}`);
  }
}

function handshake({ ca, cert, key, serverName }: RocketmqTlsOptions, host: string): ConnectionOptions {
  const name = serverName ?? host.replace(/\.$/, "");
  return {
    ...{ ca: pem(ca), cert: pem(cert), key: pem(key) },
    rejectUnauthorized: true, // whatever NODE_TLS_REJECT_UNAUTHORIZED says
    ...(isIP(name) === 0 && { servername: name }), // an address is not to be sent (RFC 6066, 3)
    checkServerIdentity: (_host, certificate) => checkServerIdentity(name, certificate),
  };
}

function pem(given: string | Uint8Array | undefined): string | Buffer | undefined {
  return given instanceof Uint8Array ? Buffer.from(given) : given;
}
