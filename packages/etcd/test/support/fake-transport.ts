import { addressUrl, type EtcdAddress } from "../../src/etcd-address.js";
import type { EtcdCallOptions, EtcdConnection, EtcdTransport } from "../../src/etcd-transport.js";

/** One call that reached a member. */
export interface FakeCall extends EtcdCallOptions {
  readonly url: string;
  /** `MemberList` or `Authenticate`. */
  readonly method: string;
  readonly request: Uint8Array;
}

/** What a member does with a call; a promise that never settles is a silent member. */
export type Behaviour = (call: FakeCall) => Uint8Array | Promise<Uint8Array>;

/** A gRPC status as grpc-js reports it. */
export function status(code: number, details: string): Error {
  return Object.assign(new Error(`${code}: ${details}`), { code, details });
}

/** Never answers. */
export const silent: Behaviour = () => new Promise(() => undefined);

/** Answers with a status. */
export function refuses(code: number, details: string): Behaviour {
  return () => Promise.reject(status(code, details));
}

/** Members that exist only in the test; whoever is not in `members` refuses connections. */
export class FakeTransport implements EtcdTransport {
  readonly members: Map<string, Behaviour> = new Map();
  /** URLs that accept connections and never establish them. */
  readonly frozen: Set<string> = new Set();
  readonly calls: FakeCall[] = [];
  readonly connections: FakeConnection[] = [];

  connect(address: EtcdAddress): EtcdConnection {
    const connection = new FakeConnection(this, addressUrl(address));
    this.connections.push(connection);
    return connection;
  }

  /** URLs in the order in which they were first called. */
  get asked(): readonly string[] {
    return [...new Set(this.calls.map(({ url }) => url))];
  }

  /** Connections that are still open. */
  get open(): readonly FakeConnection[] {
    return this.connections.filter(({ closed }) => !closed);
  }
}

/** A connection that the test can lose. */
export class FakeConnection implements EtcdConnection {
  readonly url: string;
  closed = false;
  readonly #transport: FakeTransport;
  #lost: (() => void) | undefined;
  #closed: () => void = () => undefined;

  constructor(transport: FakeTransport, url: string) {
    this.#transport = transport;
    this.url = url;
  }

  async call(path: string, request: Uint8Array, options: EtcdCallOptions): Promise<Uint8Array> {
    const call = { ...options, url: this.url, method: path.slice(path.lastIndexOf("/") + 1), request };
    this.#transport.calls.push(call);
    const behaviour = this.#transport.members.get(this.url) ?? refuses(14, "connect ECONNREFUSED");
    return behaviour(call);
  }

  async establish(): Promise<void> {
    if (this.#transport.frozen.has(this.url)) await new Promise<void>((closed) => (this.#closed = closed));
    if (this.closed || !this.#transport.members.has(this.url)) throw new Error("the connection is TRANSIENT_FAILURE");
  }

  onLost(callback: () => void): void {
    this.#lost = callback;
  }

  close(): void {
    this.closed = true;
    this.#closed();
  }

  /** The other end goes away. */
  lose(): void {
    if (!this.closed) this.#lost?.();
  }
}
