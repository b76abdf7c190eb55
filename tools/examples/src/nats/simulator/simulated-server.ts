import { once } from "node:events";
import { createServer, type Server, type Socket } from "node:net";
import type { NatsTestServer } from "./nats-test-cluster.js";

/** What a server says in its INFO beside what is its own. */
export type InfoFields = Readonly<Record<string, unknown>>;

/** One server: speaks first, answers PING, and knows no other word of the protocol. */
export class SimulatedServer implements NatsTestServer {
  readonly name: string;
  readonly address: string;
  /** Said instead of the INFO line, if it is set. */
  greeting: string | undefined;
  readonly #server: Server;
  readonly #info: () => InfoFields;
  readonly #closed: Promise<unknown>;
  readonly #sockets = new Set<Socket>();
  #frozen = false;

  private constructor(name: string, address: string, server: Server, info: () => InfoFields) {
    this.name = name;
    this.address = address;
    this.#server = server;
    this.#info = info;
    this.#closed = new Promise((resolve) => server.once("close", resolve));
    server.on("connection", (socket) => this.#accept(socket));
  }

  /** Listens on a port of 127.0.0.1. Rejects with the system's error when it is taken. */
  static async listen(name: string, port: number, info: () => InfoFields): Promise<SimulatedServer> {
    const server = createServer().listen(port, "127.0.0.1");
    await once(server, "listening");
    return new SimulatedServer(name, `127.0.0.1:${port}`, server, info);
  }

  /** How many clients are connected. */
  get connections(): number {
    return this.#sockets.size;
  }

  freeze(): void {
    this.#frozen = true;
    for (const socket of this.#sockets) socket.pause();
  }

  thaw(): void {
    this.#frozen = false;
    for (const socket of this.#sockets) this.#serve(socket);
  }

  /** Takes no new client; those that it has may stay. */
  retire(): void {
    this.#server.close();
  }

  /** Takes no new client, and lets go of those that it has. */
  async close(): Promise<void> {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    await this.#closed;
  }

  #accept(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on("close", () => this.#sockets.delete(socket));
    socket.on("error", () => {}); // it also closes
    if (!this.#frozen) this.#serve(socket);
  }

  /** Begins the conversation, or goes on with it. */
  #serve(socket: Socket): void {
    if (socket.listenerCount("data") === 0) {
      const { name } = this;
      const info = { server_id: `N-${name}`, server_name: name, version: "2.15.3", proto: 1, host: "127.0.0.1", ...this.#info() };
      socket.write(this.greeting ?? `INFO ${JSON.stringify(info)} \r\n`);
      socket.on("data", (bytes) => this.#hear(socket, String(bytes)));
    }
    socket.resume();
  }

  #hear(socket: Socket, text: string): void {
    for (const line of text.split("\r\n")) if (line === "PING") socket.write("PONG\r\n");
  }
}
