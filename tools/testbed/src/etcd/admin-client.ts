import { fileURLToPath } from "node:url";
import { type ChannelCredentials, Client, credentials, Metadata, type ServiceError } from "@grpc/grpc-js";
import { loadSync, type MethodDefinition, type ServiceDefinition } from "@grpc/proto-loader";
import type { EtcdClientTls } from "./etcd-tls.js";

/** A member as `MemberList` answers; ids are decimal strings. */
export interface ListedMember {
  readonly ID: string;
  readonly name: string;
  readonly peerURLs: readonly string[];
  readonly clientURLs: readonly string[];
  readonly isLearner: boolean;
}

interface AdminMethods {
  readonly "Cluster/MemberList": [{ linearizable: boolean }, { members: readonly ListedMember[] }];
  readonly "Cluster/MemberAdd": [{ peerURLs: readonly string[]; isLearner: boolean }, unknown];
  readonly "Cluster/MemberRemove": [{ ID: string }, unknown];
  readonly "Cluster/MemberPromote": [{ ID: string }, unknown];
  readonly "Maintenance/Status": [object, { leader: string; isLearner: boolean }];
  readonly "Maintenance/MoveLeader": [{ targetID: string }, unknown];
  readonly "Auth/Authenticate": [{ name: string; password: string }, { token: string }];
  readonly "Auth/AuthEnable": [object, unknown];
  readonly "Auth/UserAdd": [{ name: string; password: string }, unknown];
  readonly "Auth/UserGrantRole": [{ user: string; role: string }, unknown];
  readonly "Auth/RoleAdd": [{ name: string }, unknown];
}

/** How one administrative call is made. */
export interface AdminCallOptions {
  /** When to give up, in ms; default 2 000. */
  readonly timeoutMs?: number | undefined;
  /** Whether a member without a leader must refuse; default false. */
  readonly hasLeader?: boolean | undefined;
}

const PROTO = fileURLToPath(new URL("../../../../packages/etcd/proto/rpc.proto", import.meta.url));

/** Administrative calls to one member at a time, each on a channel of its own: no connection outlives its call. */
export class AdminClient {
  readonly #definition = loadSync(PROTO, { keepCase: true, longs: String, defaults: true });
  readonly #credentials: ChannelCredentials;
  readonly #secure: boolean;
  #login: { readonly password: string; token: string } | undefined;

  /** @param tls What to trust and show; absent = plaintext. */
  constructor(tls?: Partial<EtcdClientTls>) {
    this.#secure = tls !== undefined;
    this.#credentials =
      tls === undefined ? credentials.createInsecure() : credentials.createSsl(tls.ca ?? null, tls.key ?? null, tls.cert ?? null);
  }

  /** Makes root the only user, switches authentication on, and makes every later call as root. */
  async enableAuth(url: string, password: string): Promise<void> {
    await this.call(url, "Auth/UserAdd", { name: "root", password });
    await this.call(url, "Auth/RoleAdd", { name: "root" });
    await this.call(url, "Auth/UserGrantRole", { user: "root", role: "root" });
    await this.call(url, "Auth/AuthEnable", {});
    await this.#authenticate(url, password);
  }

  /** Asks the member at `url`. Rejects with the `ServiceError` of grpc-js; a token that has expired is renewed once. */
  async call<M extends keyof AdminMethods>(
    url: string,
    method: M,
    request: AdminMethods[M][0],
    options: AdminCallOptions = {},
  ): Promise<AdminMethods[M][1]> {
    try {
      return await this.#send(url, method, request, options);
    } catch (error) {
      if (this.#login === undefined || (error as ServiceError).code !== 16) throw error;
      await this.#authenticate(url, this.#login.password);
      return this.#send(url, method, request, options);
    }
  }

  async #authenticate(url: string, password: string): Promise<void> {
    this.#login = undefined;
    const { token } = await this.#send(url, "Auth/Authenticate", { name: "root", password }, {});
    this.#login = { password, token };
  }

  #send<M extends keyof AdminMethods>(url: string, method: M, request: object, options: AdminCallOptions): Promise<AdminMethods[M][1]> {
    const { timeoutMs = 2_000, hasLeader = false } = options;
    const metadata = new Metadata();
    if (hasLeader) metadata.set("hasleader", "true");
    if (this.#login !== undefined) metadata.set("token", this.#login.token);
    const { path, requestSerialize, responseDeserialize } = this.#method(method);
    const client = new Client(new URL(url).host, this.#credentials, {
      "grpc.use_local_subchannel_pool": 1,
      // A TLS client must not send an IP address as the server's name.
      ...(this.#secure && { "grpc.ssl_target_name_override": "localhost" }),
    });
    return new Promise<AdminMethods[M][1]>((resolve, reject) => {
      const deadline = Date.now() + timeoutMs;
      client.makeUnaryRequest(path, requestSerialize, responseDeserialize, request, metadata, { deadline }, (error, response) =>
        error === null ? resolve(response as AdminMethods[M][1]) : reject(error),
      );
    }).finally(() => client.close());
  }

  #method(method: keyof AdminMethods): MethodDefinition<object, object> {
    const [service, name] = method.split("/") as [string, string];
    const definition = (this.#definition[`etcdserverpb.${service}`] as ServiceDefinition | undefined)?.[name];
    if (definition === undefined) throw new Error(`rpc.proto has no ${method}`);
    return definition;
  }
}
