import type { RocketmqClientOptions } from "../rocketmq-options.js";

/** A nameserver of a {@link RocketmqTestCluster}. Stays readable after it is gone. */
export interface RocketmqTestNameserver {
  /** `127.0.0.1:20001`: its own for ever. */
  readonly address: string;
}

/** A broker of a {@link RocketmqTestCluster} that takes messages. Stays readable after it is gone. */
export interface RocketmqTestBroker {
  /** `broker-a`. */
  readonly name: string;
  /** `127.0.0.1:20011`: its own for ever. */
  readonly address: string;
}

/** A broker that is only announced to nameservers: a socket registers it, nothing listens at its address. */
export interface RocketmqAnnouncement {
  /** Its name; a master and its slaves share one. */
  readonly name: string;
  /** 0 is the master. Default 0. */
  readonly id?: number | undefined;
  /** Default: the cluster's. */
  readonly cluster?: string | undefined;
  /** `host:port` that is announced. Default: one of its own where nobody listens. */
  readonly address?: string | undefined;
  /** Where it stands. Default: nowhere. */
  readonly zone?: string | undefined;
  /** Whether a slave of it may act as master. Default false. */
  readonly enableActingMaster?: boolean | undefined;
  /** Which topics it has; the value is their permission: 4 read, 2 write, 6 both. A first registration with exactly one topic is refused by RocketMQ 5. */
  readonly topics: Readonly<Record<string, number>>;
  /** Whom it is announced to, at least one. Default: every nameserver that is up and not frozen. */
  readonly at?: readonly RocketmqTestNameserver[] | undefined;
  /** How long it stays listed without a word from it, in milliseconds. Default: as long as its socket is open. */
  readonly heartbeatTimeoutMs?: number | undefined;
}

/** A {@link RocketmqAnnouncement} that was made. */
export interface RocketmqAnnouncedBroker {
  /** `host:port` that is announced. */
  readonly address: string;
  /** Announces these topics and permissions, at each of its nameservers; one that is left out stays listed, as in RocketMQ. Resolves once they have been taken. */
  change(topics: Readonly<Record<string, number>>): Promise<void>;
  /** Closes its sockets: the nameservers drop it. Resolves once they have. */
  withdraw(): Promise<void>;
}

/** How an address server answers. */
export type AddressServerMode =
  | "ok"
  | "empty"
  | "html"
  | "hang"
  | "trickle"
  | "endless"
  | "redirect-loop"
  | "error-404"
  | "error-500"
  | "error-503";

/** An HTTP server at which RocketMQ's clients and brokers look up their nameservers. */
export interface RocketmqTestAddressServer extends AsyncDisposable {
  /** `http://127.0.0.1:20005/rocketmq/nsaddr`. */
  readonly url: string;
  /** What it says in mode `ok`, in this order. May be assigned at any time. */
  addresses: readonly string[];
  /** Default `ok`. May be assigned at any time; requests that hang go on hanging. */
  mode: AddressServerMode;
  /** Requests until now, whatever came of them. */
  readonly requests: number;
  /** Closes its port and every connection. */
  stop(): Promise<void>;
  /** Listens again, on the same port. */
  start(): Promise<void>;
}

/**
 * A RocketMQ cluster that a scenario can operate, whatever it is made of: the in-process simulator and real servers implement the same
 * interface, so that the same scenarios with the same expectations run on both.
 *
 * Every method resolves once its effect can be observed by a client. A method that cannot do its work rejects.
 */
export interface RocketmqTestCluster extends AsyncDisposable {
  /** The cluster name of its brokers. */
  readonly name: string;
  /** Every nameserver that was added, up or not, in the order in which they were. */
  readonly nameservers: readonly RocketmqTestNameserver[];
  /** Every broker that was added, up or not, in the order in which they were. */
  readonly brokers: readonly RocketmqTestBroker[];
  /** Serves the addresses of the nameservers that the cluster began with until somebody changes them. */
  readonly addressServer: RocketmqTestAddressServer;
  /** What a client needs besides addresses to speak to it: empty, or `tls` and `acl`. */
  readonly client: RocketmqClientOptions;
  /** How often a broker registers with each of its nameservers, in milliseconds: as long may a nameserver that started again be empty. */
  readonly registerMs: number;
  /**
   * Adds a nameserver; it is in nobody's list until somebody puts it there.
   *
   * @param options - `up`: false only reserves its address, `start` starts it; default true. `waitMs`: for so long after each start it is not ready (`needWaitForService`,
   * `waitSecondsForService`: whole seconds); default 0.
   */
  addNameserver(options?: { readonly up?: boolean | undefined; readonly waitMs?: number | undefined }): Promise<RocketmqTestNameserver>;
  /**
   * Starts a broker; resolves once every nameserver of its list that is up lists it.
   *
   * @param options - `nameservers`: its list; default: every nameserver that was added until now, up or not. `name`: default `broker-a`, `broker-b`, …
   */
  addBroker(options?: {
    readonly name?: string | undefined;
    readonly nameservers?: readonly RocketmqTestNameserver[] | undefined;
  }): Promise<RocketmqTestBroker>;
  /** Ends a nameserver or broker orderly (SIGTERM); resolves once its port refuses. */
  stop(server: RocketmqTestNameserver | RocketmqTestBroker): Promise<void>;
  /** Ends a nameserver or broker at once (SIGKILL): its connections break, its port refuses. */
  kill(server: RocketmqTestNameserver | RocketmqTestBroker): Promise<void>;
  /** Starts what was stopped, killed or only reserved; resolves once a nameserver answers, which may be before brokers have registered; a broker: as in `addBroker`. It keeps its topics. */
  start(server: RocketmqTestNameserver | RocketmqTestBroker): Promise<void>;
  /** Stops a nameserver or broker without closing anything (SIGSTOP): connections stay open, new ones are accepted, nothing answers. */
  freeze(server: RocketmqTestNameserver | RocketmqTestBroker): Promise<void>;
  /** Lets a frozen one go on. */
  thaw(server: RocketmqTestNameserver | RocketmqTestBroker): Promise<void>;
  /** Creates a topic; resolves once every nameserver that knows these brokers lists it. `brokers`: default all that are up and not frozen. `queues`: of each kind on each broker, default 4. */
  createTopic(
    topic: string,
    options?: { readonly brokers?: readonly RocketmqTestBroker[] | undefined; readonly queues?: number | undefined },
  ): Promise<void>;
  /** Takes the write permission from every topic of a broker, at every nameserver that is up and not frozen (request 205), or gives it back (327). Rejects if none knows a topic of it. */
  setWritable(brokerName: string, writable: boolean): Promise<void>;
  /** Registers a broker that is only a name; resolves once its nameservers have taken it, and rejects if one refuses. Ends with the cluster if not before. */
  announce(announcement: RocketmqAnnouncement): Promise<RocketmqAnnouncedBroker>;
  /** Ends everything that was started and removes what it wrote. */
  [Symbol.asyncDispose](): Promise<void>;
}
