import { Readable } from "node:stream";
import { expect, it } from "vitest";
import { sceneOfEachTest } from "./scene.js";
import { nobody } from "./server.js";
import type { Caller } from "./undici.js";

const url = "http://orders.cluster/";

/** Who is suspected of what, and what is sent to another member. */
export function failureRows({ ask }: Caller): void {
  const scene = sceneOfEachTest();
  const suspected = (): readonly string[] => scene().suspicions.map(({ of }) => of);

  it("row 10: suspects whoever refuses connections, and sends the request, body and all, to another", async () => {
    const gone = await nobody("gone");
    const a = await scene().server("a", { answer: (request, response) => void request.pipe(response) });
    await scene().list(gone, a.endpoint);
    const dispatcher = scene().dispatcher();
    for (const turn of [1, 2]) {
      const answered = await ask(url, { dispatcher, method: "POST", body: Readable.from(["bo", `dy ${turn}`]) });
      expect(answered.text).toBe(`body ${turn}`);
    }
    expect(new Set(suspected())).toEqual(new Set(["gone"]));
    expect(scene().suspicions[0]?.cause).toMatchObject({ code: "ECONNREFUSED" });
  });

  it("row 11: asks each member once when nobody can be reached, and fails with undici's own error", async () => {
    await scene().list(await nobody("a"), await nobody("b"), await nobody("c"));
    await expect(ask(url, { dispatcher: scene().dispatcher() })).rejects.toMatchObject({ code: "ECONNREFUSED" });
    expect([...suspected()].sort()).toEqual(["a", "b", "c"]);
  });

  it("row 12: suspects whoever hangs up before it answers, and sends the request to nobody else", async () => {
    const a = await scene().bare("a", (socket) => void socket.once("data", () => socket.resetAndDestroy()));
    const b = await scene().bare("b", (socket) => void socket.once("data", () => socket.resetAndDestroy()));
    await scene().list(a.endpoint, b.endpoint);
    await expect(ask(url, { dispatcher: scene().dispatcher() })).rejects.toMatchObject({ code: /UND_ERR_SOCKET|ECONNRESET/ });
    expect(suspected()).toHaveLength(1);
    expect(a.sockets.size + b.sockets.size).toBe(1);
  });

  it("row 13: suspects whoever does not answer within headersTimeout", async () => {
    const a = await scene().bare("a");
    await scene().list(a.endpoint);
    const dispatcher = scene().dispatcher({ pool: { headersTimeout: 50 } });
    await expect(ask(url, { dispatcher })).rejects.toMatchObject({ code: "UND_ERR_HEADERS_TIMEOUT" });
    expect(suspected()).toEqual(["a"]);
  });

  it("row 14: suspects whoever does not answer within the caller's time", async () => {
    const a = await scene().bare("a");
    await scene().list(a.endpoint);
    await expect(ask(url, { dispatcher: scene().dispatcher(), signal: AbortSignal.timeout(50) })).rejects.toThrow(/time/i);
    await expect.poll(suspected).toEqual(["a"]);
  });

  it("row 15: suspects nobody when the caller breaks off", async () => {
    const a = await scene().bare("a", (socket) => void socket.once("data", () => abort.abort(new Error("no more interest"))));
    const abort = new AbortController();
    await scene().list(a.endpoint);
    await expect(ask(url, { dispatcher: scene().dispatcher(), signal: abort.signal })).rejects.toThrow("no more interest");
    const [socket] = a.sockets;
    if (socket?.destroyed === false) await new Promise((resolve) => socket.once("close", resolve));
    expect(suspected()).toEqual([]);
  });

  it("row 16: suspects nobody for a status, and hands it on", async () => {
    const a = await scene().start("a", { answer: (_request, response) => void response.writeHead(503).end("busy") });
    await scene().start("b", { answer: (_request, response) => void response.writeHead(500).end("busy") });
    const dispatcher = scene().dispatcher();
    const statuses = [(await ask(url, { dispatcher })).status, (await ask(url, { dispatcher })).status];
    expect(statuses.sort()).toEqual([500, 503]);
    expect([suspected(), a.requests.length]).toEqual([[], 1]);
  });

  it("row 17: suspects nobody when the caller's body fails", async () => {
    const [a, b] = [await scene().start("a"), await scene().start("b")];
    const broken = async function* (): AsyncGenerator<string> {
      yield "begun";
      throw Object.assign(new Error("the upload broke"), { code: "ECONNRESET", syscall: "read" });
    };
    const asked = ask(url, { dispatcher: scene().dispatcher(), method: "POST", body: Readable.from(broken()) });
    await expect(asked).rejects.toThrow();
    expect(suspected()).toEqual([]);
    expect(a.connections + b.connections).toBe(1);
  });

  it("row 18: suspects whoever hangs up in the middle of an answer", async () => {
    const a = await scene().start("a", {
      answer: (_request, response) => void response.writeHead(200, { "content-length": 10 }).write("half"),
    });
    const asked = ask(url, { dispatcher: scene().dispatcher() });
    await a.answering;
    a.socket.destroy();
    await expect(asked).rejects.toThrow();
    expect(suspected()).toEqual(["a"]);
  });
}
