import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";

/** What a local server does with a request. */
export type Answering = (response: ServerResponse, request: IncomingMessage) => unknown;

/** An HTTP server on a free port that does what a test says, until the test is over. */
export class LocalHttp {
  /** What happens to the next request. */
  answer: Answering;
  /** Every request, in order. */
  readonly requests: IncomingMessage[] = [];
  readonly #server: Server;
  #port = 0;
  readonly #waiting: (() => void)[] = [];
  readonly #sockets = new Set<object>();

  constructor(answer: Answering) {
    this.answer = answer;
    this.#server = createServer((request, response) => {
      this.requests.push(request);
      this.answer(response, request);
      for (const tell of this.#waiting.splice(0)) tell();
    });
    this.#server.on("connection", (socket) => {
      this.#sockets.add(socket);
      socket.on("close", () => {
        this.#sockets.delete(socket);
        for (const tell of this.#waiting.splice(0)) tell();
      });
    });
  }

  /** `http://127.0.0.1:port`. */
  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Its own for ever. */
  get port(): number {
    return this.#port;
  }

  /** How many connections are open. */
  get connections(): number {
    return this.#sockets.size;
  }

  /** Resolves when it holds; looked at after each request and each closed connection. */
  async until(holds: (server: this) => boolean): Promise<void> {
    while (!holds(this)) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  /** Listens on a free port, and after that always on the same. */
  listen(): Promise<void> {
    return new Promise((resolve) =>
      this.#server.listen(this.#port, "127.0.0.1", () => {
        this.#port = (this.#server.address() as AddressInfo).port;
        resolve();
      }),
    );
  }

  /** Closes the port and every connection. */
  stop(): Promise<void> {
    return new Promise((resolve) => {
      this.#server.close(() => resolve());
      this.#server.closeAllConnections();
    });
  }
}

/** Starts one; it ends with the test. */
export async function localHttp(answer: Answering): Promise<LocalHttp> {
  const server = new LocalHttp(answer);
  await server.listen();
  onTestFinished(() => server.stop());
  return server;
}

/** Answers 200 with this text. */
export function saying(text: string, headers: Readonly<Record<string, string>> = {}): Answering {
  return (response) => response.writeHead(200, headers).end(text);
}

/** Answers with a status and no body. */
export function status(code: number, headers: Readonly<Record<string, string>> = {}): Answering {
  return (response) => response.writeHead(code, headers).end();
}

/** Takes the request and says nothing. */
export function hanging(): void {
  // It hangs.
}
