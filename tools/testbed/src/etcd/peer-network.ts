import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";

interface Link {
  readonly to: PeerAddress;
  readonly socket: Socket;
  from?: string;
}

/** Where one member is reached by its peers. */
export interface PeerAddress {
  /** The member's id in lower-case hex; empty until it is known. */
  id: string;
  /** The port that the member listens on. */
  readonly port: number;
}

const HEAD_LIMIT_BYTES = 16_384;

/**
 * The network between the members: a TCP proxy at every advertised peer URL, so that a member can be cut off from its peers
 * while clients still reach it, without root. Each connection names its caller in the first request (`X-Server-From`).
 */
export class PeerNetwork {
  readonly #links = new Set<Link>();
  readonly #cut = new Set<string>();
  readonly #servers = new Set<Server>();

  /** Opens a proxy on `port` in front of a member; the function returned closes it. */
  async expose(to: PeerAddress, port: number): Promise<() => void> {
    const server = createServer({ pauseOnConnect: false }, (socket) => this.#accept({ to, socket }));
    server.listen(port, "127.0.0.1");
    await once(server, "listening");
    this.#servers.add(server);
    return () => {
      server.close();
      this.#servers.delete(server);
      for (const link of this.#links) if (link.to === to) link.socket.destroy();
    };
  }

  /** Ends every connection from or to this member and refuses new ones. */
  cut(id: string): void {
    this.#cut.add(id);
    for (const link of this.#links) if (this.#isCut(link)) link.socket.destroy();
  }

  /** Lets a member be reached again, and reach others. */
  heal(id: string): void {
    this.#cut.delete(id);
  }

  /** Closes everything. */
  close(): void {
    for (const server of this.#servers) server.close();
    for (const link of this.#links) link.socket.destroy();
  }

  #isCut({ to, from }: Link): boolean {
    return this.#cut.has(to.id) || (from !== undefined && this.#cut.has(from));
  }

  #accept(link: Link): void {
    const { socket } = link;
    this.#links.add(link);
    socket.on("close", () => this.#links.delete(link));
    socket.on("error", () => {});
    let head = "";
    const onData = (chunk: Buffer): void => {
      head += chunk.toString("latin1");
      const complete = head.includes("\r\n\r\n");
      if (!complete && head.length < HEAD_LIMIT_BYTES) return;
      socket.off("data", onData).pause();
      const from = /^x-server-from: *(\w+)/im.exec(head)?.[1];
      if (from !== undefined) link.from = from.toLowerCase();
      if (this.#isCut(link)) socket.destroy();
      else forward(link, Buffer.from(head, "latin1"));
    };
    if (this.#cut.has(link.to.id)) socket.destroy();
    else socket.on("data", onData);
  }
}

function forward({ to, socket }: Link, head: Buffer): void {
  const upstream = connect(to.port, "127.0.0.1");
  // Either end takes the other with it, errors included.
  upstream.on("error", () => {}).on("close", () => socket.destroy());
  socket.on("close", () => upstream.destroy());
  upstream.setNoDelay();
  socket.setNoDelay();
  upstream.write(head);
  socket.pipe(upstream).pipe(socket);
}
