import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { etcdError, refusesToken, saysAuthIsOff } from "./etcd-error.js";
import type { EtcdAuthOptions } from "./etcd-members-options.js";
import type { EtcdCallOptions, EtcdConnection } from "./etcd-transport.js";
import { Auth, AuthenticateRequestSchema, AuthenticateResponseSchema, Cluster, MemberListRequestSchema } from "./gen/rpc_pb.js";

/** How one member is asked. */
type AskOptions = Omit<EtcdCallOptions, "metadata">;

const AUTHENTICATE = `/${Auth.typeName}/${Auth.method.authenticate.name}`;
const MEMBER_LIST = `/${Cluster.typeName}/${Cluster.method.memberList.name}`;

/** etcd 3.4 ignores it; 3.5 and later then never answer from a member's own, perhaps outdated, list. */
const LINEARIZABLE = toBinary(MemberListRequestSchema, create(MemberListRequestSchema, { linearizable: true }));

/** A member that knows that it has no leader refuses at once, on every version, instead of answering wrongly or late. */
export const HAS_LEADER: Readonly<Record<string, string>> = { hasleader: "true" };

/** The token that a cluster without authentication needs. */
const NO_TOKEN = "";

/** Asks for the member list, as a user where one is given. The token is good for every member, so it is kept here. */
export class MemberListClient {
  readonly #auth: EtcdAuthOptions | undefined;
  #token: string | undefined;

  constructor(auth: EtcdAuthOptions | undefined) {
    this.#auth = auth;
    if (auth === undefined) this.#token = NO_TOKEN;
  }

  /**
   * The encoded answer of one member. A refused token is renewed once.
   * @throws DiscoveryError for every failure of the call.
   */
  async ask(connection: EtcdConnection, options: AskOptions): Promise<Uint8Array> {
    const token = await this.#tokenFrom(connection, options);
    try {
      return await this.#list(connection, token, options);
    } catch (error) {
      if (this.#auth === undefined || !refusesToken(error)) throw etcdError(error, "MemberList");
    }
    // Another attempt of the same round may have renewed it already.
    if (this.#token === token) this.#token = undefined;
    const renewed = await this.#tokenFrom(connection, options);
    try {
      return await this.#list(connection, renewed, options);
    } catch (error) {
      throw etcdError(error, "MemberList with a new token");
    }
  }

  async #tokenFrom(connection: EtcdConnection, options: AskOptions): Promise<string> {
    if (this.#token === undefined && this.#auth !== undefined) {
      this.#token = await authenticate(connection, this.#auth, options);
    }
    return this.#token ?? NO_TOKEN;
  }

  #list(connection: EtcdConnection, token: string, options: AskOptions): Promise<Uint8Array> {
    const metadata = token === NO_TOKEN ? HAS_LEADER : { ...HAS_LEADER, token };
    return connection.call(MEMBER_LIST, LINEARIZABLE, { ...options, metadata });
  }
}

async function authenticate(connection: EtcdConnection, { username, password }: EtcdAuthOptions, options: AskOptions): Promise<string> {
  const request = toBinary(AuthenticateRequestSchema, create(AuthenticateRequestSchema, { name: username, password }));
  try {
    const answer = await connection.call(AUTHENTICATE, request, { ...options, metadata: HAS_LEADER });
    return fromBinary(AuthenticateResponseSchema, answer).token;
  } catch (error) {
    if (saysAuthIsOff(error)) return NO_TOKEN;
    throw etcdError(error, "Authenticate");
  }
}
