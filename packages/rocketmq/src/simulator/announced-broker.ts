import { systemClock } from "@rollcall/core";
import { REQUEST } from "../protocol/request-codes.js";
import type { RocketmqClientOptions } from "../rocketmq-options.js";
import type { RemotingAnswer, RemotingRequest, RocketmqConnection } from "../rocketmq-transport.js";
import { type Registration, registerRequest } from "./registration.js";
import { connected, remotingCall, succeeded } from "./remoting-call.js";
import type { RocketmqAnnouncedBroker, RocketmqAnnouncement, RocketmqTestNameserver } from "./rocketmq-test-cluster.js";

/** How long a nameserver may take, in milliseconds. */
const PATIENCE_MS = 10_000;

/** How often a nameserver is asked whether it has dropped a broker, in milliseconds. */
const LOOK_MS = 10;

/** In milliseconds, 24 days: until its socket closes. */
const FOR_EVER_MS = 2 ** 31 - 1;

/** What holds where an announcement says nothing, and how nameservers are spoken to. */
export interface AnnouncementContext {
  /** Name of the cluster. */
  readonly cluster: string;
  /** `host:port`, where nobody listens. */
  readonly address: string;
  /** Whom it is announced to. */
  readonly nameservers: readonly RocketmqTestNameserver[];
  /** What nameservers ask of clients: TLS or nothing. */
  readonly client: RocketmqClientOptions;
}

/**
 * Registers a broker that is only a name at nameservers, simulated or real, as a broker would (request 103), over one socket to each. It registers once and again with every `change`,
 * and is not heard of otherwise. Rejects if there is none, or if one of them cannot be reached or refuses, with what it says; then no socket stays open.
 */
export async function announceBroker(announcement: RocketmqAnnouncement, context: AnnouncementContext): Promise<RocketmqAnnouncedBroker> {
  const broker = new AnnouncedBroker(announcement, context);
  if ((announcement.at ?? context.nameservers).length === 0) throw new Error(`no nameserver is there to take ${announcement.name}`);
  try {
    await broker.change(announcement.topics);
  } catch (error) {
    broker.hangUp();
    throw error;
  }
  return broker;
}

class AnnouncedBroker implements RocketmqAnnouncedBroker {
  readonly address: string;
  readonly #registration: Omit<Registration, "topics">;
  readonly #at: readonly RocketmqTestNameserver[];
  readonly #client: RocketmqClientOptions;
  readonly #connections = new Map<RocketmqTestNameserver, RocketmqConnection>();
  #changes = 0;
  #last: Promise<unknown> = Promise.resolve();
  /** Ends what is being said. */
  #speaking = new AbortController();

  constructor({ name, id = 0, zone, at, ...given }: RocketmqAnnouncement, context: AnnouncementContext) {
    const { cluster = context.cluster, address = context.address, enableActingMaster = false, heartbeatTimeoutMs = FOR_EVER_MS } = given;
    const version = { counter: 0, timestamp: Math.floor(systemClock.wallNow()), stateVersion: 0 };
    this.address = address;
    this.#registration = { cluster, name, id, address, zone, enableActingMaster, heartbeatTimeoutMs, version };
    this.#at = at ?? context.nameservers;
    this.#client = context.client;
  }

  async change(topics: Readonly<Record<string, number>>): Promise<void> {
    this.#changes += 1;
    const configs = Object.entries(topics).map(([topicName, perm]) => ({ topicName, readQueueNums: 4, writeQueueNums: 4, perm }));
    const version = { ...this.#registration.version, counter: this.#changes };
    const request = registerRequest({ ...this.#registration, version, topics: configs });
    const told = this.#last.then(() => Promise.all(this.#at.map((nameserver) => this.#tell(nameserver, request))));
    this.#last = told.catch(() => {});
    await told;
  }

  async withdraw(): Promise<void> {
    const told = [...this.#connections.keys()];
    this.hangUp();
    await Promise.all(told.map((nameserver) => this.#dropped(nameserver)));
  }

  /** Closes every socket, and those that are being connected. */
  hangUp(): void {
    this.#speaking.abort();
    this.#speaking = new AbortController();
    for (const connection of this.#connections.values()) connection.close();
    this.#connections.clear();
  }

  async #tell(nameserver: RocketmqTestNameserver, request: RemotingRequest): Promise<void> {
    const signal = AbortSignal.any([this.#speaking.signal, AbortSignal.timeout(PATIENCE_MS)]);
    const ask = async (): Promise<RemotingAnswer> => {
      const connection = this.#connections.get(nameserver) ?? (await connected(nameserver.address, this.#client, signal));
      if (!signal.aborted) this.#connections.set(nameserver, connection);
      else connection.close();
      return await connection.request(request, { signal });
    };
    const known = this.#connections.get(nameserver);
    const answer = await ask().catch((error: unknown) => {
      if (known === undefined) throw error;
      this.#connections.delete(nameserver); // it may have been replaced since
      known.close();
      return ask();
    });
    succeeded(answer, `the registration of ${this.address} at ${nameserver.address}`);
  }

  /** Resolves once a nameserver does not list it, or does not answer. */
  async #dropped(nameserver: RocketmqTestNameserver): Promise<void> {
    const signal = AbortSignal.timeout(PATIENCE_MS);
    while (await this.#listedAt(nameserver, signal)) await pause(LOOK_MS);
  }

  async #listedAt({ address }: RocketmqTestNameserver, signal: AbortSignal): Promise<boolean> {
    try {
      const { body } = await remotingCall(address, { code: REQUEST.GET_BROKER_CLUSTER_INFO }, this.#client, { signal });
      return Buffer.from(body).includes(JSON.stringify(this.address));
    } catch {
      return false;
    }
  }
}

async function pause(ms: number): Promise<void> {
  await new Promise<void>((resolve) => systemClock.setTimeout(resolve, ms, true));
}
