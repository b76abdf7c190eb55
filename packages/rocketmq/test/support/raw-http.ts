import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { onTestFinished } from "vitest";

/** A connection as a test wants it. Resets and refusals end it, as everything does that is not said in bytes. */
export async function dial(port: number): Promise<Socket> {
  const socket = connect({ host: "127.0.0.1", port }).on("error", () => undefined);
  onTestFinished(() => void socket.destroy());
  await once(socket, "connect");
  return socket;
}

/** What comes back until the server ends the connection, byte for byte. */
export async function answerOf(socket: Socket): Promise<string> {
  let text = "";
  socket.setEncoding("latin1").on("data", (chunk) => (text += chunk));
  await ended(socket);
  return text;
}

/** The connection is over, for whatever reason. */
export async function ended(socket: Socket): Promise<void> {
  if (!socket.closed) await new Promise((resolve) => socket.resume().once("close", resolve));
}

/** Sends bytes; resolves with what comes back until the server ends the connection. */
export async function exchange(port: number, bytes: string | Uint8Array): Promise<string> {
  const socket = await dial(port);
  socket.write(bytes);
  return await answerOf(socket);
}

/** A request by hand: `GET /path HTTP/1.1` and headers, with `Host`. */
export function requestText(line: string, ...headers: readonly string[]): string {
  return `${[line, "Host: a", ...headers].join("\r\n")}\r\n\r\n`;
}
