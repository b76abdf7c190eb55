import type { Endpoint } from "@rollcall/core";
import * as z from "zod";
import { acmeDbRefusal } from "./acme-db-error.js";

/** One member, as the cluster lists it. */
export interface AcmeDbMember {
  /** The member's own, for as long as it lives: whoever moves keeps it. */
  readonly id: string;
  /** Name or address where clients reach it; IPv6 without brackets. */
  readonly host: string;
  readonly port: number;
  /** Where it stands; an attribute of its endpoint. */
  readonly zone: string;
}

/** What a cluster says of itself: plain JSON data, so that it can be stored, logged and sent to a worker. */
export interface AcmeDbMetadata {
  /** Sorted by id, each once. */
  readonly members: readonly AcmeDbMember[];
}

const HOST = /^[^\s[\]/]+$/;

const member = z.object({ id: z.string().min(1), host: z.string().regex(HOST), port: z.int().min(1).max(65_535), zone: z.string() });

/** {@link AcmeDbMetadata}, read back. What the cluster may add one day is dropped. */
const metadata = z.object({ members: z.array(member) });

/** The body of an answer to `GET /members`. */
const answer = metadata.extend({ quorum: z.boolean() });

/**
 * Reads the body of an answer to `GET /members`.
 *
 * @throws DiscoveryError `MALFORMED_RESPONSE` when it is no list of members, `EMPTY_METADATA` when it lists nobody, `UNAVAILABLE` when its
 * author has lost sight of the cluster: it knows only a part, and another member may know all.
 */
export function readMembers(body: string): AcmeDbMetadata {
  const { data, error } = answer.safeParse(parsed(body));
  if (data === undefined) throw acmeDbRefusal("MALFORMED_RESPONSE", `the answer is no list of members: ${firstOf(error)}`);
  if (!data.quorum) throw acmeDbRefusal("UNAVAILABLE", "this member has no quorum, and may list only a part of the cluster");
  return checked(data);
}

/**
 * Turns stored metadata, parsed from JSON, back into what was stored.
 *
 * @throws DiscoveryError `MALFORMED_RESPONSE` saying what does not fit, or `EMPTY_METADATA` for a list of nobody.
 */
export function readStoredMembers(stored: unknown): AcmeDbMetadata {
  const { data, error } = metadata.safeParse(stored);
  if (data === undefined) throw acmeDbRefusal("MALFORMED_RESPONSE", `what was stored is no list of members: ${firstOf(error)}`);
  return checked(data);
}

/** Everybody who is listed. Pure: the same answer gives the same endpoints. */
export function memberEndpoints({ members }: AcmeDbMetadata): readonly Endpoint[] {
  return members.map(({ id, host, port, zone }) => ({ id, host, port, attributes: { zone } }));
}

/** In an order of its own, so that two answers do not differ by who gave them. */
function checked({ members }: AcmeDbMetadata): AcmeDbMetadata {
  if (members.length === 0) throw acmeDbRefusal("EMPTY_METADATA", "no member is listed");
  if (new Set(members.map(({ id }) => id)).size < members.length) throw acmeDbRefusal("MALFORMED_RESPONSE", "a member is listed twice");
  return { members: [...members].sort((a, b) => (a.id < b.id ? -1 : 1)) };
}

/** One complaint is enough: a hostile answer may deserve a million. */
function firstOf({ issues: [issue] }: z.ZodError): string {
  return `${issue?.path.join(".") || "all of it"}: ${issue?.message}`;
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch (cause) {
    throw acmeDbRefusal("MALFORMED_RESPONSE", "the answer is no JSON", cause);
  }
}
