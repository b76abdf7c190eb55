import { createServer as createHttp, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from "node:http";
import { createServer as createHttps } from "node:https";
import { type AddressInfo, createServer as createTcp, type Socket } from "node:net";
import type { Endpoint } from "@rollcall/core";
import type { Certificate } from "./certificates.js";

/** How a member behaves that is no ordinary one. */
export interface ServerHow {
  /** Default: a free one. */
  readonly port?: number;
  readonly host?: string;
  /** Serves over TLS. */
  readonly certificate?: Certificate;
  /** Answers in its own way. Default: 200 and its name. */
  readonly answer?: RequestListener;
}

/** A member: an HTTP server that answers with its name. */
export class MemberServer {
  readonly name: string;
  readonly endpoint: Endpoint;
  /** What it was asked. */
  readonly requests: IncomingMessage[] = [];
  /** Connections that are open now. */
  readonly sockets: Set<Socket> = new Set();
  /** Connections made so far. */
  connections = 0;
  readonly #answers: ServerResponse[] = [];
  readonly #waiting: ((answer: ServerResponse) => void)[] = [];
  readonly #server: Server;

  private constructor(name: string, server: Server) {
    const { address, port } = server.address() as AddressInfo;
    this.name = name;
    this.endpoint = { id: name, host: address, port };
    this.#server = server;
    server.on("request", (request: IncomingMessage, answer: ServerResponse) => {
      this.requests.push(request);
      const waiting = this.#waiting.shift();
      if (waiting === undefined) this.#answers.push(answer);
      else waiting(answer);
    });
    server.on("connection", (socket: Socket) => {
      this.connections += 1;
      this.sockets.add(socket);
      socket.once("close", () => this.sockets.delete(socket));
    });
  }

  static async start(name: string, how: ServerHow = {}): Promise<MemberServer> {
    const { port = 0, host = "127.0.0.1", certificate, answer = (_request, response) => void response.end(name) } = how;
    const server = certificate === undefined ? createHttp() : (createHttps({ ...certificate }) as Server);
    await new Promise<void>((resolve) => server.listen(port, host, resolve));
    const member = new MemberServer(name, server);
    server.on("request", answer);
    return member;
  }

  /** The next answer that it has begun, or is about to. */
  get answering(): Promise<ServerResponse> {
    const answer = this.#answers.shift();
    return answer === undefined ? new Promise((resolve) => this.#waiting.push(resolve)) : Promise.resolve(answer);
  }

  /** The connection that is open. */
  get socket(): Socket {
    const [socket] = this.sockets;
    if (socket === undefined) throw new Error(`nobody is connected to ${this.name}`);
    return socket;
  }

  /** What it does with the connection of a request to upgrade. */
  upgrading(answer: (request: IncomingMessage, socket: Socket) => void): void {
    this.#server.on("upgrade", answer);
  }

  /** As a member goes that has left the list: when its clients have hung up. */
  async drain(): Promise<void> {
    await Promise.all([...this.sockets].map(endOf));
    await this.kill();
  }

  /** At once. */
  async kill(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#server.closeAllConnections();
    for (const socket of this.sockets) socket.destroy();
    await closed;
  }
}

/** A member that accepts connections and does this with them; by default nothing at all, as a frozen one. */
export class BareServer {
  readonly endpoint: Endpoint;
  readonly sockets: Set<Socket> = new Set();
  readonly #server: ReturnType<typeof createTcp>;

  private constructor(name: string, server: ReturnType<typeof createTcp>) {
    const { address, port } = server.address() as AddressInfo;
    this.endpoint = { id: name, host: address, port };
    this.#server = server;
  }

  static async start(name: string, connected: (socket: Socket) => void = () => undefined): Promise<BareServer> {
    const server = createTcp();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const bare = new BareServer(name, server);
    server.on("connection", (socket) => {
      bare.sockets.add(socket.on("error", () => undefined));
      connected(socket);
    });
    return bare;
  }

  async kill(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const socket of this.sockets) socket.destroy();
    await closed;
  }
}

/** When a connection has ended. */
export function endOf(socket: Socket): Promise<void> {
  return new Promise((resolve) => (socket.destroyed ? resolve() : socket.once("close", () => resolve())));
}

/** An endpoint at which nobody listens: a port that was free a moment ago. */
export async function nobody(id: string): Promise<Endpoint> {
  const bare = await BareServer.start(id);
  await bare.kill();
  return bare.endpoint;
}
