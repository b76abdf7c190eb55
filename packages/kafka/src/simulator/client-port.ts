import { once } from "node:events";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { createServer as createTlsServer, type Server as TlsServer } from "node:tls";
import type { ClientSession } from "./client-session.js";
import { FrameSplitter } from "./frame-splitter.js";
import type { KafkaSimulatorSecurity } from "./simulator-options.js";

/** The first byte of what a TLS client says: a handshake. */
const HANDSHAKE = 22;

/** What a broker says to a client that speaks no TLS (`SSLEngine`): a fatal alert of TLS 1.2, "internal error". */
const ALERT: Uint8Array = Uint8Array.of(21, 3, 3, 0, 2, 2, 80);

/** The socket side of one listener: who is connected, whether bytes are looked at, and how it ends. */
export class ClientPort {
  readonly #server: Server;
  /** Only shakes hands: it is given the connections of the other one. */
  readonly #tls: TlsServer | undefined;
  readonly #session: () => ClientSession;
  readonly #sockets = new Set<Socket>();
  #thawed: Promise<void> = Promise.resolve();
  #thaw = (): void => {};

  private constructor(tls: KafkaSimulatorSecurity["tls"], session: () => ClientSession) {
    this.#session = session;
    this.#tls = tls && createTlsServer({ cert: tls.cert, key: tls.key }, (socket) => this.#serve(socket));
    this.#tls?.on("tlsClientError", (_error, socket) => socket.destroy());
    this.#server = createServer({ noDelay: true }, (socket) => this.#accept(socket));
  }

  /**
   * Listens. Rejects with the system's error, for example when the port is taken.
   *
   * @param session - begins the conversation with one more client
   */
  static async listen(host: string, port: number, tls: KafkaSimulatorSecurity["tls"], session: () => ClientSession): Promise<ClientPort> {
    const listening = new ClientPort(tls, session);
    listening.#server.listen(port, host);
    await once(listening.#server, "listening");
    return listening;
  }

  /** The port it listens on. */
  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** How many clients are connected. */
  get connections(): number {
    return this.#sockets.size;
  }

  /** From now on connections are accepted, but nothing that comes is looked at, and nothing is said. */
  freeze(): void {
    this.#thawed = new Promise((resolve) => {
      this.#thaw = resolve;
    });
  }

  /** Goes on, with what came meanwhile. */
  thaw(): void {
    this.#thaw();
  }

  /** Drops every connection (`reset`: with an RST, as a killed process does) and resolves once the port refuses. */
  async close(how: "end" | "reset"): Promise<void> {
    const closed = once(this.#server, "close");
    this.#server.close();
    for (const socket of this.#sockets) {
      if (how === "reset") socket.resetAndDestroy();
      else socket.destroy();
    }
    await closed;
  }

  #accept(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on("close", () => this.#sockets.delete(socket));
    socket.on("error", () => {}); // it also closes
    const tls = this.#tls;
    if (tls) socket.once("readable", () => void this.#shakeHands(socket, tls));
    else this.#serve(socket);
  }

  async #shakeHands(socket: Socket, tls: TlsServer): Promise<void> {
    await this.#thawed;
    if (socket.destroyed) return;
    const hello: Uint8Array | null = socket.read();
    if (hello === null) socket.destroy();
    else if (hello[0] === HANDSHAKE) {
      socket.unshift(hello);
      tls.emit("connection", socket);
    } else {
      socket.write(ALERT);
      socket.destroySoon();
    }
  }

  #serve(socket: Socket): void {
    const session = this.#session();
    const frames = new FrameSplitter();
    let answered = Promise.resolve();
    const answer = (frame: Uint8Array): void => {
      answered = answered.then(() => this.#answer(socket, session, frame)).catch(() => void socket.destroy());
    };
    socket.on("error", () => {});
    socket.on("data", (chunk) => {
      try {
        frames.push(chunk).forEach(answer);
      } catch {
        socket.destroy();
      }
    });
  }

  /** One at a time and in order, as a broker does it. Rejects where the connection is to be closed without a word. */
  async #answer(socket: Socket, session: ClientSession, frame: Uint8Array): Promise<void> {
    await this.#thawed;
    if (socket.destroyed) return;
    const { bytes, after } = await session.respond(frame);
    await this.#thawed;
    if (socket.destroyed) return;
    if (bytes) socket.write(bytes);
    if (after === "close") socket.destroySoon();
    if (after === "silence") await once(socket, "close");
  }
}
