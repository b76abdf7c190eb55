import { createHash } from "node:crypto";
import { Writable } from "node:stream";
import { expect, it } from "vitest";
import { type Scene, sceneOfEachTest } from "./scene.js";
import type { Undici } from "./undici.js";

const origin = "http://orders.cluster";

/** With what else of undici a dispatcher works. */
export function composingRows(undici: Undici): void {
  const scene = sceneOfEachTest();

  it("row 40: is one of undici's own dispatchers, with all that they do", async () => {
    await scene().start("a");
    const dispatcher = scene().dispatcher();
    expect(dispatcher).toBeInstanceOf(undici.Dispatcher);
    expect(await (await dispatcher.request({ origin, path: "/", method: "GET" })).body.text()).toBe("a");
    const chunks: Buffer[] = [];
    const sink = new Writable({ write: (chunk, _, done) => done(void chunks.push(chunk)) });
    await dispatcher.stream({ origin, path: "/", method: "GET" }, () => sink);
    expect(String(Buffer.concat(chunks))).toBe("a");
  });

  it("row 41: upgrades connections", async () => {
    const a = await scene().start("a");
    a.upgrading((_request, socket) => socket.end("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: own\r\n\r\nhello"));
    const options = { origin, path: "/", protocol: "own" } as Parameters<ReturnType<Scene["dispatcher"]>["upgrade"]>[0];
    const { socket } = await scene().dispatcher().upgrade(options);
    expect(String(await new Promise((resolve) => socket.once("data", resolve)))).toBe("hello");
    socket.destroy();
  });

  it("row 42: carries a WebSocket", async () => {
    const a = await scene().start("a");
    a.upgrading((request, socket) => {
      const accept = createHash("sha1")
        .update(`${request.headers["sec-websocket-key"]}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`)
        .digest("base64");
      socket.write(
        `HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
      );
      socket.write(Buffer.from([0x81, 2, ...Buffer.from("hi")]));
    });
    const socket = new undici.WebSocket("ws://orders.cluster/", { dispatcher: scene().dispatcher() });
    const message = await new Promise((resolve, reject) => {
      socket.addEventListener("message", ({ data }) => resolve(data));
      socket.addEventListener("error", reject);
    });
    expect(message).toBe("hi");
  });

  it("row 43: is retried by RetryAgent, at another member", async () => {
    const busy = await scene().start("busy", { answer: (_request, response) => void response.writeHead(503).end() });
    await scene().start("a");
    const agent = new undici.RetryAgent(scene().dispatcher(), { minTimeout: 1 });
    for (const _ of [1, 2]) expect(await (await undici.request(origin, { dispatcher: agent })).body.text()).toBe("a");
    expect(busy.requests.length).toBeGreaterThan(0);
    expect(scene().suspicions).toEqual([]);
  });

  it("row 44: serves its own origin in an Agent, which follows redirects to others", async () => {
    const other = await scene().server("other");
    const { host, port } = other.endpoint;
    await scene().start("a", {
      answer: (_request, response) => void response.writeHead(302, { location: `http://${host}:${port}/` }).end(),
    });
    const agent = new undici.Agent({
      factory: (of, options) => (String(of).startsWith(origin) ? scene().dispatcher() : new undici.Pool(of, options)),
    });
    expect(await (await undici.fetch(origin, { dispatcher: agent })).text()).toBe("other");
    await agent.close();
    await expect.poll(() => scene().watches.map(({ aborted }) => aborted)).toEqual([true]);
  });

  it("row 45: does not follow such a redirect by itself", async () => {
    await scene().start("a", { answer: (_request, response) => void response.writeHead(302, { location: "http://login.example/" }).end() });
    await expect(undici.fetch(origin, { dispatcher: scene().dispatcher() })).rejects.toMatchObject({ cause: { code: "INVALID_OPTIONS" } });
  });
}
