import { createSocket, type Socket } from "node:dgram";
import { promises as dns } from "node:dns";
import { once } from "node:events";
import { type AddressInfo, createServer, type Server } from "node:net";
import { type Answer, decode, encode, type Packet, streamDecode, streamEncode, TRUNCATED_RESPONSE } from "dns-packet";

type Fault = "SERVFAIL" | "REFUSED" | "silence";

/** What is said of one name: its records by type. */
interface Zone {
  readonly A?: readonly string[];
  readonly AAAA?: readonly string[];
  /** Each written `priority weight port target`. */
  readonly SRV?: readonly string[];
  /** The answer fits no datagram: it is cut to nothing there, and complete over TCP. */
  readonly truncated?: boolean;
  /** What is said instead when this type is asked for. */
  readonly faults?: Readonly<Record<string, Fault>>;
}

const RCODES = { NOERROR: 0, SERVFAIL: 2, NXDOMAIN: 3, REFUSED: 5 } as const;

/** A name server on 127.0.0.1, over UDP and TCP. A name of which nothing is said does not exist. */
export class DnsServer implements AsyncDisposable {
  readonly names: Map<string, Zone | Fault> = new Map();
  /** Every question, as `udp A a.test`. */
  readonly questions: string[] = [];
  readonly #udp: Socket;
  readonly #tcp: Server;

  private constructor(udp: Socket, tcp: Server) {
    this.#udp = udp;
    this.#tcp = tcp;
    udp.on("message", (message, from) => {
      const reply = this.#reply("udp", decode(message));
      if (reply !== undefined) udp.send(encode(reply), from.port, from.address);
    });
    tcp.on("connection", (socket) => {
      socket.on("error", () => undefined);
      socket.on("data", (message) => {
        const reply = this.#reply("tcp", streamDecode(message));
        if (reply !== undefined) socket.end(streamEncode(reply));
      });
    });
  }

  static async start(): Promise<DnsServer> {
    while (true) {
      const udp = createSocket("udp4").bind(0, "127.0.0.1");
      await once(udp, "listening");
      const tcp = createServer().listen(udp.address().port, "127.0.0.1");
      try {
        await once(tcp, "listening");
        return new DnsServer(udp, tcp);
      } catch {
        udp.close(); // somebody else has that port for TCP
      }
    }
  }

  get address(): string {
    const { address, port } = this.#tcp.address() as AddressInfo;
    return `${address}:${port}`;
  }

  /** Asks this server, once and without much patience. */
  resolver(timeoutMs = 5_000): dns.Resolver {
    const resolver = new dns.Resolver({ timeout: timeoutMs, tries: 1 });
    resolver.setServers([this.address]);
    return resolver;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#udp.close();
    this.#tcp.close();
    await Promise.all([once(this.#udp, "close"), once(this.#tcp, "close")]);
  }

  #reply(over: "udp" | "tcp", { id, questions = [] }: Packet): Packet | undefined {
    const [question] = questions;
    if (id === undefined || question === undefined) return undefined;
    const { type, name } = question;
    this.questions.push(`${over} ${type} ${name}`);
    const said = this.names.get(name);
    const fault = typeof said === "string" ? said : said?.faults?.[type];
    if (fault === "silence") return undefined;
    const zone = typeof said === "object" ? said : {};
    const cut = over === "udp" && zone.truncated === true;
    const code = RCODES[fault ?? (said === undefined ? "NXDOMAIN" : "NOERROR")];
    return {
      type: "response",
      id,
      flags: code | (cut ? TRUNCATED_RESPONSE : 0),
      questions,
      answers: cut || fault !== undefined ? [] : answersOf(zone, type, name),
    };
  }
}

function answersOf(zone: Zone, type: string, name: string): Answer[] {
  if (type === "A" || type === "AAAA") return (zone[type] ?? []).map((data) => ({ type, name, ttl: 60, data }));
  if (type !== "SRV") return [];
  return (zone.SRV ?? []).map((text) => {
    const [priority, weight, port, target = ""] = text.split(" ");
    return { type, name, ttl: 60, data: { priority: Number(priority), weight: Number(weight), port: Number(port), target } };
  });
}
