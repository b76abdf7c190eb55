import { createHash } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { Endpoint } from "@rollcall/core";
import { formatNsaddr } from "./nsaddr-text.js";

/** A list of nameservers as it is served. */
export interface NsaddrLine {
  /** One line without its end. Never empty. */
  readonly text: string;
  /** The same for as long as the addresses are. */
  readonly etag: string;
}

/** What a client is told. */
export interface NsaddrAnswer {
  readonly status: 200 | 304 | 404 | 405 | 503;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** The path in a request target, in origin or absolute form (RFC 9112, 3.2). */
const TARGET = /^(?:https?:\/\/[^/?#]*)?([^?#]*)/i;
const UNIT = /^(?:-[^/]+)?$/;

/** Sorted by address, because an order of ids can change while the addresses do not; `undefined` when there is nobody. */
export function nsaddrLine(endpoints: readonly Endpoint[]): NsaddrLine | undefined {
  if (endpoints.length === 0) return undefined;
  const text = formatNsaddr(endpoints).split(";").sort().join(";");
  return { text, etag: `"${createHash("sha256").update(text).digest("base64url")}"` };
}

/**
 * The answer to a request. An empty 200 would leave ali-ons with a list of one empty address for ever (`lib/remoting_client.js`), so without a list it is a 503.
 *
 * @param path - what is answered, alone and with `-<unit>` (`DefaultTopAddressing.java` appends that, and `?nofix=1`)
 */
export function nsaddrAnswer(
  { url = "", method, headers }: Pick<IncomingMessage, "url" | "method" | "headers">,
  path: string,
  line: NsaddrLine | undefined,
): NsaddrAnswer {
  const asked = TARGET.exec(url)?.[1] ?? "";
  if (!asked.startsWith(path) || !UNIT.test(asked.slice(path.length))) {
    return { status: 404, headers: {}, body: `only ${path} is served here\n` };
  }
  if (method !== "GET" && method !== "HEAD") {
    return { status: 405, headers: { allow: "GET, HEAD" }, body: "only GET and HEAD are answered\n" };
  }
  if (line === undefined) return { status: 503, headers: { "retry-after": "1" }, body: "no nameserver is known yet\n" };
  // Whoever keeps it in between has to ask whether it still holds.
  const known = { etag: line.etag, "cache-control": "no-cache" };
  return isNamed(line.etag, headers["if-none-match"])
    ? { status: 304, headers: known, body: "" }
    : { status: 200, headers: known, body: line.text };
}

/** Whether `If-None-Match` names it: a list of tags, weak ones alike (RFC 9110, 13.1.2), or `*`. */
function isNamed(etag: string, ifNoneMatch: string | undefined): boolean {
  const tags = ifNoneMatch?.split(",").map((tag) => tag.trim().replace(/^W\//, ""));
  return tags !== undefined && (tags.includes(etag) || (tags.length === 1 && tags[0] === "*"));
}
