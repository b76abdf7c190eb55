import { connect, type Socket } from "node:net";
import { natsRefusal } from "./nats-error.js";

/** Where a server takes clients. */
export interface NatsAddress {
  readonly host: string;
  readonly port: number;
}

/** A conversation with one server. */
export interface NatsConversation {
  /** The next line that the server says, without its end. Rejects when there is none, or when it does not end. */
  next(): Promise<string>;
  /** Says a line. */
  say(line: string): void;
}

/** What is talked about, and what comes of it. */
export type NatsTalk<A> = (conversation: NatsConversation) => Promise<A>;

/** Connects, talks, and hangs up, whatever came of it. Rejects soon after the signal fires. */
export type NatsTransport = <A>(address: NatsAddress, options: { readonly signal: AbortSignal }, talk: NatsTalk<A>) => Promise<A>;

/** Some 10 000 addresses. A server that sends more is none. */
const MAX_LINE_LENGTH = 256 * 1_024;

/** Over TCP. The only place that knows of sockets. */
export const tcpTransport: NatsTransport = async ({ host, port }, { signal }, talk) => {
  signal.throwIfAborted();
  const socket = connect({ host, port, signal, noDelay: true }).setEncoding("utf8");
  socket.on("error", () => {}); // whoever waits for a line is told as well
  const lines = linesOf(socket);
  const next = async (): Promise<string> => {
    const { value, done } = await lines.next();
    if (done !== true) return value;
    const how =
      socket.bytesRead > 0 ? "in the middle" : "without a word, as a server does that expects TLS before all else (handshake_first)";
    throw natsRefusal("UNAVAILABLE", `it hung up ${how}`);
  };
  try {
    return await talk({ next, say: (line) => void socket.write(`${line}\r\n`) });
  } finally {
    socket.destroy();
  }
};

async function* linesOf(socket: Socket): AsyncGenerator<string, void> {
  let rest = "";
  for await (const chunk of socket) {
    rest += chunk;
    if (rest.length > MAX_LINE_LENGTH) throw natsRefusal("MALFORMED_RESPONSE", `a line of more than ${MAX_LINE_LENGTH} characters`);
    if (!String(chunk).includes("\n")) continue;
    const lines = rest.split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) yield line.trimEnd();
  }
}
