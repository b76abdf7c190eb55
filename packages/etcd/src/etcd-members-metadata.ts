import { fromBinary } from "@bufbuild/protobuf";
import { DiscoveryError, type Endpoint, hostPort } from "@rollcall/core";
import * as z from "zod";
import { addressUrl, type EtcdAddress, type EtcdScheme, parseEtcdAddress } from "./etcd-address.js";
import { MemberListResponseSchema } from "./gen/rpc_pb.js";

/** One line of a cluster's own member list. */
export interface EtcdMember {
  /** Member id in lower-case hex, as `etcdctl member list` prints it; `0` in the answer of a grpc-proxy. */
  readonly id: string;
  /** Empty until the member has started for the first time. */
  readonly name: string;
  /** Only voters that have started are endpoints. */
  readonly role: "voter" | "learner" | "unstarted";
  /** As the member advertises them. */
  readonly clientUrls: readonly string[];
}

/** What a cluster says about itself: plain JSON data. */
export interface EtcdMetadata {
  /** Cluster id in lower-case hex; absent in the answer of a grpc-proxy. */
  readonly clusterId?: string;
  /** Sorted by id, then name, then client URLs. */
  readonly members: readonly EtcdMember[];
}

/** One member's answer to `MemberList`. */
export interface MemberListAnswer {
  readonly metadata: EtcdMetadata;
  /** The id of the member that answered; {@link NO_ID} for a grpc-proxy. */
  readonly answeredBy: string;
}

/** What a grpc-proxy says instead of an id. */
export const NO_ID = "0";

const id = z
  .string()
  .regex(/^\d{1,20}$/)
  .transform((decimal) => BigInt(decimal).toString(16));

const answer = z.object({
  header: z.object({ clusterId: id, memberId: id }).default({ clusterId: NO_ID, memberId: NO_ID }),
  members: z.array(z.object({ ID: id, name: z.string(), clientURLs: z.array(z.string()), isLearner: z.boolean() })),
});

const hex = z.string().regex(/^[0-9a-f]{1,16}$/);

/** {@link EtcdMetadata}, read back. */
const stored = z.object({
  clusterId: hex.optional(),
  members: z.array(
    z.object({ id: hex, name: z.string(), role: z.enum(["voter", "learner", "unstarted"]), clientUrls: z.array(z.string()) }),
  ),
});

/**
 * Reads the answer to `MemberList`.
 *
 * @throws DiscoveryError `MALFORMED_RESPONSE` when it is no member list, has ids but no header, or comes from a member that
 * is not in its own list.
 */
export function readMemberList(bytes: Uint8Array): MemberListAnswer {
  const { header, members } = decode(bytes);
  const listed = members.map(toMember).sort(byIdentity);
  if (header.clusterId === NO_ID && listed.some((member) => member.id !== NO_ID)) {
    throw malformed("the member list has ids but no cluster id");
  }
  if (header.memberId !== NO_ID && !listed.some((member) => member.id === header.memberId)) {
    throw malformed(`member ${header.memberId} answered, but is not in its own list: it was removed`);
  }
  const metadata = header.clusterId === NO_ID ? { members: listed } : { clusterId: header.clusterId, members: listed };
  return { metadata, answeredBy: header.memberId };
}

/**
 * Turns stored metadata, parsed from JSON, back into what was stored.
 *
 * @throws DiscoveryError `MALFORMED_RESPONSE`, saying what does not fit.
 */
export function readStored(data: unknown): EtcdMetadata {
  const { data: metadata, error } = stored.safeParse(data);
  if (metadata === undefined) throw malformed(`what was stored is no member list: ${z.prettifyError(error)}`, error);
  const { clusterId, members } = metadata;
  return clusterId === undefined ? { members } : { clusterId, members };
}

/**
 * The client addresses of every started voter. A member's first URL carries the member id, so that it may move without
 * becoming somebody else; further ones are `<id>#1`, `<id>#2`. Members without an id are named by their address. A URL that
 * is no TCP address is left out.
 *
 * @param schemeless - what a URL without a scheme means
 */
export function memberEndpoints(metadata: EtcdMetadata, schemeless: EtcdScheme): readonly Endpoint[] {
  return metadata.members
    .filter(({ role }) => role === "voter")
    .flatMap(({ id, name, clientUrls }) =>
      distinctAddresses(clientUrls, schemeless).map(
        (address, index): Endpoint => ({
          id: endpointId(id, index, address),
          host: address.host,
          port: address.port,
          attributes: { name, scheme: address.scheme },
        }),
      ),
    );
}

/** Whether two answers list the same members, roles and URLs. */
export function sameMembers(before: EtcdMetadata, after: EtcdMetadata): boolean {
  return (
    before.clusterId === after.clusterId &&
    before.members.length === after.members.length &&
    before.members.every((member, index) => sameMember(member, after.members[index]))
  );
}

function sameMember(a: EtcdMember, b: EtcdMember | undefined): boolean {
  if (b === undefined || a.id !== b.id || a.name !== b.name || a.role !== b.role) return false;
  return a.clientUrls.length === b.clientUrls.length && a.clientUrls.every((url, index) => url === b.clientUrls[index]);
}

function decode(bytes: Uint8Array): z.infer<typeof answer> {
  try {
    return answer.parse(fromBinary(MemberListResponseSchema, bytes, { readUnknownFields: false }));
  } catch (error) {
    throw malformed("the answer is no member list", error);
  }
}

function toMember({ ID, name, clientURLs, isLearner }: z.infer<typeof answer>["members"][number]): EtcdMember {
  const role = name === "" ? "unstarted" : isLearner ? "learner" : "voter";
  return { id: ID, name, role, clientUrls: clientURLs };
}

function distinctAddresses(urls: readonly string[], schemeless: EtcdScheme): readonly EtcdAddress[] {
  const byUrl = new Map<string, EtcdAddress>();
  for (const url of urls) {
    const address = parseEtcdAddress(url, schemeless);
    if (address !== undefined) byUrl.set(addressUrl(address), address);
  }
  return [...byUrl.values()];
}

function endpointId(memberId: string, index: number, address: EtcdAddress): string {
  if (memberId === NO_ID) return hostPort.format(address);
  return index === 0 ? memberId : `${memberId}#${index}`;
}

/** Proxies on one host differ in their URL only, and each answer of one has them in another order. */
function byIdentity(a: EtcdMember, b: EtcdMember): number {
  return compare(a.id, b.id) || compare(a.name, b.name) || compare(a.clientUrls.join(" "), b.clientUrls.join(" "));
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

function malformed(message: string, cause?: unknown): DiscoveryError {
  return new DiscoveryError("MALFORMED_RESPONSE", message, { source: "etcd", cause });
}
