import type { DataVersion, Registration, TopicConfig } from "./registration.js";

/** The permission to write. */
const WRITE = 2;

/** Read and write: what `ADD_WRITE_PERM_OF_BROKER` gives, whatever there was. */
const READ_AND_WRITE = 6;

/** The brokers of one name, as a nameserver keeps them (`BrokerData.java`). */
export interface BrokerGroup {
  readonly name: string;
  readonly cluster: string;
  readonly zone: string | undefined;
  readonly actingMaster: boolean;
  /** Address by id. Empty for the phantom that a refused first registration leaves. */
  readonly addresses: ReadonlyMap<number, string>;
}

/** What a nameserver knows of one topic. */
export interface TopicRoute {
  readonly groups: readonly BrokerGroup[];
  /** By name of the brokers. */
  readonly queues: ReadonlyMap<string, TopicConfig>;
}

interface Alive<Peer> {
  readonly registration: Registration;
  readonly peer: Peer;
  readonly heardAt: number;
}

/**
 * What one nameserver has heard (`RouteInfoManager.java` of RocketMQ 5, with `supportActingMaster`). A topic that a broker does not name any more stays, until the broker goes.
 *
 * @typeParam Peer - the connection over which a broker registered
 */
export class RouteTables<Peer> {
  readonly #expiryMs: number;
  readonly #groups = new Map<string, BrokerGroup>();
  readonly #topics = new Map<string, Map<string, TopicConfig>>();
  readonly #alive = new Map<string, Alive<Peer>>();

  /** @param expiryMs - how long after its last word a broker stays that does not say how long */
  constructor(expiryMs: number) {
    this.#expiryMs = expiryMs;
  }

  /** Every group, phantoms included. */
  get groups(): Iterable<BrokerGroup> {
    return this.#groups.values();
  }

  /** Every topic. */
  get topics(): Iterable<string> {
    return this.#topics.keys();
  }

  /** The brokers of this name. */
  group(name: string): BrokerGroup | undefined {
    return this.#groups.get(name);
  }

  /** Whether a broker at this address is registered. */
  lists(address: string): boolean {
    return this.#alive.has(address);
  }

  /** Takes a broker's word. False: refused, and if its group is new it remains as a phantom. */
  register(registration: Registration, peer: Peer, now: number): boolean {
    const { name, cluster, id, address, zone, enableActingMaster = false } = registration;
    const addresses = new Map([...(this.#groups.get(name)?.addresses ?? [])].filter(([other, at]) => at !== address || other === id));
    this.#groups.set(name, { name, cluster, zone, actingMaster: enableActingMaster, addresses });
    const rival = this.#alive.get(addresses.get(id) ?? "");
    if (rival && rival.registration.address !== address && rival.registration.version.stateVersion > registration.version.stateVersion) {
      this.#alive.delete(address);
      return true; // the real one says nothing of it either
    }
    const first = !addresses.has(id);
    if (first && registration.topics.length === 1) return false;
    addresses.set(id, address);
    const changed = first || !sameVersion(this.#alive.get(address)?.registration.version, registration.version);
    if (speaksOfTopics(registration, addresses)) this.#takeTopics(registration, changed);
    this.#alive.set(address, { registration, peer, heardAt: now });
    return true;
  }

  /** A sign of life. */
  heard(address: string, now: number): void {
    const alive = this.#alive.get(address);
    if (alive) this.#alive.set(address, { ...alive, heardAt: now });
  }

  /** Forgets one broker. */
  unregister(name: string, address: string): void {
    this.#alive.delete(address);
    const group = this.#groups.get(name);
    if (group === undefined) return;
    const addresses = new Map([...group.addresses].filter(([, at]) => at !== address));
    if (addresses.size > 0) this.#groups.set(name, { ...group, addresses });
    else this.#groups.delete(name);
    if (addresses.size === 0) this.#dropTopics(name);
    else if (group.actingMaster && !addresses.has(0)) this.#changePerm(name, (perm) => perm & ~WRITE);
  }

  /** A connection is gone, and with it the brokers that registered over it. */
  lost(peer: Peer): void {
    for (const { registration, peer: own } of this.#alive.values())
      if (own === peer) this.unregister(registration.name, registration.address);
  }

  /** Forgets everybody who has been silent for too long; their connections, for the nameserver closes them. */
  expire(now: number): readonly Peer[] {
    const expired = [...this.#alive.values()].filter(
      ({ registration, heardAt }) => now - heardAt > (registration.heartbeatTimeoutMs ?? this.#expiryMs),
    );
    for (const { registration } of expired) this.unregister(registration.name, registration.address);
    return expired.map(({ peer }) => peer);
  }

  /** Takes the permission to write from every topic of a broker, or gives it back. How many topics. */
  setWritable(name: string, writable: boolean): number {
    return this.#changePerm(name, (perm) => (writable ? READ_AND_WRITE : perm & ~WRITE));
  }

  /** Where a topic is; the slave that acts as master stands under id 0. Undefined: no broker has it. */
  route(topic: string): TopicRoute | undefined {
    const queues = this.#topics.get(topic) ?? new Map<string, TopicConfig>();
    const groups = [...queues].flatMap(([name, { perm }]) => {
      const group = this.#groups.get(name);
      return group === undefined ? [] : withActingMaster(group, perm);
    });
    return groups.length === 0 ? undefined : { groups, queues };
  }

  #takeTopics({ name, id, enableActingMaster, topics }: Registration, changed: boolean): void {
    for (const config of topics) {
      const topic = config.topicName;
      const brokers = this.#topics.get(topic) ?? new Map<string, TopicConfig>();
      this.#topics.set(topic, brokers);
      if (!changed && brokers.has(name)) continue; // so a permission that was taken away stays so
      brokers.set(name, id !== 0 && enableActingMaster ? { ...config, perm: config.perm & ~WRITE } : config);
    }
  }

  #dropTopics(name: string): void {
    for (const [topic, brokers] of this.#topics) {
      brokers.delete(name);
      if (brokers.size === 0) this.#topics.delete(topic);
    }
  }

  #changePerm(name: string, change: (perm: number) => number): number {
    let topics = 0;
    for (const brokers of this.#topics.values()) {
      const config = brokers.get(name);
      if (config === undefined) continue;
      brokers.set(name, { ...config, perm: change(config.perm) });
      topics += 1;
    }
    return topics;
  }
}

function sameVersion(before: DataVersion | undefined, after: DataVersion): boolean {
  return before?.counter === after.counter && before.timestamp === after.timestamp && before.stateVersion === after.stateVersion;
}

/** A master does, and the slave with the lowest id where there is none. */
function speaksOfTopics({ id, enableActingMaster }: Registration, addresses: ReadonlyMap<number, string>): boolean {
  return id === 0 || (enableActingMaster !== undefined && id === Math.min(...addresses.keys()));
}

function withActingMaster(group: BrokerGroup, perm: number): BrokerGroup {
  if (!group.actingMaster || group.addresses.size === 0 || group.addresses.has(0) || (perm & WRITE) !== 0) return group;
  const acting = Math.min(...group.addresses.keys());
  return { ...group, addresses: new Map([...group.addresses].map(([id, address]) => [id === acting ? 0 : id, address])) };
}
