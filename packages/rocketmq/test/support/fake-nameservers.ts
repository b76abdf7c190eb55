import { hostPort } from "@rollcall/core";
import { REQUEST } from "../../src/protocol/request-codes.js";
import type {
  RemotingAnswer,
  RemotingRequest,
  RocketmqAddress,
  RocketmqConnection,
  RocketmqTransport,
} from "../../src/rocketmq-transport.js";

/** What somebody at an address says; undefined: nothing, for ever. */
export type Saying = (request: RemotingRequest) => Partial<RemotingAnswer> | undefined;

/** Servers of the remoting protocol in memory. */
export class FakeNameservers implements RocketmqTransport {
  /** By `host:port`. Nobody listens at others. */
  readonly listening = new Map<string, Saying>();
  /** Which codes each was asked, per connection: `a:1 106,105`. */
  readonly asked: string[] = [];
  readonly open = new Set<RocketmqConnection>();

  async connect(address: RocketmqAddress, options: { readonly signal: AbortSignal }): Promise<RocketmqConnection> {
    const name = hostPort.format(address);
    const saying = this.listening.get(name);
    options.signal.throwIfAborted();
    if (saying === undefined) throw Object.assign(new Error(`connect ECONNREFUSED ${name}`), { code: "ECONNREFUSED" });
    const index = this.asked.push(name) - 1;
    const connection: RocketmqConnection = {
      request: (request, { signal }) => {
        this.asked[index] += `${this.asked[index] === name ? " " : ","}${request.code}`;
        const said = saying(request);
        if (said !== undefined) return Promise.resolve({ code: 0, remark: undefined, fields: {}, body: new Uint8Array(), ...said });
        return new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason), { once: true }));
      },
      close: () => void this.open.delete(connection),
    };
    this.open.add(connection);
    return connection;
  }
}

/** What a nameserver says that serves, and knows no broker. */
export const serving: Saying = ({ code }) => {
  if (code === REQUEST.GET_BROKER_CLUSTER_INFO) return { body: Buffer.from('{"brokerAddrTable":{},"clusterAddrTable":{}}') };
  return { code: 17, remark: "No topic route info in name server for the topic" };
};

/** Takes connections and says nothing: the process is stopped. */
export const frozen: Saying = () => undefined;
