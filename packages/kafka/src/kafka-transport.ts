import type { KafkaConfig } from "kafkajs";

/** Where one broker serves clients. */
export interface KafkaAddress {
  /** Name, IPv4, or IPv6 without brackets. */
  readonly host: string;
  /** 1 to 65535. */
  readonly port: number;
}

/**
 * How brokers are spoken to: the very object that the application gives to `new Kafka`. Of it, `clientId` (default
 * `rollcall`), `ssl`, `sasl` and `socketFactory` count; its timeouts do not, since the poller has its own. It is read anew at every connection, so a getter (or a changed
 * field) can rotate a password.
 */
export type KafkaClientOptions = Partial<KafkaConfig>;

/** One request of ours, in bytes. */
export interface KafkaRequest {
  readonly apiKey: number;
  readonly apiVersion: number;
  /** For logs and errors. */
  readonly apiName: string;
  /** Everything that follows the client id of the request header; of a flexible version that begins with the header's tag buffer. */
  readonly body: Uint8Array;
}

/** The versions of one request that a broker understands. */
export interface VersionRange {
  readonly min: number;
  readonly max: number;
}

/** A connection to one broker: TLS and SASL are done and its versions are known. */
export interface KafkaConnection {
  /** By api key: what the broker said in ApiVersions. */
  readonly versions: ReadonlyMap<number, VersionRange>;
  /** Resolves with everything that follows the correlation id. Rejects with whatever the driver reports, or the signal's reason. */
  send(request: KafkaRequest, options: { readonly signal: AbortSignal }): Promise<Uint8Array>;
  /** Fails what is in progress and closes the socket. May be called twice. */
  close(): void;
}

/** How brokers are reached. The seam for another driver: everything above it works on bytes. */
export interface KafkaTransport {
  /** Connects, authenticates and asks for ApiVersions. Rejects with whatever the driver reports, or the signal's reason; then no socket is left. */
  connect(address: KafkaAddress, options: { readonly signal: AbortSignal }): Promise<KafkaConnection>;
}
