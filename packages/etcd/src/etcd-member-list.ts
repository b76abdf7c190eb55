import { create, toBinary } from "@bufbuild/protobuf";
import { etcdError, refusesToken } from "./etcd-error.js";
import { callMetadata, type TokenRound } from "./etcd-tokens.js";
import type { EtcdCallOptions, EtcdConnection } from "./etcd-transport.js";
import { Cluster, MemberListRequestSchema } from "./gen/rpc_pb.js";

/** How one member is asked. */
type AskOptions = Omit<EtcdCallOptions, "metadata">;

const MEMBER_LIST = `/${Cluster.typeName}/${Cluster.method.memberList.name}`;

const WITH_NEW = "MemberList with a new token";

/** etcd 3.4 ignores it; 3.5 and later then never answer from a member's own, perhaps outdated, list. */
const LINEARIZABLE = toBinary(MemberListRequestSchema, create(MemberListRequestSchema, { linearizable: true }));

/**
 * The encoded member list, as one member answers it. A refused token is renewed, once in a round.
 * @throws DiscoveryError for every failure of the call.
 */
export async function askMemberList(connection: EtcdConnection, tokens: TokenRound, options: AskOptions): Promise<Uint8Array> {
  const token = await tokens.get(connection, options);
  try {
    return await list(connection, token, options);
  } catch (error) {
    if (!refusesToken(error) || !tokens.refused(token))
      throw etcdError(error, refusesToken(error) && tokens.renewed ? WITH_NEW : "MemberList");
  }
  const renewed = await tokens.get(connection, options);
  try {
    return await list(connection, renewed, options);
  } catch (error) {
    throw etcdError(error, WITH_NEW);
  }
}

function list(connection: EtcdConnection, token: string, options: AskOptions): Promise<Uint8Array> {
  return connection.call(MEMBER_LIST, LINEARIZABLE, { ...options, metadata: callMetadata(token) });
}
