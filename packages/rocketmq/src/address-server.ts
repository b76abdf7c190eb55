import { type DiscoveryError, isDiscoveryError } from "@rollcall/core";
import { cappedText } from "./capped-text.js";
import type { HttpAnswer, HttpGet } from "./http-get.js";
import { parseNsaddr } from "./nsaddr-text.js";
import { printable } from "./rocketmq-error.js";
import { rocketmqRefusal } from "./rocketmq-refusal.js";

/** What an address server said, and how to ask whether it still does: by one of the two at least. */
interface Said {
  readonly nameservers: readonly string[];
  readonly etag: string | undefined;
  readonly modified: string | undefined;
}

/**
 * An HTTP server at which RocketMQ's clients and brokers look up their nameservers (`DefaultTopAddressing.java`), asked over a connection of its own each time. Whatever is not
 * a list of nameservers from the first to the last byte is refused, which the clients of RocketMQ do not do.
 */
export class AddressServer {
  /** The URL without user information and query: safe to print. */
  readonly name: string;
  readonly #url: URL;
  readonly #get: HttpGet;
  #said: Said | undefined;

  constructor(url: URL, get: HttpGet) {
    this.name = `${url.origin}${url.pathname}`;
    this.#url = url;
    this.#get = get;
  }

  /**
   * Asks once, and only for what changed if the server can tell (ETag, Last-Modified).
   *
   * @throws DiscoveryError `UNAVAILABLE` for another status than 200 and 304, `UNAUTHENTICATED` for 401, 403 and 407, `MALFORMED_RESPONSE` or `EMPTY_METADATA` for a body that is no
   * list. When the signal fires, its reason.
   */
  async read({ signal }: { readonly signal: AbortSignal }): Promise<readonly string[]> {
    const before = this.#said;
    const headers = { accept: "text/plain, */*;q=0.1", "accept-encoding": "identity", "user-agent": "rollcall", ...conditions(before) };
    try {
      const answer = await this.#get(this.#url, { headers, signal });
      try {
        return await this.#read(answer, before);
      } finally {
        answer.close();
      }
    } catch (thrown) {
      signal.throwIfAborted();
      throw isDiscoveryError(thrown) ? thrown : httpError(thrown);
    }
  }

  async #read(answer: HttpAnswer, before: Said | undefined): Promise<readonly string[]> {
    if (answer.status === 304 && before !== undefined) return before.nameservers;
    if (answer.status !== 200) throw refusedStatus(answer, this.#url);
    const encoding = answer.header("content-encoding") ?? "identity";
    if (encoding.toLowerCase() !== "identity") {
      throw rocketmqRefusal("MALFORMED_RESPONSE", "its answer is compressed, although that was not allowed");
    }
    const nameservers = parseNsaddr(await cappedText(answer.body));
    const known = validators(answer);
    this.#said = known && { nameservers, ...known };
    return nameservers;
  }
}

/** The URL that RocketMQ's own clients would ask (`DefaultTopAddressing.java`): the path `/rocketmq/nsaddr` where there is none, the unit behind the path, then the parameters. */
export function addressServerUrl(text: string, unit: string | undefined, params: Readonly<Record<string, string>> = {}): URL {
  const url = new URL(text);
  url.hash = "";
  if (url.pathname === "/") url.pathname = "/rocketmq/nsaddr";
  if (unit !== undefined) {
    url.pathname += `-${encodeURIComponent(unit)}`;
    url.searchParams.append("nofix", "1");
  }
  for (const [name, value] of Object.entries(params)) url.searchParams.append(name, value);
  return url;
}

/**
 * By what the answer is recognised. By nothing if it was modified in the very second in which it was given: it may have been modified again in that second, and
 * neither Last-Modified nor an ETag made from it would tell (RFC 9110, 8.8.2.2).
 */
function validators({ header }: HttpAnswer): Pick<Said, "etag" | "modified"> | undefined {
  const [etag, modified] = [header("etag"), header("last-modified")];
  if (modified === undefined) return etag === undefined ? undefined : { etag, modified };
  return Date.parse(header("date") ?? "") - Date.parse(modified) >= 1_000 ? { etag, modified } : undefined;
}

function conditions(said: Said | undefined): Record<string, string> {
  return {
    ...(said?.etag === undefined ? {} : { "if-none-match": said.etag }),
    ...(said?.modified === undefined ? {} : { "if-modified-since": said.modified }),
  };
}

function refusedStatus({ status, header }: HttpAnswer, asked: URL): DiscoveryError {
  if ([401, 403, 407].includes(status)) return rocketmqRefusal("UNAUTHENTICATED", `it answers ${status}`);
  if (status === 304) return rocketmqRefusal("MALFORMED_RESPONSE", "it answers 304 (not modified) without having been asked for changes");
  const location = header("location");
  if (status < 300 || status >= 400 || location === undefined) return rocketmqRefusal("UNAVAILABLE", `it answers ${status}`);
  const to = withoutSecrets(location, asked);
  return rocketmqRefusal("UNAVAILABLE", `it answers ${status} and points to ${to}; redirects are not followed: configure that URL`);
}

/** What a stranger says about where to go, as far as it may be printed. */
function withoutSecrets(location: string, asked: URL): string {
  if (!URL.canParse(location, asked.href)) return "what is no URL";
  const { origin, pathname } = new URL(location, asked);
  return `${origin}${pathname}`.slice(0, 200);
}

/** Codes of Node when a certificate is signed by nobody that it trusts. */
const UNKNOWN_AUTHORITY = /SELF_SIGNED|UNABLE_TO_(GET_ISSUER|VERIFY)/;

function httpError(thrown: unknown): DiscoveryError {
  const { code, message } = Object(thrown) as Readonly<Record<"code" | "message", unknown>>;
  const is = (codes: RegExp): boolean => codes.test(String(code));
  if (is(/^(EPROTO|ERR_SSL_)/)) return rocketmqRefusal("UNAVAILABLE", "the TLS handshake failed: it may speak http, not https", thrown);
  // For a name with several addresses Node gives no message.
  const said = printable(String(message || code || "the connection failed"));
  if (is(/^HPE_/)) return rocketmqRefusal("MALFORMED_RESPONSE", `it does not speak HTTP: ${said}`, thrown);
  const hint = is(UNKNOWN_AUTHORITY) ? "; for an authority of your own start Node with NODE_EXTRA_CA_CERTS" : "";
  return rocketmqRefusal("UNAVAILABLE", `${said}${hint}`, thrown);
}
