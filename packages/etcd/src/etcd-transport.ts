import { isIP } from "node:net";
import {
  type ChannelCredentials,
  type ChannelOptions,
  Client,
  connectivityState,
  credentials,
  Metadata,
  type ServiceError,
  status,
} from "@grpc/grpc-js";
import { hostPort, systemClock } from "@rollcall/core";
import { DialedSockets } from "./dialed-sockets.js";
import type { EtcdAddress } from "./etcd-address.js";
import { tlsAdvice, wrongName } from "./etcd-tls-advice.js";
import { TlsConnection } from "./etcd-tls-connection.js";
import { TlsMaterial } from "./etcd-tls-material.js";
import type { EtcdTlsOptions } from "./etcd-tls-options.js";

/** How members are reached. The seam for tests: everything above it works on bytes. */
export interface EtcdTransport {
  /** A connection to one member, which dials when it is first used. */
  connect(address: EtcdAddress): EtcdConnection;
}

/** How one call is made. */
export interface EtcdCallOptions {
  /** Cancels the call at once; it then rejects with the signal's reason. */
  readonly signal: AbortSignal;
  /** The deadline that the member is told, in milliseconds from now. Default: none. */
  readonly timeoutMs?: number | undefined;
  /** gRPC metadata. */
  readonly metadata: Readonly<Record<string, string>>;
}

/** A connection to one member. */
export interface EtcdConnection {
  /** Makes a unary call. Rejects with whatever the driver reports, with `details` that say what to do if TLS is why. */
  call(path: string, request: Uint8Array, options: EtcdCallOptions): Promise<Uint8Array>;
  /** Dials without a call. Rejects when that fails, or when the connection is closed before. */
  establish(): Promise<void>;
  /** Calls back once, asynchronously, as soon as the connection is not established (any more). */
  onLost(callback: () => void): void;
  /** Fails the calls in progress and closes the socket. */
  close(): void;
}

/**
 * The largest answer that is read. Three members take 219 bytes; reading the 4 MiB that grpc-js allows, all of it empty members, would take seconds
 * during which nothing else runs.
 */
const MAX_ANSWER_BYTES = 256 * 1024;

/**
 * No pool shared with the application's channels, no proxy from the environment, no TXT look-ups. Keepalive covers calls only:
 * etcd ends connections that are pinged while idle (`too_many_pings`). An idle connection is kept for as long as polling lasts.
 */
const CHANNEL_OPTIONS: ChannelOptions = {
  "grpc.use_local_subchannel_pool": 1,
  "grpc.enable_http_proxy": 0,
  "grpc.enable_channelz": 0,
  "grpc.service_config_disable_resolution": 1,
  "grpc.keepalive_time_ms": 10_000,
  "grpc.keepalive_timeout_ms": 5_000,
  "grpc.keepalive_permit_without_calls": 0,
  "grpc.client_idle_timeout_ms": 2 ** 31 - 1,
  "grpc.max_receive_message_length": MAX_ANSWER_BYTES,
};

/**
 * The TLS name that is sent where the certificate has to carry an IP address. RFC 6066 lets nobody send an address: Node.js warns of one
 * (DEP0123) or, from 25 on, throws (nodejs/node#58533), and grpc-js always sends a name. This one is nobody's (RFC 2606); the certificate
 * is checked against the address.
 */
const NAMELESS = "ip-address.invalid";

/** What makes a name absolute where it is dialled. As a TLS name it must not be sent (RFC 6066, section 3): Go hangs up. */
const FINAL_DOT = /(?<=.)\.$/;

/** Members over `@grpc/grpc-js`. */
export function grpcTransport(tls: EtcdTlsOptions = {}): EtcdTransport {
  const material = new TlsMaterial(tls);
  return {
    connect(address) {
      if (address.scheme === "http") return new GrpcConnection(address, credentials.createInsecure(), CHANNEL_OPTIONS, tls);
      const name = (tls.serverName ?? address.tlsName ?? address.host).replace(FINAL_DOT, "");
      const options = { ...CHANNEL_OPTIONS, "grpc.ssl_target_name_override": isIP(name) === 0 ? name : NAMELESS };
      const checkServerIdentity: typeof wrongName = (_, certificate) => wrongName(name, certificate);
      return new TlsConnection(async () => {
        // From a secure context, because `createSsl` would read roots and ciphers from the environment.
        const secure = credentials.createFromSecureContext(await material.context(), { checkServerIdentity });
        return new GrpcConnection(address, secure, options, tls);
      });
    },
  };
}

class GrpcConnection implements EtcdConnection {
  readonly #client: Client;
  readonly #sockets = new DialedSockets();
  readonly #advice: (details: string) => string | undefined;

  constructor(address: EtcdAddress, channelCredentials: ChannelCredentials, options: ChannelOptions, tls: EtcdTlsOptions) {
    this.#advice = (details) => tlsAdvice(details, address.scheme, tls);
    this.#client = new Client(`dns:///${hostPort.format(address)}`, channelCredentials, options);
  }

  call(
    path: string,
    request: Uint8Array,
    { signal, timeoutMs = Number.POSITIVE_INFINITY, metadata }: EtcdCallOptions,
  ): Promise<Uint8Array> {
    return new Promise((resolve, reject) => {
      signal.throwIfAborted();
      const deadline = systemClock.wallNow() + timeoutMs;
      const headers = Metadata.fromHttp2Headers(metadata);
      const ended = (error: ServiceError | null, answer: Uint8Array | undefined): void => {
        signal.removeEventListener("abort", abort);
        this.#sockets.settled();
        if (answer === undefined) reject(this.#explained(error));
        else resolve(answer);
      };
      const call = this.#sockets.during(() =>
        this.#client.makeUnaryRequest(path, toBuffer, toBuffer, request, headers, { deadline }, ended),
      );
      const abort = (): void => {
        call.cancel();
        reject(signal.reason);
      };
      signal.addEventListener("abort", abort, { once: true });
    });
  }

  establish(): Promise<void> {
    return new Promise((resolve, reject) => {
      const channel = this.#client.getChannel();
      const look = (): void => {
        const state = channel.getConnectivityState(false);
        if (state === connectivityState.IDLE || state === connectivityState.CONNECTING) {
          return channel.watchConnectivityState(state, Number.POSITIVE_INFINITY, () => queueMicrotask(look));
        }
        this.#sockets.settled();
        if (state === connectivityState.READY) resolve();
        else reject(new Error(`the connection is ${connectivityState[state]}`));
      };
      this.#sockets.during(() => channel.getConnectivityState(true));
      look();
    });
  }

  onLost(callback: () => void): void {
    // Deferred, because grpc-js reports the change from the middle of its own bookkeeping, and the callback may close the channel.
    const lost = (): void => queueMicrotask(callback);
    const channel = this.#client.getChannel();
    if (channel.getConnectivityState(false) !== connectivityState.READY) lost();
    else channel.watchConnectivityState(connectivityState.READY, Number.POSITIVE_INFINITY, lost);
  }

  close(): void {
    this.#client.close();
    this.#sockets.destroy();
  }

  /** A failure for the sake of TLS, in words that say what to do. */
  #explained(error: ServiceError | null): unknown {
    const details = this.#advice(error?.details ?? "");
    return details === undefined ? error : Object.assign(new Error(details, { cause: error }), { code: status.UNAVAILABLE, details });
  }
}

function toBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
