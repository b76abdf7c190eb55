import { once } from "node:events";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { createServer as createTlsServer, type TlsOptions, type Server as TlsServer } from "node:tls";
import { type FrameLimits, FrameReader } from "./frame-reader.js";

/** How a {@link SimulatedPort} speaks TLS: what `tls.createServer` takes (`cert`, `key`; `ca` and `requestCert` for clients that have to show a certificate), and more. */
export interface SimulatedTls extends TlsOptions {
  /**
   * What a client gets that speaks no TLS, known by its first byte: `serve`, the same conversation without TLS; `alert`, what Java's `SSLEngine` says of it, and the end;
   * `close`, the end without a word.
   */
  readonly plaintext: "serve" | "alert" | "close";
}

/** One client of a {@link SimulatedPort}, as the server sees it. */
export interface SimulatedClient {
  /** Settles once the connection is gone, whoever ended it. Never rejects. A frozen server notices when it thaws. */
  readonly gone: Promise<void>;
  /**
   * Sends bytes as they are (a frame with its length, or whatever a fault demands), at any time and in the order of the calls; while the port is frozen they wait.
   * Ignored once the client is gone.
   */
  write(bytes: Uint8Array): void;
  /** Ends the connection once everything written before has been sent. */
  end(): void;
}

/** Where a {@link SimulatedPort} listens, and for whom. */
export interface SimulatedPortOptions {
  /** Address of this machine. */
  readonly host: string;
  /** 0 = any that is free. */
  readonly port: number;
  /** Which frames clients may send: one of another length ends its connection. */
  readonly frames: FrameLimits;
  /** Default: no TLS, whatever the first byte is. */
  readonly tls?: SimulatedTls | undefined;
  /**
   * Begins the conversation with one more client, and returns what is called with each frame that it sends. A promise returned there is awaited before the next
   * frame is handed over: a server that answers one request at a time returns one, a server that answers in any order returns nothing. A throw or rejection ends the connection
   * without a word. While the port is frozen, frames wait; those of a client that is gone by then are dropped.
   */
  readonly conversation: (client: SimulatedClient) => (frame: Uint8Array) => unknown;
}

/** The first byte of what a TLS client says: a handshake. */
const HANDSHAKE = 22;

/** What Java's `SSLEngine` says to a client that speaks no TLS: a fatal alert of TLS 1.2, "internal error". */
const ALERT: Uint8Array = Uint8Array.of(21, 3, 3, 0, 2, 2, 80);

/** The socket side of a simulated server whose protocol frames its messages as a {@link FrameReader} reads them: who is connected, whether bytes are looked at, and how it ends. */
export class SimulatedPort {
  readonly #options: SimulatedPortOptions;
  readonly #server: Server;
  readonly #closed: Promise<unknown>;
  /** Only shakes hands: it is given the connections of the other one. */
  readonly #tls: TlsServer | undefined;
  readonly #sockets = new Set<Socket>();
  #frozen: Promise<void> | undefined;
  #thaw = (): void => {};

  private constructor(options: SimulatedPortOptions) {
    this.#options = options;
    this.#tls = options.tls && createTlsServer(options.tls, (socket) => this.#serve(socket));
    this.#tls?.on("tlsClientError", (_error, socket) => socket.destroy());
    this.#server = createServer({ noDelay: true }, (socket) => this.#accept(socket));
    this.#closed = new Promise((resolve) => this.#server.once("close", resolve));
  }

  /** Listens. Rejects with the system's error, for example when the port is taken. */
  static async listen(options: SimulatedPortOptions): Promise<SimulatedPort> {
    const listening = new SimulatedPort(options);
    listening.#server.listen(options.port, options.host);
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

  /** From now on connections are accepted, but nothing that comes is looked at, and nothing is said, as of a process that is stopped. May be called again. */
  freeze(): void {
    this.#frozen ??= new Promise((resolve) => {
      this.#thaw = resolve;
    });
  }

  /** Goes on, with what came and what was written meanwhile. May be called again. */
  thaw(): void {
    this.#frozen = undefined;
    this.#thaw();
  }

  /** Drops every connection (`reset`: with an RST, as a killed process does) and resolves once the port refuses. May be called again. */
  async close(how: "end" | "reset"): Promise<void> {
    this.#server.close();
    for (const socket of this.#sockets) {
      if (how === "reset") socket.resetAndDestroy();
      else socket.destroy();
    }
    this.thaw(); // nobody waits for a server that is no more
    await this.#closed;
  }

  #accept(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on("close", () => this.#sockets.delete(socket));
    socket.on("error", () => {}); // it also closes
    const { tls } = this.#options;
    if (tls) socket.once("readable", () => this.#turns(socket)(() => this.#greet(socket, tls)));
    else this.#serve(socket);
  }

  #greet(socket: Socket, { plaintext }: SimulatedTls): void {
    const hello: Uint8Array | null = socket.read();
    if (hello === null) throw new Error("the client ended before it said anything");
    const secure = hello[0] === HANDSHAKE;
    if (!secure && plaintext !== "serve") {
      if (plaintext === "alert") socket.write(ALERT);
      socket.destroySoon();
      return;
    }
    socket.unshift(hello);
    if (secure) this.#tls?.emit("connection", socket);
    else this.#serve(socket);
  }

  #serve(socket: Socket): void {
    socket.on("error", () => {});
    const speak = this.#turns(socket);
    const gone = new Promise((resolve) => socket.once("close", resolve)).then(() => this.#running());
    const hear = this.#options.conversation({
      gone,
      write: (bytes) => speak(() => socket.write(bytes)),
      end: () => speak(() => socket.destroySoon()),
    });
    const heard = this.#turns(socket);
    const frames = new FrameReader(this.#options.frames);
    socket.on("data", (chunk) => {
      try {
        for (const frame of frames.push(chunk)) heard(() => hear(frame));
      } catch {
        socket.pause();
        heard(() => socket.destroy());
      }
    });
  }

  /** For what happens one after the other: nothing of it while the port is frozen, nor once the socket is gone; a failure ends the connection. */
  #turns(socket: Socket): (act: () => unknown) => void {
    let last = Promise.resolve();
    return (act) => {
      const turn = async (): Promise<void> => {
        await this.#running();
        if (!socket.destroyed) await act();
      };
      last = last.then(turn).catch(() => void socket.destroy());
    };
  }

  async #running(): Promise<void> {
    while (this.#frozen !== undefined) await this.#frozen;
  }
}
