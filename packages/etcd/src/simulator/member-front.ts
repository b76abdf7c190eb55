import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";

interface Link {
  readonly client: Socket;
  readonly upstream: Socket;
}

/**
 * The client port of a member: passes bytes on to the member's server, so that faults are real on the wire. While the gate is shut,
 * connections stay open and new ones are accepted, but nothing flows; what was sent meanwhile flows on when it opens.
 */
export class MemberFront {
  readonly #server: Server;
  readonly #upstreamPort: number;
  readonly #links = new Set<Link>();
  #open = false;

  private constructor(upstreamPort: number) {
    this.#upstreamPort = upstreamPort;
    this.#server = createServer({ noDelay: true }, (client) => this.#accept(client));
  }

  /** Listens on `port` (0 = any free one) in front of a server on the loopback port `upstreamPort`; the gate is shut. Rejects with the system's error. */
  static async listen(host: string, port: number, upstreamPort: number): Promise<MemberFront> {
    const front = new MemberFront(upstreamPort);
    front.#server.listen(port, host);
    await once(front.#server, "listening");
    return front;
  }

  /** The port it listens on. */
  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** How many clients are connected. */
  get connections(): number {
    return this.#links.size;
  }

  /** Opens or shuts the gate. */
  flow(open: boolean): void {
    if (open === this.#open) return;
    this.#open = open;
    for (const link of this.#links) {
      if (open) join(link);
      else part(link);
    }
  }

  /** Drops every connection (`reset`: with an RST, as a killed process does) and resolves once the port refuses. */
  async close(how: "end" | "reset"): Promise<void> {
    const closed = once(this.#server, "close");
    this.#server.close();
    for (const { client, upstream } of this.#links) {
      if (how === "reset") client.resetAndDestroy();
      else client.destroy();
      upstream.destroy();
    }
    await closed;
  }

  #accept(client: Socket): void {
    const upstream = connect({ port: this.#upstreamPort, host: "127.0.0.1", noDelay: true });
    const link = { client, upstream };
    this.#links.add(link);
    // A failed socket also closes, and what it means for the other one is decided there.
    client.on("error", () => {});
    upstream.on("error", () => {});
    client.on("close", () => {
      this.#links.delete(link);
      upstream.destroy();
    });
    upstream.on("close", () => client.destroySoon());
    if (this.#open) join(link);
  }
}

function join({ client, upstream }: Link): void {
  client.pipe(upstream);
  upstream.pipe(client);
}

function part({ client, upstream }: Link): void {
  client.unpipe(upstream);
  upstream.unpipe(client);
}
