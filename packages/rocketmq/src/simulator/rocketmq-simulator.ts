import type { RocketmqMessage } from "./message-log.js";
import type { RocketmqTestBroker, RocketmqTestCluster, RocketmqTestNameserver } from "./rocketmq-test-cluster.js";
import type { ScriptedAnswer } from "./scripted-answer.js";

/** A {@link RocketmqTestCluster} inside this process, with what only a script needs. */
export interface RocketmqSimulator extends RocketmqTestCluster {
  /** How many connections of clients are open, over all servers. Those over which brokers have registered do not count. */
  readonly connections: number;
  /** How often each request was asked since the start, over all servers, by RocketMQ's name (`GET_ROUTEINFO_BY_TOPIC`), or as `request 999`. */
  readonly requests: ReadonlyMap<string, number>;
  /** As `connections`, of one server. */
  connectionsOf(server: RocketmqTestNameserver | RocketmqTestBroker): number;
  /** As `requests`, of one server. */
  requestsOf(server: RocketmqTestNameserver | RocketmqTestBroker): ReadonlyMap<string, number>;
  /** Everything that was sent to a topic, in this order; `[]` for a topic that has nothing or does not exist. */
  messages(topic: string): readonly RocketmqMessage[];
  /**
   * What a server does from now on, in this life and later ones; undefined ends that.
   *
   * @param codes - with which requests, by their codes. Default: a nameserver with 105 and 106, a broker with all
   */
  answer(server: RocketmqTestNameserver | RocketmqTestBroker, script: ScriptedAnswer | undefined, codes?: readonly number[]): void;
  /** Empties the tables of a nameserver, as a restart does; its connections stay. Brokers fill them within `registerMs`. */
  forget(nameserver: RocketmqTestNameserver): void;
  /**
   * Keeps a broker from a nameserver of its list, at once and until `held` is false. Resolves once the nameserver shows it.
   *
   * @param held - default true
   */
  hold(broker: RocketmqTestBroker, nameserver: RocketmqTestNameserver, held?: boolean): Promise<void>;
  /** A server sends each of its clients a request of its own (40), as brokers do. */
  serverPush(server: RocketmqTestNameserver | RocketmqTestBroker): void;
}
