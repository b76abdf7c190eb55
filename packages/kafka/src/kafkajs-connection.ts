import type { Socket } from "node:net";
import { DiscoveryError, toDiscoveryError } from "@rollcall/core";
import { FrameCap } from "./frame-cap.js";
import { CLOSING_HINT } from "./kafka-error.js";
import type { KafkaAddress, KafkaClientOptions, KafkaConnection, KafkaRequest, VersionRange } from "./kafka-transport.js";
import type { InnerConnection, KafkajsModules, SocketFactory } from "./kafkajs-modules.js";
import { apiVersionsRequest, readApiVersions } from "./protocol/api-versions.js";

/** Longer than any signal waits, and what a timer can hold. */
const FOREVER_MS = 2 ** 31 - 1;

/** The api key of SaslAuthenticate (KIP-152). */
const SASL_AUTHENTICATE = 36;

/** The client id of whoever gives none. */
const CLIENT_ID = "rollcall";

/**
 * One connection, made by kafkajs's own code: TLS, SASL with every mechanism, and the application's `socketFactory` come with it. The timers, logs and deadlines of
 * kafkajs are switched off: the caller's signals are the only deadline. It fails once, for whatever ends it first, and then its socket is destroyed.
 */
export class KafkajsConnection implements KafkaConnection {
  versions: ReadonlyMap<number, VersionRange> = new Map();
  readonly #inner: InnerConnection;
  readonly #processData: (chunk: Buffer) => void;
  readonly #frames = new FrameCap();
  /** Rejects when the connection ends. */
  readonly #over: Promise<never>;
  #fail: (reason: unknown) => void = () => undefined;
  #ended = false;
  /** Whether kafkajs waits for the connection, with a timer that only an event of the socket stops. */
  #connecting = true;
  #socket: Socket | undefined;

  /**
   * Does nothing yet.
   *
   * @throws DiscoveryError `INVALID_OPTIONS` if this kafkajs is made otherwise.
   */
  constructor(modules: KafkajsModules, client: KafkaClientOptions, { host, port }: KafkaAddress) {
    this.#over = new Promise((_, reject) => {
      this.#fail = reject;
    });
    this.#over.catch(() => undefined); // whoever is in the middle of something is told
    const { clientId = CLIENT_ID, ssl, sasl, socketFactory = modules.socketFactory() } = client;
    this.#inner = modules.connection({
      ...{ host, port, clientId, ssl },
      sasl: sasl && viewOf(sasl),
      socketFactory: (target) => this.#watched(() => (socketFactory as SocketFactory)(target)),
      logger: silentLogger(),
      ...{ connectionTimeout: FOREVER_MS, requestTimeout: FOREVER_MS, enforceRequestTimeout: false, reauthenticationThreshold: 0 },
    });
    this.#processData = this.#inner.processData.bind(this.#inner);
    this.#tame();
  }

  /** Connects, asks for the versions and authenticates. Rejects with whatever ends the connection before that. */
  async open(): Promise<void> {
    await this.#unlessOver(this.#inner.connect());
    this.#connecting = false;
    this.versions = readApiVersions(await this.#exchange(apiVersionsRequest()));
    const versions = [...this.versions].map(([key, { min, max }]) => [key, { minVersion: min, maxVersion: max }] as const);
    this.#inner.setVersions(Object.fromEntries(versions));
    this.#inner.setSupportAuthenticationProtocol(this.versions.has(SASL_AUTHENTICATE));
    await this.#unlessOver(this.#inner.authenticate());
  }

  async send(request: KafkaRequest, { signal }: { readonly signal: AbortSignal }): Promise<Uint8Array> {
    return await unlessAborted(signal, this.#exchange(request));
  }

  close(): void {
    this.end(new DiscoveryError("CLOSED", "the connection has been closed", { source: "kafka" }));
  }

  /** Like `close`; what is in progress fails with this reason. */
  end(reason: unknown): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#fail(reason);
    const error = reason instanceof Error ? reason : toDiscoveryError(reason, "kafka", "ABORTED");
    // An authenticator may be waiting, or come later.
    const { requestQueue } = this.#inner;
    requestQueue.rejectAll(error);
    requestQueue.push = ({ entry }) => entry.reject(error);
    if (!this.#connecting) this.#socket?.destroy();
    else if (this.#socket?.destroyed) this.#socket.emit("error", error);
    else this.#socket?.destroy(error);
  }

  async #exchange({ apiKey, apiVersion, apiName, body }: KafkaRequest): Promise<Uint8Array> {
    const buffer = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
    const asIs = async (payload: Uint8Array): Promise<Uint8Array> => payload;
    const request = { apiKey, apiVersion, apiName, encode: async () => ({ buf: buffer, buffer }) };
    return await this.#unlessOver(this.#inner.send({ request, response: { decode: asIs, parse: asIs } }));
  }

  async #unlessOver<R>(work: Promise<R>): Promise<R> {
    return await Promise.race([this.#over, work]);
  }

  /** Hears of the socket's end before kafkajs does, and of why there is none: kafkajs would tell only the message. */
  #watched(dial: () => unknown): Socket {
    try {
      const socket = socketOf(dial());
      this.#socket = socket;
      socket.on("error", (error) => this.#heard(error)).on("end", () => this.#heard(closed()));
      socket.on("close", () => this.end(closed()));
      return socket;
    } catch (thrown) {
      this.end(thrown);
      throw thrown;
    }
  }

  /** Ends for an event that stops kafkajs's timer as well. */
  #heard(reason: unknown): void {
    this.#connecting = false;
    this.end(reason);
  }

  #tame(): void {
    const { requestQueue } = this.#inner;
    this.#inner.processData = (chunk) => this.#processChecked(chunk);
    const fulfillRequest = requestQueue.fulfillRequest.bind(requestQueue);
    // kafkajs only logs an answer to nothing, and the question would wait until its signal fires.
    requestQueue.fulfillRequest = (response) => {
      if (requestQueue.inflight.has(response.correlationId)) fulfillRequest(response);
      else this.end(malformed(`the answer carries correlation id ${response.correlationId}, which nothing was asked with`));
    };
    // kafkajs looks every millisecond whether a request that was held back may go, with a negative delay, of which Node warns since version 21, for as long as the
    // connection lives. None is held back here.
    requestQueue.scheduleCheckPendingRequests = () => undefined;
  }

  #processChecked(chunk: Buffer): void {
    const refusal = this.#frames.refuses(chunk, this.#inner.authHandlers ? 0 : undefined);
    if (refusal) return this.end(refusal);
    try {
      this.#processData(chunk);
    } catch (thrown) {
      this.end(malformed("kafkajs cannot read the answer", thrown)); // in the socket's event it would end the process
    }
  }
}

/** Settles with `work`, or at once with the signal's reason. */
export function unlessAborted<R>(signal: AbortSignal, work: Promise<R>): Promise<R> {
  return new Promise((resolve, reject) => {
    const stop = (): void => reject(signal.reason);
    if (signal.aborted) stop();
    signal.addEventListener("abort", stop, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener("abort", stop));
  });
}

/**
 * Reads the application's `sasl` at every access, as its own methods and getters see it, and keeps what is written: kafkajs writes the authenticator it made into the
 * object (`broker/saslAuthenticator/index.js`), which may be frozen, and is not ours to change. So the target is not `sasl` either.
 */
function viewOf(sasl: object): object {
  return new Proxy<Record<PropertyKey, unknown>>(
    {},
    {
      get: (written, name) => {
        if (Object.hasOwn(written, name)) return written[name];
        const value: unknown = Reflect.get(sasl, name);
        return typeof value === "function" ? value.bind(sasl) : value;
      },
    },
  );
}

/** What kafkajs and this file call. */
const SOCKET_METHODS = ["on", "emit", "write", "end", "unref", "destroy"] as const;

/**
 * What a `socketFactory` returned. A socket that comes later, out of a promise, is destroyed.
 *
 * @throws DiscoveryError `INVALID_OPTIONS` if it is no socket.
 */
function socketOf(given: unknown): Socket {
  const methods = Object(given) as Record<string, unknown>;
  if (SOCKET_METHODS.every((name) => typeof methods[name] === "function")) return given as Socket;
  const late = Promise.resolve(given) as Promise<Partial<Socket> | null | undefined>;
  late.then((socket) => socket?.destroy?.()).catch(() => undefined);
  const what = typeof methods["then"] === "function" ? "a promise" : given === null ? "null" : typeof given;
  throw new DiscoveryError("INVALID_OPTIONS", `client.socketFactory must return a socket, it returned ${what}`, { source: "kafka" });
}

function closed(): DiscoveryError {
  return new DiscoveryError("UNAVAILABLE", `the connection was closed; ${CLOSING_HINT}`, { source: "kafka" });
}

function malformed(text: string, cause?: unknown): DiscoveryError {
  return new DiscoveryError("MALFORMED_RESPONSE", text, { source: "kafka", cause });
}

/** What goes wrong is in the error; kafkajs would log it too, at each attempt. */
function silentLogger(): object {
  const nothing = (): undefined => undefined;
  const logger = { namespace: () => logger, debug: nothing, info: nothing, warn: nothing, error: nothing };
  return logger;
}
