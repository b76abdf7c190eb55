import { createHash } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { hostPort, systemClock } from "@rollcall/core";
import type { AddressServerMode, RocketmqTestAddressServer } from "./rocketmq-test-cluster.js";

const PATH = "/rocketmq/nsaddr";

/** A byte of a body that trickles comes this often, in milliseconds. */
const TRICKLE_MS = 50;

const HTML = "<!DOCTYPE html>\n<html><head><title>Welcome</title></head><body>Please log in;127.0.0.1:9876</body></html>\n";

/**
 * Starts an HTTP server that says where nameservers are, at `/rocketmq/nsaddr` and `/rocketmq/nsaddr-<unit>`, in every way that address servers have been seen to. Resolves once it
 * listens. Dispose it, or it keeps the process alive.
 *
 * @param addresses - what it says until they are assigned
 * @param options - `port`: default 0, any that is free. `host`: default `127.0.0.1`
 */
export async function startAddressServer(
  addresses: readonly string[],
  { port = 0, host = "127.0.0.1" }: { readonly port?: number | undefined; readonly host?: string | undefined } = {},
): Promise<RocketmqTestAddressServer> {
  const server = new AddressServer(addresses, host, port);
  await server.start();
  return server;
}

class AddressServer implements RocketmqTestAddressServer {
  addresses: readonly string[];
  mode: AddressServerMode = "ok";
  requests = 0;
  readonly #host: string;
  #port: number;
  #server: Server | undefined;

  constructor(addresses: readonly string[], host: string, port: number) {
    this.addresses = addresses;
    this.#host = host;
    this.#port = port;
  }

  get url(): string {
    return `http://${hostPort.format({ host: this.#host, port: this.#port })}${PATH}`;
  }

  async start(): Promise<void> {
    if (this.#server !== undefined) throw new Error("the address server runs already");
    const server = createServer((request, response) => this.#answer(request, response)).listen(this.#port, this.#host);
    await once(server, "listening");
    this.#server = server;
    this.#port = (server.address() as AddressInfo).port;
  }

  async stop(): Promise<void> {
    if (this.#server === undefined) throw new Error("the address server is down");
    await this[Symbol.asyncDispose]();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const server = this.#server;
    if (server === undefined) return;
    this.#server = undefined;
    const closed = once(server, "close");
    server.close();
    server.closeAllConnections();
    await closed;
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    this.requests += 1;
    const path = request.url?.replace(/\?.*/, "");
    if (path !== PATH && !path?.startsWith(`${PATH}-`)) fail(response, 404);
    else this.#speak(request, response.setHeader("content-type", "text/plain;charset=utf-8"));
  }

  #speak(request: IncomingMessage, response: ServerResponse): void {
    switch (this.mode) {
      case "ok":
        return conditional(request, response, this.addresses.join(";"));
      case "empty":
        return void response.end();
      case "html":
        return void response.setHeader("content-type", "text/html").end(HTML);
      case "hang":
        return;
      case "trickle":
        return trickle(response, Buffer.from(this.addresses.join(";")));
      case "endless":
        return request.method === "HEAD" ? void response.end() : endless(response);
      case "redirect-loop":
        return void response.writeHead(302, { location: this.url }).end();
      case "error-404":
      case "error-500":
      case "error-503":
        return fail(response, Number(this.mode.slice("error-".length)));
    }
  }
}

function conditional(request: IncomingMessage, response: ServerResponse, body: string): void {
  const etag = `"${createHash("sha1").update(body).digest("hex")}"`;
  response.setHeader("etag", etag);
  if (request.headers["if-none-match"] === etag) response.writeHead(304).end();
  else response.end(body);
}

function fail(response: ServerResponse, status: number): void {
  response.writeHead(status, { "content-type": "text/html" }).end(`<html><body><h1>${status}</h1></body></html>\n`);
}

/** The right body, a byte at a time. */
function trickle(response: ServerResponse, body: Uint8Array): void {
  if (response.destroyed) return;
  if (body.length === 0) return void response.end();
  response.write(body.subarray(0, 1));
  systemClock.setTimeout(() => trickle(response, body.subarray(1)), TRICKLE_MS);
}

/** Addresses for ever, as fast as they are read. */
function endless(response: ServerResponse): void {
  const more = "127.0.0.1:9876;".repeat(1_000);
  const go = (): void => {
    while (!response.destroyed && response.write(more));
  };
  response.on("drain", go);
  go();
}
