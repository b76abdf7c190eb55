import { type IncomingMessage, request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";

/** What an HTTP server answers before its body. */
export interface HttpAnswer {
  /** Of any kind: redirects are not followed. */
  readonly status: number;
  /** A header that the answer has, once. Names are in lower case. */
  header(name: string): string | undefined;
  /** What follows, as it arrives; it throws if the connection breaks or the signal fires. Whoever stops reading, or does not begin, calls `close`. */
  readonly body: AsyncIterable<Uint8Array>;
  /** Closes the connection, if it is still there. */
  close(): void;
}

/** Asks an HTTP server for one thing, over a connection of its own. */
export type HttpGet = (
  url: URL,
  options: { readonly headers: Readonly<Record<string, string>>; readonly signal: AbortSignal },
) => Promise<HttpAnswer>;

/** {@link HttpGet} by Node: a new connection each time, no agent, no proxy, no redirects; https trusts whom Node trusts. */
export const httpGet: HttpGet = (url, { headers, signal }) =>
  new Promise((resolve, reject) => {
    const request = url.protocol === "https:" ? requestHttps : requestHttp;
    const asked = request(url, { agent: false, headers, signal, rejectUnauthorized: true }); // whatever NODE_TLS_REJECT_UNAUTHORIZED says
    asked.once("response", (message) => {
      asked.on("error", (error) => message.destroy(error)); // a body without a length would end there as if it were complete
      resolve(answerOf(message));
    });
    asked.on("error", reject);
    asked.once("close", () => reject(new Error("the connection was closed instead of an answer"))); // an upgrade that nobody asked for
    asked.end();
  });

function answerOf(message: IncomingMessage): HttpAnswer {
  return {
    status: message.statusCode ?? 0,
    header: (name) => {
      const value = message.headers[name];
      return typeof value === "string" ? value : undefined;
    },
    body: message,
    close: () => void message.destroy(),
  };
}
