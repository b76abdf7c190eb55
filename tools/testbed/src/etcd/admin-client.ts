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
  readonly "Auth/UserChangePassword": [{ name: string; password: string }, unknown];
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

/** What a new token helps against. */
const TOKEN_REFUSED = /user name is empty|revision of auth store is old|invalid auth token/;

/** Administrative calls to one member at a time, each on a channel of its own: no connection outlives its call. */
export class AdminClient {
  readonly #definition = loadSync(PROTO, { keepCase: true, longs: String, defaults: true });
  readonly #tls: Partial<EtcdClientTls>;
  #overTls: ChannelCredentials | undefined;
  #rootPassword: string | undefined;
  #token: string | undefined;
  #renewal: Promise<void> | undefined;

  /** @param tls What to show where the URL says https. Members are not verified: theirs may be the certificate that a test is about. */
  constructor(tls: Partial<EtcdClientTls> = {}) {
    this.#tls = tls;
  }

  /** Gives a user a password. The first one has to be root: that switches authentication on, and every later call is made as root. */
  async setPassword(url: string, name: string, password: string): Promise<void> {
    if (this.#rootPassword === undefined) return this.#enableAuth(url, password);
    await this.call(url, "Auth/UserChangePassword", { name, password }).catch((error: ServiceError) => {
      if (!error.details.includes("user name not found")) throw error;
      return this.call(url, "Auth/UserAdd", { name, password });
    });
    if (name === "root") this.#rootPassword = password;
  }

  /** Asks the member at `url`. Rejects with the `ServiceError` of grpc-js; a token that is refused is renewed once, for all calls that wait. */
  async call<M extends keyof AdminMethods>(
    url: string,
    method: M,
    request: AdminMethods[M][0],
    options: AdminCallOptions = {},
  ): Promise<AdminMethods[M][1]> {
    const token = this.#token;
    try {
      return await this.#send(url, method, request, options, token);
    } catch (error) {
      const refused = TOKEN_REFUSED.test((error as ServiceError).details);
      if (this.#rootPassword === undefined || !refused) throw error;
      if (this.#token === token) {
        this.#renewal ??= this.#authenticate(url, this.#rootPassword);
        await this.#renewal.finally(() => (this.#renewal = undefined));
      }
      return this.#send(url, method, request, options, this.#token);
    }
  }

  async #enableAuth(url: string, password: string): Promise<void> {
    // Whoever tries again finds what the first try left.
    const exists = (error: ServiceError): void => {
      if (!error.details.includes("already exists")) throw error;
    };
    await this.call(url, "Auth/UserAdd", { name: "root", password }).catch(exists);
    await this.call(url, "Auth/RoleAdd", { name: "root" }).catch(exists);
    await this.call(url, "Auth/UserGrantRole", { user: "root", role: "root" });
    await this.call(url, "Auth/AuthEnable", {});
    this.#rootPassword = password;
  }

  async #authenticate(url: string, password: string): Promise<void> {
    const { token } = await this.#send(url, "Auth/Authenticate", { name: "root", password }, {}, undefined);
    this.#token = token;
  }

  #send<M extends keyof AdminMethods>(
    url: string,
    method: M,
    request: object,
    options: AdminCallOptions,
    token: string | undefined,
  ): Promise<AdminMethods[M][1]> {
    const { timeoutMs = 2_000, hasLeader = false } = options;
    const metadata = new Metadata();
    if (hasLeader) metadata.set("hasleader", "true");
    if (token !== undefined) metadata.set("token", token);
    const { path, requestSerialize, responseDeserialize } = this.#method(method);
    const secure = url.startsWith("https:");
    const client = new Client(new URL(url).host, secure ? this.#secure() : credentials.createInsecure(), {
      "grpc.use_local_subchannel_pool": 1,
      // A TLS client must not send an IP address as the server's name.
      ...(secure && { "grpc.ssl_target_name_override": "localhost" }),
    });
    return new Promise<AdminMethods[M][1]>((resolve, reject) => {
      const deadline = Date.now() + timeoutMs;
      client.makeUnaryRequest(path, requestSerialize, responseDeserialize, request, metadata, { deadline }, (error, response) =>
        error === null ? resolve(response as AdminMethods[M][1]) : reject(error),
      );
    }).finally(() => client.close());
  }

  /** Only when it is needed: reading the roots that Node.js ships would hold up the members' proxies, and cost them their leader. */
  #secure(): ChannelCredentials {
    const { ca = null, key = null, cert = null } = this.#tls;
    this.#overTls ??= credentials.createSsl(ca, key, cert, { rejectUnauthorized: false });
    return this.#overTls;
  }

  #method(method: keyof AdminMethods): MethodDefinition<object, object> {
    const [service, name] = method.split("/") as [string, string];
    const definition = (this.#definition[`etcdserverpb.${service}`] as ServiceDefinition | undefined)?.[name];
    if (definition === undefined) throw new Error(`rpc.proto has no ${method}`);
    return definition;
  }
}
