import type { Socket } from "node:net";
import type { TLSSocketOptions } from "node:tls";
import { DiscoveryError } from "@rollcall/core";

/** kafkajs's own default is `network/socketFactory.js`; an application may give another one. */
export type SocketFactory = (target: {
  readonly host: string;
  readonly port: number;
  readonly ssl: object;
  readonly onConnect: () => void;
}) => Socket;

/** One connection of kafkajs 2.2.4 (`network/connection.js`), as far as it is used here. */
export interface InnerConnection {
  /** Set while a token of SASL without SaslAuthenticate (Kafka before 1.0) is awaited. */
  readonly authHandlers: object | null;
  readonly requestQueue: InnerQueue;
  /** Takes every chunk that the socket reads. */
  processData(chunk: Buffer): void;
  connect(): Promise<unknown>;
  authenticate(): Promise<void>;
  setVersions(versions: Readonly<Record<number, { readonly minVersion: number; readonly maxVersion: number }>>): void;
  setSupportAuthenticationProtocol(supported: boolean): void;
  send(exchange: {
    readonly request: { readonly apiKey: number; readonly apiVersion: number; readonly apiName: string; encode(): Promise<InnerEncoder> };
    readonly response: { decode(payload: Uint8Array): Promise<Uint8Array>; parse(decoded: Uint8Array): Promise<Uint8Array> };
  }): Promise<Uint8Array>;
}

/** What `protocol/request.js` reads of an encoder. */
export interface InnerEncoder {
  readonly buf: Buffer;
  readonly buffer: Buffer;
}

/** The requests of a connection (`network/requestQueue/index.js`). */
export interface InnerQueue {
  readonly inflight: ReadonlyMap<number, object>;
  fulfillRequest(response: { readonly correlationId: number }): void;
  push(request: { readonly entry: { reject(error: Error): void } }): void;
  rejectAll(error: Error): void;
  scheduleCheckPendingRequests(): void;
}

/** How kafkajs is told to connect. */
export interface InnerConnectionOptions {
  readonly host: string;
  readonly port: number;
  readonly clientId: string;
  readonly ssl: TLSSocketOptions | boolean | undefined;
  readonly sasl: object | undefined;
  readonly socketFactory: SocketFactory;
  readonly logger: object;
  readonly connectionTimeout: number;
  readonly requestTimeout: number;
  readonly enforceRequestTimeout: boolean;
  readonly reauthenticationThreshold: number;
}

/** The inner modules of kafkajs. */
export interface KafkajsModules {
  connection(options: InnerConnectionOptions): InnerConnection;
  socketFactory(): SocketFactory;
}

/** A CommonJS module, as `import()` gives it. */
interface Imported {
  readonly default: unknown;
}

const METHODS = ["processData", "connect", "authenticate", "setVersions", "setSupportAuthenticationProtocol", "send"] as const;
const QUEUE_METHODS = ["fulfillRequest", "push", "rejectAll", "scheduleCheckPendingRequests"] as const;

/**
 * The inner modules of kafkajs, with their types. kafkajs has no public way to put a request of one's own to a broker, and 2.2.4 is its last release (2023): what is
 * relied on is looked at before it is used, so that another kafkajs is one clear error.
 *
 * @param load - imports `network/connection.js` and `network/socketFactory.js`
 * @throws DiscoveryError `INVALID_OPTIONS` if this kafkajs is made otherwise.
 */
export async function kafkajsModules(load: () => Promise<readonly [Imported, Imported]>): Promise<KafkajsModules> {
  const [Connection, socketFactory] = await load().then(
    (modules) => modules.map((module) => module.default),
    (error: unknown) => {
      throw unsupported(`cannot be imported (${error instanceof Error ? error.message : String(error)})`, error);
    },
  );
  if (typeof Connection !== "function") throw unsupported("has no class in network/connection.js");
  if (typeof socketFactory !== "function") throw unsupported("has no function in network/socketFactory.js");
  const connectionClass = Connection as new (options: InnerConnectionOptions) => InnerConnection;
  return {
    connection: (options) => {
      const connection = new connectionClass(options);
      requireMethods(connection, METHODS, "network/connection.js");
      requireMethods(connection.requestQueue, QUEUE_METHODS, "network/requestQueue");
      if (!(connection.requestQueue.inflight instanceof Map)) throw unsupported("has no map inflight in network/requestQueue");
      return connection;
    },
    socketFactory: socketFactory as () => SocketFactory,
  };
}

function requireMethods(value: unknown, names: readonly string[], where: string): void {
  const methods = Object(value) as Record<string, unknown>;
  const missing = names.find((name) => typeof methods[name] !== "function");
  if (missing) throw unsupported(`has no method ${missing} in ${where}`);
}

function unsupported(what: string, cause?: unknown): DiscoveryError {
  return new DiscoveryError("INVALID_OPTIONS", `the installed kafkajs ${what}; version ^2.2.4 is needed`, { source: "kafka", cause });
}
