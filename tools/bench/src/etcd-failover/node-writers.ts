import { Client, credentials, Metadata } from "@grpc/grpc-js";
import { MetadataPoller } from "@rollcall/core";
import { etcdMembers } from "@rollcall/etcd";
import { grpcTarget } from "@rollcall/grpc";
import { Etcd3 } from "etcd3";
import { CHANNEL, ROUND_ROBIN, TIMEOUT_MS } from "./settings.js";

/** How a write ended. */
export interface Outcome {
  /** Where it went; `-` when the client does not tell. */
  readonly member: string;
  /** Undefined: it went well. */
  readonly error?: string | undefined;
}

/** Writes a value to a key of this process. */
export type Writer = (value: string) => Promise<Outcome>;

/** Makes so many clients, each with connections of its own. */
export type MakeWriters = (hosts: readonly string[], intervalMs: number, count: number) => readonly Writer[];

const KEY = `bench/${process.pid}`;

/** The contenders that run in Node.js, by the name that their command line has for them. */
export const NODE_WRITERS: Readonly<Record<string, MakeWriters>> = {
  etcd3: (hosts, _intervalMs, count) => many(count, () => etcd3Writer(hosts)),
  "grpc-js": (hosts, _intervalMs, count) => many(count, () => channelWriter(`ipv4:${hosts.join()}`)),
  rollcall: (hosts, intervalMs, count) => {
    const poller = new MetadataPoller(etcdMembers({ seeds: hosts }), { intervalMs });
    return many(count, () => channelWriter(grpcTarget(poller)));
  },
};

function many(count: number, make: () => Writer): readonly Writer[] {
  return Array.from({ length: count }, make);
}

function etcd3Writer(hosts: readonly string[]): Writer {
  const client = new Etcd3({
    hosts: hosts.map((host) => `http://${host}`),
    grpcOptions: CHANNEL,
    // Asked for each attempt of its own retries.
    defaultCallOptions: () => ({ deadline: Date.now() + TIMEOUT_MS }),
  });
  return (value) =>
    client
      .put(KEY)
      .value(value)
      .exec()
      .then(
        () => ({ member: "-" }),
        (error: unknown) => ({ member: "-", error: String(error) }),
      );
}

function channelWriter(target: string): Writer {
  const client = new Client(target, credentials.createInsecure(), ROUND_ROBIN);
  return (value) =>
    new Promise((resolve) => {
      const call = client.makeUnaryRequest(
        "/etcdserverpb.KV/Put",
        putRequest,
        (bytes) => bytes,
        value,
        new Metadata(),
        { deadline: Date.now() + TIMEOUT_MS },
        (error) => resolve({ member: call.getPeer(), error: error?.message }),
      );
    });
}

/** `PutRequest` of etcd's rpc.proto: fields 1, the key, and 2, the value, each shorter than 128 bytes. */
export function putRequest(value: string): Buffer {
  const field = (number: number, text: string): Buffer => Buffer.concat([Buffer.from([(number << 3) | 2, text.length]), Buffer.from(text)]);
  return Buffer.concat([field(1, KEY), field(2, value)]);
}
