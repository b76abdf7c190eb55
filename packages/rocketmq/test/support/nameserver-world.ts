import { setMaxListeners } from "node:events";
import { hostPort } from "@rollcall/core";
import { ManualClock } from "@rollcall/testkit";
import { REQUEST, RESPONSE } from "../../src/protocol/request-codes.js";
import type {
  RemotingAnswer,
  RemotingRequest,
  RocketmqAddress,
  RocketmqConnection,
  RocketmqTransport,
} from "../../src/rocketmq-transport.js";

/** A broker as nameservers know it. */
export interface WorldBroker {
  readonly address: string;
  readonly name: string;
  /** Default 0. */
  readonly id?: number;
  /** Default `c`. */
  readonly cluster?: string;
  readonly zone?: string;
  /** Permission by topic. */
  readonly topics: Readonly<Record<string, number>>;
}

/** What a nameserver says instead; undefined: nothing, for ever. */
export type WorldScript = (request: RemotingRequest) => Partial<RemotingAnswer> | Promise<Partial<RemotingAnswer>> | undefined;

/** A nameserver in memory, which says what it lists. */
export class WorldNameserver {
  brokers: readonly WorldBroker[];
  script: WorldScript = (request) => this.say(request);

  constructor(brokers: readonly WorldBroker[]) {
    this.brokers = brokers;
  }

  /** What a good one says. */
  say({ code, fields = {} }: RemotingRequest): Partial<RemotingAnswer> {
    if (code === REQUEST.GET_BROKER_CLUSTER_INFO) return { body: clusterInfo(this.brokers) };
    if (code !== REQUEST.GET_ROUTEINFO_BY_TOPIC) return { code: RESPONSE.REQUEST_CODE_NOT_SUPPORTED };
    const topic = fields["topic"] ?? "";
    const brokers = this.brokers.filter((each) => topic in each.topics);
    return brokers.length > 0 ? { body: topicRoute(brokers, topic) } : { code: RESPONSE.TOPIC_NOT_EXIST };
  }
}

/** Takes connections and says nothing. */
export const frozen: WorldScript = () => undefined;

/** A cluster in memory: nameservers at `n1:9876`, `n2:9876`, …, which all list the same until a test changes one. */
export class NameserverWorld implements RocketmqTransport {
  readonly clock: ManualClock = new ManualClock();
  /** By `host:port`. Nobody listens at others. */
  readonly listening = new Map<string, WorldNameserver>();
  readonly open = new Set<RocketmqConnection>();
  readonly #asked: string[] = [];

  constructor(names: readonly string[], brokers: readonly WorldBroker[]) {
    for (const name of names) this.add(name, brokers);
  }

  /** What a source takes besides its options. */
  get context(): { readonly transport: () => RocketmqTransport; readonly clock: ManualClock } {
    return { transport: () => this, clock: this.clock };
  }

  add(name: string, brokers: readonly WorldBroker[]): void {
    this.listening.set(`${name}:9876`, new WorldNameserver(brokers));
  }

  /** One nameserver. */
  at(name: string): WorldNameserver {
    const server = this.listening.get(`${name}:9876`);
    if (server === undefined) throw new Error(`${name} is not there`);
    return server;
  }

  /** From now on all these list these brokers. */
  list(names: readonly string[], brokers: readonly WorldBroker[]): void {
    for (const name of names) this.at(name).brokers = brokers;
  }

  /** Whom a connection was asked for since the last time, sorted. */
  asked(): string {
    return this.#asked.splice(0).sort().join(" ");
  }

  async connect(address: RocketmqAddress, { signal }: { readonly signal: AbortSignal }): Promise<RocketmqConnection> {
    const name = hostPort.format(address);
    this.#asked.push(address.port === 9876 ? address.host : name);
    const server = this.listening.get(name);
    signal.throwIfAborted();
    if (server === undefined) throw Object.assign(new Error(`connect ECONNREFUSED ${name}`), { code: "ECONNREFUSED" });
    const closed = new AbortController();
    setMaxListeners(0, closed.signal);
    const connection: RocketmqConnection = {
      request: async (request, options) => {
        const said = server.script(request) ?? new Promise<never>(() => undefined);
        const answer = await Promise.race([said, fired(options.signal), fired(closed.signal)]);
        return { code: 0, remark: undefined, fields: {}, body: new Uint8Array(), ...answer };
      },
      close: () => {
        if (this.open.delete(connection)) closed.abort(new Error("the connection was closed"));
      },
    };
    this.open.add(connection);
    return connection;
  }
}

/** A broker `b1` at `b1:10911`, with one topic `t` that may be read and written, unless something else is given. */
export function broker(name: string, given: Partial<WorldBroker> = {}): WorldBroker {
  return { address: `${name}:10911`, name, topics: { t: 6 }, ...given };
}

/** The body of 106, as nameservers write it: with bare keys. */
export function clusterInfo(brokers: readonly WorldBroker[]): Uint8Array {
  const table = brokerDatas(brokers).map(({ name, text }) => `${JSON.stringify(name)}:${text}`);
  return Buffer.from(`{"brokerAddrTable":{${table.join(",")}},"clusterAddrTable":{}}`);
}

/** The body of 105. */
export function topicRoute(brokers: readonly WorldBroker[], topic: string): Uint8Array {
  const datas = brokerDatas(brokers);
  const queueDatas = datas.map(({ name, perm }) => {
    return { brokerName: name, readQueueNums: 4, writeQueueNums: 4, perm: perm(topic), topicSysFlag: 0 };
  });
  const brokerTexts = datas.map(({ text }) => text).join(",");
  return Buffer.from(`{"brokerDatas":[${brokerTexts}],"filterServerTable":{},"queueDatas":${JSON.stringify(queueDatas)}}`);
}

function brokerDatas(
  brokers: readonly WorldBroker[],
): readonly { readonly name: string; readonly text: string; perm(topic: string): number }[] {
  return [...new Set(brokers.map(({ name }) => name))].map((name) => {
    const members = brokers.filter((each) => each.name === name);
    const { cluster = "c", zone } = members[0] ?? {};
    const addresses = members.map(({ id = 0, address }) => `${id}:${JSON.stringify(address)}`).join(",");
    const rest = JSON.stringify({ cluster, brokerName: name, enableActingMaster: false, ...(zone !== undefined && { zoneName: zone }) });
    return { name, text: `{"brokerAddrs":{${addresses}},${rest.slice(1)}`, perm: (topic) => members[0]?.topics[topic] ?? 0 };
  });
}

function fired(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
}
