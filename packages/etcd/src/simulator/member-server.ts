import { promisify } from "node:util";
import { Server, type ServerCredentials } from "@grpc/grpc-js";
import { MemberFront } from "./member-front.js";

/** The process of one member: a gRPC server on a private loopback port, and its front on the client port. */
export class MemberServer {
  readonly #server: Server;
  readonly #front: MemberFront;
  /** The client port. */
  readonly port: number;

  private constructor(server: Server, front: MemberFront) {
    this.#server = server;
    this.#front = front;
    this.port = front.port;
  }

  /** Starts on a client port (0 = any free one) with nothing flowing yet. Rejects with the system's error, for example when the port is taken. */
  static async start(host: string, port: number, credentials: ServerCredentials): Promise<MemberServer> {
    const server = new Server({ "grpc.enable_channelz": 0 });
    const privatePort = await promisify(server.bindAsync.bind(server))("127.0.0.1:0", credentials);
    try {
      return new MemberServer(server, await MemberFront.listen(host, port, privatePort));
    } catch (error) {
      server.forceShutdown();
      throw error;
    }
  }

  /** The gRPC server, to add services to. */
  get services(): Pick<Server, "addService"> {
    return this.#server;
  }

  /** How many clients are connected. */
  get connections(): number {
    return this.#front.connections;
  }

  /** Lets bytes flow, or stops them. */
  flow(open: boolean): void {
    this.#front.flow(open);
  }

  /** Ends the process: connections are dropped at once (`reset`: with an RST), and the port refuses when this resolves. */
  async stop(how: "end" | "reset"): Promise<void> {
    const closed = this.#front.close(how);
    const ended = new Promise<void>((resolve) => this.#server.tryShutdown(() => resolve()));
    this.#server.forceShutdown();
    await Promise.all([closed, ended]);
  }
}
