import { once } from "node:events";
import { type AddressInfo, createServer, type Server } from "node:net";
import { type Clock, type Endpoint, systemClock } from "@rollcall/core";
import { type ChaosBehaviour, checkBehaviour } from "./chaos-behaviour.js";
import { ChaosLink, type LinkHost } from "./chaos-link.js";

/** A TCP proxy that breaks connections the way networks and machines do. {@link chaosProxy} makes one. */
export interface ChaosProxy extends AsyncDisposable {
  /** Where it listens: always 127.0.0.1. */
  readonly host: string;
  /** Where it listens; also after `refuse`. */
  readonly port: number;
  /** Connections that clients have to it now. A silent one counts until it is ended from here: nobody reads that the client left. */
  readonly connections: number;
  /** Connections accepted so far. */
  readonly accepted: number;
  /**
   * Treats every connection like this from now on, those that are open too. What is on its way already may still arrive. Resolves when
   * that holds: nobody is listening any more after `refuse`, somebody is after anything else.
   * @throws DiscoveryError `INVALID_OPTIONS`
   */
  behave(behaviour: ChaosBehaviour): Promise<void>;
  /** Resets every connection and stops listening. Idempotent. */
  close(): Promise<void>;
}

/**
 * A proxy on a free port of 127.0.0.1 in front of a member, for tests of what a client does when a connection is slow, cut, silent
 * or half way through an answer.
 *
 * @param target - where connections lead; connected to when something is to pass, so it need not exist before
 * @param options - `behaviour`: how it begins, default `{ kind: "forward" }`. `port`: where it listens, default 0 (any that is free).
 * `clock`: measures `delay`, default the system's; a manual clock lets the test say when.
 * @throws DiscoveryError `INVALID_OPTIONS`
 */
export async function chaosProxy(
  target: Pick<Endpoint, "host" | "port">,
  options: { readonly behaviour?: ChaosBehaviour | undefined; readonly port?: number | undefined; readonly clock?: Clock | undefined } = {},
): Promise<ChaosProxy> {
  const { behaviour = { kind: "forward" }, port = 0, clock = systemClock } = options;
  checkBehaviour(behaviour);
  const proxy = new ListeningProxy({ target, clock }, behaviour, port);
  await proxy.listen();
  await proxy.behave(behaviour);
  return proxy;
}

class ListeningProxy implements ChaosProxy {
  readonly host = "127.0.0.1";
  readonly #server: Server;
  readonly #links = new Set<ChaosLink>();
  #behaviour: ChaosBehaviour;
  #port: number;
  #accepted = 0;
  #closed = false;

  constructor(to: Omit<LinkHost, "closed">, behaviour: ChaosBehaviour, port: number) {
    this.#port = port;
    this.#behaviour = behaviour;
    const host: LinkHost = { ...to, closed: (link) => void this.#links.delete(link) };
    this.#server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
      this.#accepted += 1;
      this.#links.add(new ChaosLink(host, client, this.#behaviour));
    });
  }

  get port(): number {
    return this.#port;
  }

  get connections(): number {
    return this.#links.size;
  }

  get accepted(): number {
    return this.#accepted;
  }

  async behave(behaviour: ChaosBehaviour): Promise<void> {
    checkBehaviour(behaviour);
    this.#behaviour = behaviour;
    for (const link of this.#links) link.behave(behaviour);
    await (behaviour.kind === "refuse" || this.#closed ? this.#refuse() : this.listen());
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.behave({ kind: "refuse" });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async listen(): Promise<void> {
    if (this.#server.listening) return;
    this.#server.listen(this.#port, this.host);
    await once(this.#server, "listening");
    this.#port = (this.#server.address() as AddressInfo).port;
  }

  async #refuse(): Promise<void> {
    if (!this.#server.listening) return;
    const closed = once(this.#server, "close");
    this.#server.close();
    await closed;
  }
}
