import { createHash } from "node:crypto";
import { Writable } from "node:stream";
import type { buildConnector } from "undici";
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

  it("row 46: joins no two members' answers when RetryAgent repeats nothing but statuses", async () => {
    for (const name of ["a", "b"]) {
      await scene().start(name, {
        answer: (request, response) => {
          const status = request.headers.range === undefined ? 200 : 206;
          response.writeHead(status, { "content-length": status === 200 ? 10 : 5, "content-range": "bytes 5-9/10" });
          response.write(name.repeat(5), () => status === 200 && response.destroy());
        },
      });
    }
    const agent = new undici.RetryAgent(scene().dispatcher(), { minTimeout: 1, statusCodes: [503], errorCodes: [] });
    const { body } = await undici.request(origin, { dispatcher: agent });
    await expect(body.text()).rejects.toMatchObject({ code: /UND_ERR_SOCKET|ECONNRESET/ });
  });

  it("row 47: suspects nobody for a mistake in a request, made at once or when a member comes to it, and sends it to nobody", async () => {
    const a = await scene().start("a", { answer: (_request, response) => void response.write("slow") });
    await scene().poller.ready();
    for (const mistake of [{ path: "/?b=1", query: { c: 1 } }, { headers: { own: Symbol("own") } }]) {
      // Before undici 8 a pool of one connection waits forever after such a mistake, so each has its own.
      const [free, busy] = [scene().dispatcher(), scene().dispatcher({ pool: { connections: 1 } })];
      const mistaken = { origin, path: "/", method: "GET", ...mistake } as Parameters<typeof free.request>[0];
      await expect(free.request(mistaken)).rejects.toThrow(/quer|Symbol/i);
      const slow = undici.request(origin, { dispatcher: busy });
      const answer = await a.answering;
      const later = expect(busy.request(mistaken)).rejects.toThrow(/quer|Symbol/i);
      answer.end();
      await (await slow).body.text();
      await later;
    }
    expect([a.requests.length, scene().suspicions]).toEqual([2, []]);
  });

  it("row 48: suspects those to whom a connect function of the user fails, at once or later", async () => {
    const [a, b] = [await scene().start("a"), await scene().start("b")];
    for (const fails of [(told: () => void) => told(), (told: () => void) => setImmediate(told)]) {
      const connect: buildConnector.connector = (_options, done) => fails(() => done(new Error("no way there"), null));
      const dispatcher = scene().dispatcher({ pool: { connect } });
      await expect(dispatcher.request({ origin, path: "/", method: "GET" })).rejects.toThrow("no way there");
      expect(
        scene()
          .suspicions.splice(0)
          .map(({ of }) => of)
          .sort(),
      ).toEqual(["a", "b"]);
    }
    expect(a.connections + b.connections).toBe(0);
  });
}
