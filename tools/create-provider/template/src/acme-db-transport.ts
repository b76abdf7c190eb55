import { type IncomingMessage, request as requestHttp } from "node:http";
import { acmeDbRefusal } from "./acme-db-error.js";

/** A request to one member. */
export interface AcmeDbRequest {
  readonly host: string;
  readonly port: number;
  readonly method: "GET" | "HEAD";
  readonly path: string;
}

/** What it answered. */
export interface AcmeDbAnswer {
  readonly status: number;
  /** Empty unless the status is 200. */
  readonly body: string;
}

/**
 * One request, over a connection of its own that is closed once this settles. Rejects with whatever goes wrong, soon after the signal fires, and
 * with `MALFORMED_RESPONSE` for a body that is too long. A second way to ask (a client library, TLS) is one more function of this type.
 */
export type AcmeDbTransport = (request: AcmeDbRequest, options: { readonly signal: AbortSignal }) => Promise<AcmeDbAnswer>;

/** Some thousand members. Without a bound one mad peer fills the memory of everybody who asks it. */
const MAX_BODY_BYTES = 1_048_576;

/** By Node's HTTP client: no agent, no proxy, no redirects. */
export function httpTransport(token?: string | undefined): AcmeDbTransport {
  const headers = { accept: "application/json", ...(token === undefined ? {} : { authorization: `Bearer ${token}` }) };
  return async (request, { signal }) => {
    const asked = requestHttp({ ...request, agent: false, headers, signal });
    try {
      const message = await new Promise<IncomingMessage>((resolve, reject) => {
        asked.once("response", (response) => {
          asked.on("error", (error) => response.destroy(error)); // or a body without a length would end there as if it were complete
          resolve(response);
        });
        asked.on("error", reject);
        asked.once("close", () => reject(new Error("the connection was closed instead of an answer")));
        asked.end();
      });
      const status = message.statusCode ?? 0;
      return { status, body: status === 200 ? await textOf(message) : "" };
    } finally {
      asked.destroy();
    }
  };
}

async function textOf(message: IncomingMessage): Promise<string> {
  const pieces: Uint8Array[] = [];
  let length = 0;
  for await (const piece of message as AsyncIterable<Uint8Array>) {
    length += piece.length;
    if (length > MAX_BODY_BYTES) throw acmeDbRefusal("MALFORMED_RESPONSE", `the answer is longer than ${MAX_BODY_BYTES} bytes`);
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString("utf8");
}
