import { connect, type Socket } from "node:net";
import type { DescMessage, DescMethod, DescService, Message, MessageInitShape, MessageShape } from "@bufbuild/protobuf";
import { create } from "@bufbuild/protobuf";
import { type ChannelCredentials, Client, credentials, Metadata, type MethodDefinition, type ServiceError, status } from "@grpc/grpc-js";
import type { Clock } from "@rollcall/core";
import { onTestFinished } from "vitest";
import { Auth, Cluster, KV, Maintenance } from "../src/gen/rpc_pb.js";
import { grpcService } from "../src/simulator/grpc-service.js";
import {
  type EtcdCluster,
  type EtcdClusterMember,
  type EtcdSimulator,
  type EtcdSimulatorOptions,
  startEtcdSimulator,
} from "../src/simulator/index.js";

/** How a call is made; the deadline is 2 s. */
interface CallOptions {
  readonly deadlineMs?: number;
  readonly hasLeader?: boolean;
  readonly token?: string;
}

/** What a call ended with when it was refused. */
export interface Refused {
  readonly code: number;
  readonly details: string;
}

/** How a member refuses a `hasleader` call when it knows that it has no leader. */
export const NO_LEADER: Refused = { code: status.UNAVAILABLE, details: "etcdserver: no leader" };

/** Starts a simulator that ends with the test. */
export async function simulator(options: EtcdSimulatorOptions = {}): Promise<EtcdSimulator> {
  const cluster = await startEtcdSimulator({ electionMs: 40, ...options });
  onTestFinished(() => cluster[Symbol.asyncDispose]());
  return cluster;
}

/** The member at this place, oldest first; fails the test if there is none. */
export function memberAt({ members }: Pick<EtcdCluster, "members">, index: number): EtcdClusterMember {
  const member = members[index];
  if (member === undefined) throw new Error(`the cluster has no member ${index}`);
  return member;
}

/** Two members that do not lead; fails the test if there are not as many. */
export async function followers(cluster: EtcdCluster): Promise<readonly [EtcdClusterMember, EtcdClusterMember]> {
  const leader = await cluster.leader();
  const members = cluster.members.filter((member) => member !== leader);
  return [memberAt({ members }, 0), memberAt({ members }, 1)];
}

/** A plain grpc-js client of one member, that ends with the test. */
export class MemberClient {
  readonly #client: Client;

  constructor({ clientUrl }: Pick<EtcdClusterMember, "clientUrl">, secrets: ChannelCredentials = credentials.createInsecure()) {
    // Node 25 and newer take no IP address for a TLS name.
    const options = { "grpc.use_local_subchannel_pool": 1, "grpc.enable_http_proxy": 0, "grpc.ssl_target_name_override": "localhost" };
    this.#client = new Client(new URL(clientUrl).host, secrets, options);
    onTestFinished(() => this.close());
  }

  memberList(options: CallOptions & { readonly linearizable?: boolean } = {}) {
    return this.call(Cluster, "memberList", { linearizable: options.linearizable ?? false }, options);
  }

  status(options: CallOptions = {}) {
    return this.call(Maintenance, "status", {}, options);
  }

  put(key: string, value: string, options: CallOptions = {}) {
    return this.call(KV, "put", { key: Buffer.from(key), value: Buffer.from(value) }, options);
  }

  async get(key: string, options: CallOptions & { readonly serializable?: boolean } = {}) {
    const answer = await this.call(KV, "range", { key: Buffer.from(key), serializable: options.serializable ?? false }, options);
    return answer.kvs.map((entry) => Buffer.from(entry.value).toString())[0];
  }

  authenticate(name: string, password: string) {
    return this.call(Auth, "authenticate", { name, password });
  }

  close(): void {
    this.#client.close();
  }

  call<S extends DescService, K extends keyof S["method"] & string>(
    service: S,
    name: K,
    request: MessageInitShape<S["method"][K]["input"]>,
    { deadlineMs = 2_000, hasLeader = false, token }: CallOptions = {},
  ): Promise<MessageShape<S["method"][K]["output"]>> {
    const method = grpcService(service)[name] as MethodDefinition<Message, Message>;
    const { input } = service.method[name] as DescMethod;
    const metadata = new Metadata();
    if (hasLeader) metadata.set("hasleader", "true");
    if (token !== undefined) metadata.set("token", token);
    return new Promise((resolve, reject) => {
      this.#client.makeUnaryRequest(
        method.path,
        method.requestSerialize,
        method.responseDeserialize,
        create(input, request as MessageInitShape<DescMessage>),
        metadata,
        { deadline: Date.now() + deadlineMs },
        (error, answer) => (error ? reject(error) : resolve(answer as MessageShape<S["method"][K]["output"]>)),
      );
    });
  }
}

/** The code and details that a call was refused with; an answer is an error. */
export async function refusal(call: Promise<unknown>): Promise<Refused> {
  try {
    await call;
  } catch (error) {
    const { code, details } = error as ServiceError;
    return { code, details };
  }
  throw new Error("the call was answered");
}

/** A bare connection to the member's client port, that ends with the test. */
export function rawConnection({ clientUrl }: Pick<EtcdClusterMember, "clientUrl">): Socket {
  const { hostname, port } = new URL(clientUrl);
  const socket = connect(Number(port), hostname);
  onTestFinished(() => void socket.destroy());
  return socket.resume();
}

/** Whether the member's client port takes a connection. */
export async function takesConnections(member: Pick<EtcdClusterMember, "clientUrl">): Promise<boolean> {
  const socket = rawConnection(member);
  try {
    return await new Promise((resolve) => socket.once("connect", () => resolve(true)).once("error", () => resolve(false)));
  } finally {
    socket.destroy();
  }
}

/** The decimal id that the protocol carries. */
export function decimal(member: EtcdClusterMember): string {
  return String(BigInt(`0x${member.id}`));
}

/** Time that stands still until it is told to advance. */
export class StoppedClock implements Clock {
  #now = 0;
  #handles = 0;
  #seed = 1;
  readonly #timers = new Map<number, { readonly at: number; readonly callback: () => void }>();

  now(): number {
    return this.#now;
  }

  wallNow(): number {
    return this.#now;
  }

  setTimeout(callback: () => void, delayMs: number): number {
    this.#handles += 1;
    this.#timers.set(this.#handles, { at: this.#now + delayMs, callback });
    return this.#handles;
  }

  clearTimeout(handle: unknown): void {
    this.#timers.delete(handle as number);
  }

  random(): number {
    this.#seed = (this.#seed * 48_271) % 2_147_483_647;
    return this.#seed / 2_147_483_647;
  }

  /** How many timers are armed. */
  get timers(): number {
    return this.#timers.size;
  }

  advance(ms: number): void {
    this.#now += ms;
    for (const [handle, timer] of [...this.#timers]) {
      if (timer.at > this.#now || !this.#timers.delete(handle)) continue;
      timer.callback();
    }
  }
}
