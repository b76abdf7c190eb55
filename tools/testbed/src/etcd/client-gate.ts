import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";

/**
 * Stands at the client URL that a member advertises. While it is shut, connections are accepted and stay silent, as at a member that joins and
 * does not serve yet; what was sent meanwhile flows on once it opens, for good.
 */
export class ClientGate {
  /** The port that the member advertises. */
  readonly port: number;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #opensTo: number | undefined;

  private constructor(port: number) {
    this.port = port;
    this.#server = createServer({ pauseOnConnect: true, noDelay: true }, (socket) => this.#accept(socket));
  }

  /** A gate that is shut. Rejects with the system's error. */
  static async listen(port: number): Promise<ClientGate> {
    const gate = new ClientGate(port);
    gate.#server.listen(port, "127.0.0.1");
    await once(gate.#server, "listening");
    return gate;
  }

  /** Whether nothing flows. */
  get shut(): boolean {
    return this.#opensTo === undefined;
  }

  /** Lets everything through to the port on which the member listens. */
  open(to: number): void {
    this.#opensTo = to;
    for (const socket of this.#sockets) forward(socket, to);
  }

  /** Ends every connection; the port refuses from now on. */
  close(): void {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
  }

  #accept(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on("error", () => {}).on("close", () => this.#sockets.delete(socket));
    if (this.#opensTo !== undefined) forward(socket, this.#opensTo);
  }
}

function forward(socket: Socket, to: number): void {
  const upstream = connect({ port: to, host: "127.0.0.1", noDelay: true });
  // Either end takes the other with it, errors included.
  upstream.on("error", () => {}).on("close", () => socket.destroy());
  socket.on("close", () => upstream.destroy());
  socket.pipe(upstream).pipe(socket);
}
