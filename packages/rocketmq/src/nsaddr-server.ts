import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { type EndpointFeed, hostPort } from "@rollcall/core";
import { nameserversOf, requireNameserversFeed } from "./nameservers-feed.js";
import { type NsaddrAnswer, nsaddrAnswer, nsaddrLine } from "./nsaddr-answer.js";
import { type NsaddrServerOptions, type NsaddrServerSettings, nsaddrServerSettings } from "./nsaddr-server-options.js";
import type { RocketmqNameservers } from "./rocketmq-nameservers-metadata.js";
import { rocketmqRefusal } from "./rocketmq-refusal.js";

/** An address server of one's own. It keeps the process alive, as servers do, until it is closed. */
export interface NsaddrServer extends AsyncDisposable {
  /** `http://host:port/path`, with the host that was asked for. */
  readonly url: string;
  /** Where it listens. */
  readonly port: number;
  /** Ends the server, every connection to it and its subscription; the port is free when this resolves. Never rejects. May be called again. */
  close(): Promise<void>;
  /** The same. */
  [Symbol.asyncDispose](): Promise<void>;
}

/** What clients may cost all together, and each of them. */
export interface NsaddrLimits {
  /** Further ones are turned away. */
  readonly connections: number;
  /** From connect to the end of the request, in milliseconds; as long again until the answer is taken. */
  readonly requestMs: number;
  /** How often that is looked at, in milliseconds. */
  readonly checkMs: number;
}

const LIMITS: NsaddrLimits = { connections: 1_000, requestMs: 5_000, checkMs: 1_000 };
const MAX_HEADER_BYTES = 8_192;

/** What `listen` fails with because of what it was asked for, and what to do. */
const REFUSALS: Readonly<Record<string, string>> = {
  EADDRINUSE: "a port that nobody listens on, or 0 for any that is free",
  EACCES: "a port that this user may listen on, or 0 for any that is free",
  EADDRNOTAVAIL: "a host that is an address of this machine",
  ENOTFOUND: "a host that is an address of this machine, or a name of one",
};

/**
 * Serves the nameservers of a feed as RocketMQ's address server does, for clients that ask such a server: those in Java with `-Drocketmq.namesrv.domain=host:port` and no
 * nameserver address, those in Go with `NewHttpResolver`, ali-ons with `onsAddr`.
 *
 * `GET` and `HEAD` of the path, with any query, are answered with the nameservers in use: one line `host:port;host:port`, for that is what all of them read rightly, and an ETag. Before
 * the first set the answer is 503, which running clients ignore, and never an empty list; the last set stays when the feed has closed. Every connection serves one request, within
 * 5 s and 8 KiB, and there are 1 000 at most.
 *
 * It subscribes until it is closed, so that the feed polls.
 *
 * @param feed - usually a `MetadataPoller` of `rocketmqNameservers`
 * @returns once it listens; rejects with a DiscoveryError: `INVALID_OPTIONS` for a bad option, a port that is taken, a host that is not of this machine or the feed of others
 * than nameservers, `CLOSED` when the feed is
 */
export function nsaddrServer(feed: EndpointFeed<RocketmqNameservers>, options: NsaddrServerOptions = {}): Promise<NsaddrServer> {
  return nsaddrServerWithin(LIMITS, feed, options);
}

/** `nsaddrServer` with limits of one's own. */
export async function nsaddrServerWithin(
  limits: NsaddrLimits,
  feed: EndpointFeed<RocketmqNameservers>,
  options: NsaddrServerOptions,
): Promise<NsaddrServer> {
  requireNameserversFeed(feed);
  const settings = nsaddrServerSettings(options);
  const { host, path } = settings;
  let line = nsaddrLine(feed.snapshot?.endpoints ?? []);
  const subscription = feed.subscribe((snapshot) => {
    line = nsaddrLine(nameserversOf(snapshot)) ?? line;
  });
  const serve = (request: IncomingMessage, response: ServerResponse): void => send(response, nsaddrAnswer(request, path, line));
  const server = createServer(
    {
      maxHeaderSize: MAX_HEADER_BYTES,
      headersTimeout: limits.requestMs,
      requestTimeout: limits.requestMs,
      connectionsCheckingInterval: limits.checkMs,
    },
    serve,
  );
  server.on("checkExpectation", serve); // an expectation that nobody knows is no reason to stay
  server.maxConnections = limits.connections;
  server.timeout = limits.requestMs; // without it, who never reads an answer would stay for ever
  const close = async (): Promise<void> => {
    const closed = new Promise((resolve) => server.close(resolve));
    server.closeAllConnections();
    await Promise.all([closed, subscription[Symbol.asyncDispose]()]);
  };
  await listen(server, settings).catch(async (error: unknown) => {
    await close();
    throw error;
  });
  const { port } = server.address() as AddressInfo;
  return { url: `http://${hostPort.format({ host, port })}${path}`, port, close, [Symbol.asyncDispose]: close };
}

async function listen(server: Server, { host, port }: NsaddrServerSettings): Promise<void> {
  try {
    server.listen({ host, port });
    await once(server, "listening");
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    const allowed = REFUSALS[String(code)];
    if (allowed === undefined) throw rocketmqRefusal("UNAVAILABLE", `no server on ${hostPort.format({ host, port })}: ${message}`, cause);
    throw rocketmqRefusal("INVALID_OPTIONS", `host, port: got ${hostPort.format({ host, port })} (${code}), allowed is ${allowed}`, cause);
  }
  // A connection that could not be accepted, because there are no descriptors left, must not end the process.
  server.on("error", () => undefined);
}

/** Then the connection ends: clients ask every two minutes at most, and one at rest would be one to guard. */
function send(response: ServerResponse, { status, headers, body }: NsaddrAnswer): void {
  const length = status === 304 ? {} : { "content-length": Buffer.byteLength(body) };
  response.writeHead(status, { ...headers, "content-type": "text/plain; charset=utf-8", ...length, connection: "close" });
  response.end(body);
}
