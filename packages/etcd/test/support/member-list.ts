import { create, toBinary } from "@bufbuild/protobuf";
import { MemberListResponseSchema } from "../../src/gen/rpc_pb.js";

/** A member as a test writes it. */
export interface ListedMember {
  /** Hex. */
  readonly id: string;
  readonly name?: string;
  readonly urls?: readonly string[];
  readonly learner?: boolean;
}

/** What surrounds the list; ids in hex, `null` for no header at all. */
export interface ListHeader {
  readonly cluster?: string;
  readonly from?: string;
}

/** An encoded `MemberListResponse`: of cluster `c1`, from the first member, unless said otherwise. */
export function memberList(members: readonly ListedMember[], header: ListHeader | null = {}): Uint8Array {
  const { cluster = "c1", from = members[0]?.id ?? "0" } = header ?? {};
  return toBinary(
    MemberListResponseSchema,
    create(MemberListResponseSchema, {
      ...(header !== null && { header: { clusterId: decimal(cluster), memberId: decimal(from), revision: "0", raftTerm: "2" } }),
      members: members.map(({ id, name = `m${id}`, urls = [], learner = false }) => ({
        ID: decimal(id),
        name,
        clientURLs: [...urls],
        peerURLs: [],
        isLearner: learner,
      })),
    }),
  );
}

/** The list of a cluster whose voters serve at these URLs; ids are 1, 2, 3. */
export function votersAt(...urls: readonly string[]): Uint8Array {
  return memberList(urls.map((url, index) => ({ id: `${index + 1}`, urls: [url] })));
}

function decimal(hex: string): string {
  return BigInt(`0x${hex}`).toString();
}
