import type { Socket } from "node:net";
import { describe, expect, it } from "vitest";
import { httpGet } from "../src/http-get.js";
import { localHttp } from "./support/local-http.js";

describe("a body without a length, which ends with its connection", () => {
  it.each<[string, (server: Socket, stop: AbortController) => void, string]>([
    ["breaks", (server) => server.resetAndDestroy(), "ECONNRESET"],
    ["is given up here", (_, stop) => stop.abort(), "aborted"],
  ])("is not complete if that %s", async (_how, end, message) => {
    const sockets: Socket[] = [];
    const http = await localHttp(({ socket }) => {
      if (socket === null) return;
      sockets.push(socket);
      socket.write("HTTP/1.1 200 OK\r\n\r\n10.0.0.1:9876;");
    });
    const stop = new AbortController();
    const { body } = await httpGet(new URL(http.url), { headers: {}, signal: stop.signal });
    const chunks = body[Symbol.asyncIterator]();
    expect(String((await chunks.next()).value)).toBe("10.0.0.1:9876;");
    for (const socket of sockets) end(socket, stop);
    await expect(chunks.next()).rejects.toThrow(message);
  });
});
