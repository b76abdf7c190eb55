import { fileURLToPath } from "node:url";
import {
  type Channel,
  type ChannelCredentials,
  type ChannelOptions,
  Client,
  type ClientUnaryCall,
  connectivityState,
  credentials,
  loadPackageDefinition,
  Metadata,
  type ServiceClientConstructor,
  type ServiceError,
} from "@grpc/grpc-js";
import { loadSync, type PackageDefinition, type ServiceDefinition } from "@grpc/proto-loader";
import { createChannel, createClient } from "nice-grpc";

/** An etcd client as an application has one, reduced to what a load needs. */
export interface KeyValueClient {
  /** What kind of client it is. */
  readonly kind: string;
  /** Writes one key, within `timeoutMs`. Rejects with an error whose `code` is the gRPC status. */
  put(key: string, value: string, timeoutMs: number): Promise<void>;
  /** The keys that begin with `prefix`, read linearizably. */
  keys(prefix: string): Promise<readonly string[]>;
  close(): void;
  /** Whether its channel has no connection and does not try to get one. */
  readonly asleep: boolean;
}

interface RangeResponse {
  readonly kvs: readonly { readonly key: Uint8Array }[];
}
type Call = (method: "Put" | "Range", request: object, timeoutMs: number) => Promise<unknown>;

const PROTO = new URL("../../../../packages/etcd/proto/rpc.proto", import.meta.url);
const ROUND_ROBIN = JSON.stringify({ loadBalancingConfig: [{ round_robin: {} }], methodConfig: [] });
const CHANNEL: ChannelOptions = { "grpc.enable_http_proxy": 0, "grpc.keepalive_time_ms": 10_000, "grpc.keepalive_timeout_ms": 5_000 };
const READ_TIMEOUT_MS = 10_000;

/** What each kind of client is made from. */
export interface KeyValueClientOptions {
  /** Any target that grpc-js understands. */
  readonly target: string;
  /** Channel options beside the usual ones. */
  readonly options?: ChannelOptions | undefined;
  /** How the channel is secured. Default: plaintext. */
  readonly security?: ChannelCredentials | undefined;
  /** Where `rpc.proto` is. Default: beside the sources of `@rollcall/etcd`. */
  readonly proto?: string | undefined;
}

/** A bare `grpc.Client` that balances over all members. */
export function plainClient({ target, options, security = credentials.createInsecure(), proto }: KeyValueClientOptions): KeyValueClient {
  const client = new Client(target, security, { ...CHANNEL, "grpc.service_config": ROUND_ROBIN, ...options });
  const service = kvService(proto);
  return keyValueClient("grpc.Client, round_robin", client.getChannel(), (method, request, timeoutMs) => {
    const { path, requestSerialize, responseDeserialize } = service[method] as ServiceDefinition[string];
    return unary((done) =>
      client.makeUnaryRequest(
        path,
        requestSerialize,
        responseDeserialize,
        request,
        new Metadata(),
        { deadline: Date.now() + timeoutMs },
        done,
      ),
    );
  });
}

/** A client generated from the proto file, with the balancing that grpc-js has by default. */
export function generatedClient({
  target,
  options,
  security = credentials.createInsecure(),
  proto,
}: KeyValueClientOptions): KeyValueClient {
  const { etcdserverpb } = loadPackageDefinition(definition(proto)) as unknown as { etcdserverpb: { KV: ServiceClientConstructor } };
  const client = new etcdserverpb.KV(target, security, { ...CHANNEL, ...options });
  type Method = (request: object, options: object, done: (error: ServiceError | null, response: unknown) => void) => ClientUnaryCall;
  return keyValueClient("generated client, pick_first", client.getChannel(), (method, request, timeoutMs) =>
    unary((done) => (client[method] as unknown as Method).call(client, request, { deadline: Date.now() + timeoutMs }, done)),
  );
}

/** A nice-grpc client that balances over all members. */
export function niceClient({ target, options, security = credentials.createInsecure(), proto }: KeyValueClientOptions): KeyValueClient {
  const channel = createChannel(target, security, { ...CHANNEL, "grpc.service_config": ROUND_ROBIN, ...options });
  const client = createClient(kvService(proto), channel) as unknown as Record<
    "Put" | "Range",
    (request: object, options: { signal: AbortSignal }) => Promise<unknown>
  >;
  return keyValueClient("nice-grpc, round_robin", channel, (method, request, timeoutMs) =>
    client[method](request, { signal: AbortSignal.timeout(Math.ceil(timeoutMs)) }),
  );
}

function keyValueClient(kind: string, channel: Pick<Channel, "close" | "getConnectivityState">, call: Call): KeyValueClient {
  return {
    kind,
    close: () => channel.close(),
    get asleep() {
      return channel.getConnectivityState(false) === connectivityState.IDLE;
    },
    put: async (key, value, timeoutMs) => {
      await call("Put", { key: Buffer.from(key), value: Buffer.from(value) }, timeoutMs);
    },
    keys: async (prefix) => {
      // The range ends before the next prefix; ours end in a letter or a slash, so adding one is enough.
      const end = Buffer.from(prefix);
      end[end.length - 1] = (end.at(-1) ?? 0) + 1;
      const range = { key: Buffer.from(prefix), range_end: end, keys_only: true };
      const { kvs } = (await call("Range", range, READ_TIMEOUT_MS)) as RangeResponse;
      return kvs.map(({ key }) => Buffer.from(key).toString());
    },
  };
}

function unary(start: (done: (error: ServiceError | null, response?: unknown) => void) => ClientUnaryCall): Promise<unknown> {
  return new Promise((resolve, reject) => {
    start((error, response) => (error === null ? resolve(response) : reject(error)));
  });
}

function definition(proto = fileURLToPath(PROTO)): PackageDefinition {
  return loadSync(proto, { keepCase: true, longs: String, defaults: true });
}

function kvService(proto: string | undefined): ServiceDefinition {
  return definition(proto)["etcdserverpb.KV"] as ServiceDefinition;
}
