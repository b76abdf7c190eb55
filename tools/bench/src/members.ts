import type { Endpoint } from "@rollcall/core";

/**
 * The members that an answer lists: the same each time, every text a new string, as a decoder of network bytes makes them. (Sharing
 * strings between answers would make comparing them free and hide the hashing of ids.)
 *
 * @param port - of the member in the middle; another port than in the last answer is one change among `count`. Default 2379.
 */
export function freshMembers(count: number, port = 2379): readonly Endpoint[] {
  const middle = count >> 1;
  return Array.from({ length: count }, (_, at) => ({
    id: decoded(`${hash(at)}${hash(at + 0x10000)}`),
    host: decoded(`member-${at}.cluster.internal`),
    port: at === middle ? port : 2379,
    attributes: { name: decoded(`member-${at}`), scheme: decoded("https") },
  }));
}

function decoded(text: string): string {
  return Buffer.from(text, "latin1").toString("latin1");
}

function hash(value: number): string {
  return (Math.imul(value + 1, 0x9e3779b1) >>> 0).toString(16).padStart(8, "0");
}
