import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";

/** Somebody on loopback to whom a seed may lead: does with every connection what `behaviour` says. */
export class Peer {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #accepted = 0;

  private constructor(behaviour: (socket: Socket) => void) {
    this.#server = createServer((socket) => {
      this.#accepted += 1;
      this.#sockets.add(socket);
      socket.on("error", () => undefined).once("close", () => this.#left(socket));
      behaviour(socket);
      this.#server.emit("accepted");
    });
  }

  /** Listens on a free port. */
  static async listen(behaviour: (socket: Socket) => void): Promise<Peer> {
    const peer = new Peer(behaviour);
    peer.#server.listen(0, "127.0.0.1");
    await once(peer.#server, "listening");
    return peer;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Its address, as a seed. */
  get seed(): string {
    return `127.0.0.1:${this.port}`;
  }

  /** Connections that are open now. */
  get open(): number {
    return this.#sockets.size;
  }

  /** Whether somebody has connected. */
  get wasReached(): boolean {
    return this.#accepted > 0;
  }

  /** Resolves when somebody has connected. */
  async reached(): Promise<void> {
    if (!this.wasReached) await once(this.#server, "accepted");
  }

  /** Resolves when no connection is open. */
  async idle(): Promise<void> {
    if (this.#sockets.size > 0) await once(this.#server, "idle");
  }

  async close(): Promise<void> {
    const closed = once(this.#server, "close");
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  #left(socket: Socket): void {
    this.#sockets.delete(socket);
    if (this.#sockets.size === 0) this.#server.emit("idle");
  }
}

/** An address that refuses connections for as long as it is held: the near end of a connection, which nobody else can listen on. */
export async function deadAddress(): Promise<{ readonly port: number; close(): Promise<void> }> {
  const far = await Peer.listen((socket) => socket.resume());
  const near = connect(far.port, "127.0.0.1");
  near.on("error", () => undefined);
  await once(near, "connect");
  return { port: near.localPort ?? 0, close: () => far.close() };
}

/** Accepts, reads, and never says a word, like a stopped process. */
export function silence(socket: Socket): void {
  socket.resume();
}

/** Says the same to everybody, whatever they ask, and hangs up. */
export function says(text: string | Uint8Array): (socket: Socket) => void {
  return (socket) => {
    socket.resume();
    socket.end(text);
  };
}

/** Answers an HTTP request with a JSON text that never ends; `sent` hears how many bytes the other side has taken. */
export function saysWithoutEnd(sent: (bytes: number) => void): (socket: Socket) => void {
  const head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n[";
  const chunk = Buffer.alloc(65_536, '"127.0.0.1:1",');
  return (socket) => {
    const pump = (): void => {
      while (!socket.destroyed && socket.write(chunk));
      sent(socket.bytesWritten - socket.writableLength);
    };
    socket.resume().on("drain", pump).cork();
    socket.write(head);
    pump();
    socket.uncork();
  };
}

/** Passes bytes on to `seed`, but of the answer only the first `most` bytes, and then hangs up. `answered` hears how many came. */
export function passesOn(seed: string, most: number, answered: (bytes: number) => void): (socket: Socket) => void {
  return (client) => {
    const upstream = connectedFor(client, seed);
    let left = most;
    upstream.once("close", () => client.destroySoon());
    upstream.on("data", (bytes: Buffer) => {
      const passed = bytes.subarray(0, left);
      left -= passed.length;
      answered(passed.length);
      if (passed.length > 0) client.write(passed);
      if (left === 0) upstream.destroy();
    });
  };
}

/** Passes bytes on to `seed`, and the answer back in pieces, each of which can be read before the next one is sent. */
export function passesOnInPieces(seed: string): (socket: Socket) => void {
  return (client) => {
    client.setNoDelay(true);
    void sendApart(connectedFor(client, seed), client)
      .catch(() => undefined)
      .then(() => client.destroySoon());
  };
}

/** The first 8 bytes of what comes at once go one by one, so that a frame's header is cut everywhere; then pieces grow, so that a long answer takes no longer. */
async function sendApart(answer: AsyncIterable<Uint8Array>, client: Socket): Promise<void> {
  for await (const bytes of answer) {
    for (let at = 0, size = 0; at < bytes.length && !client.destroyed; at += size) {
      size = Math.max(1, Math.ceil(at / 8));
      client.write(bytes.subarray(at, at + size));
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
}

/** A connection to `seed` that hears all that `client` says, and goes with it. */
function connectedFor(client: Socket, seed: string): Socket {
  const { hostname, port } = new URL(`tcp://${seed}`);
  const upstream = connect(Number(port), hostname.replace(/[[\]]/g, ""));
  upstream.on("error", () => undefined);
  client.once("close", () => upstream.destroy()).pipe(upstream);
  return upstream;
}
