import type { RocketmqTestBroker } from "@rollcall/rocketmq/simulator";
import type { ServerProcess } from "../server-process.js";

/** What makes a nameserver or a broker what it is, for ever. */
export interface ServerIdentity {
  /** Of a nameserver it is only the name of its directory. */
  readonly name: string;
  /** Where it serves clients. */
  readonly port: number;
  /** Of a nameserver: how many ms after each start it is not ready. */
  readonly waitMs?: number;
  /** Of a broker: with whom it registers. */
  readonly nameservers?: readonly RocketmqServer[];
}

/** One nameserver or broker with what the operator knows about it. */
export class RocketmqServer implements RocketmqTestBroker {
  readonly kind: "nameserver" | "broker";
  readonly name: string;
  readonly port: number;
  readonly waitMs: number;
  readonly nameservers: readonly RocketmqServer[];
  /** What its process does. One that was told to stop is down, although its process may take a while to end. */
  state: "down" | "running" | "frozen" = "down";
  /** The last one; absent before the first start. */
  process: ServerProcess | undefined;

  constructor(kind: RocketmqServer["kind"], { name, port, waitMs = 0, nameservers = [] }: ServerIdentity) {
    this.kind = kind;
    this.name = name;
    this.port = port;
    this.waitMs = waitMs;
    this.nameservers = nameservers;
  }

  get address(): string {
    return `127.0.0.1:${this.port}`;
  }
}
