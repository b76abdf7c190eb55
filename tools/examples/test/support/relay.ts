import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { onTestFinished } from "vitest";

/** The way to a server, which can be as if the server had been stopped: it accepts connections and says nothing. */
export class Relay {
  /** `host:port` to connect to. */
  readonly address: string;
  readonly freeze: () => void;

  private constructor(address: string, freeze: () => void) {
    this.address = address;
    this.freeze = freeze;
  }

  /** Ends with the test. */
  static async to(address: string): Promise<Relay> {
    const [host = "", port] = address.split(":");
    const sockets = new Set<Socket>();
    let isFrozen = false;
    const server = createServer((near) => {
      sockets.add(near.on("error", () => undefined));
      if (isFrozen) return;
      const far = connect(Number(port), host).on("error", () => near.destroy());
      sockets.add(far);
      near.pipe(far).pipe(near);
    }).listen(0, "127.0.0.1");
    onTestFinished(() => {
      server.close();
      for (const socket of sockets) socket.destroy();
    });
    await once(server, "listening");
    return new Relay(`127.0.0.1:${(server.address() as AddressInfo).port}`, () => {
      isFrozen = true;
      for (const socket of sockets) socket.unpipe().pause();
    });
  }
}
