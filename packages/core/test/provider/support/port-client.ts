import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { onTestFinished } from "vitest";
import { SimulatedPort, type SimulatedPortOptions } from "../../../src/provider/index.js";

/** A frame as it travels. */
export function frameOf(body: Uint8Array | string): Buffer {
  const bytes = Buffer.from(body);
  const frame = Buffer.alloc(4 + bytes.length);
  frame.writeInt32BE(bytes.length);
  frame.set(bytes, 4);
  return frame;
}

/** A port of this test, with frames of up to 100 bytes; closed when the test ends. */
export async function listening(options: Pick<SimulatedPortOptions, "conversation" | "tls">): Promise<SimulatedPort> {
  const port = await SimulatedPort.listen({ host: "127.0.0.1", port: 0, frames: { maxBytes: 100 }, ...options });
  onTestFinished(() => port.close("end"));
  return port;
}

/** A client that remembers what it hears. */
export class PortClient {
  readonly socket: Socket;
  /** Everything it heard, as Latin-1 text. */
  heard = "";
  /** How its connection ended: `end`, or the code of an error. */
  ended: string | undefined;

  constructor(socket: Socket) {
    this.socket = socket;
    socket.on("data", (chunk) => {
      this.heard += chunk.toString("latin1");
    });
    socket.on("end", () => {
      this.ended ??= "end";
    });
    socket.on("error", (error: NodeJS.ErrnoException) => {
      this.ended ??= error.code ?? error.message;
    });
    onTestFinished(() => void socket.destroy());
  }

  /** Connects without TLS. */
  static async to({ port }: Pick<SimulatedPort, "port">): Promise<PortClient> {
    const socket = connect(port, "127.0.0.1");
    const client = new PortClient(socket);
    await once(socket, "connect");
    return client;
  }

  /** Sends one frame. */
  say(text: string): void {
    this.socket.write(frameOf(text));
  }
}
