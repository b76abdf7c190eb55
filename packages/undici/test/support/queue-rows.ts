import { Readable } from "node:stream";
import { expect, it } from "vitest";
import { sceneOfEachTest } from "./scene.js";
import type { MemberServer } from "./server.js";
import type { Caller } from "./undici.js";

const url = "http://orders.cluster/";
const pool = { connections: 1 };

/** What becomes of requests that wait for a connection of a busy member. */
export function queueRows({ ask }: Caller): void {
  const scene = sceneOfEachTest();
  const busy = (): Promise<MemberServer> => scene().start("busy", { answer: (_request, response) => void response.write("slow") });
  const echoing = (): Promise<MemberServer> => scene().server("a", { answer: (request, response) => void request.pipe(response) });

  it("row 50: goes to others when the member leaves before it comes to a request, body and all, once", async () => {
    const [left, a] = [await busy(), await echoing()];
    const dispatcher = scene().dispatcher({ pool });
    const first = ask(url, { dispatcher });
    const answer = await left.answering;
    const waiting = ["one", "two"].map((text) => ask(url, { dispatcher, method: "POST", body: Readable.from([text]) }));
    await scene().list(a.endpoint);
    answer.end("ly");
    expect([(await first).text, ...(await Promise.all(waiting)).map(({ text }) => text)]).toEqual(["slowly", "one", "two"]);
    expect([left.requests.length, a.requests.length]).toEqual([1, 2]);
    expect(scene().suspicions).toEqual([]);
  });

  it("row 51: goes to others when a silent member has left and the request before it has timed out", async () => {
    let greeted = (): void => undefined;
    const asked = new Promise<void>((resolve) => {
      greeted = resolve;
    });
    const silent = await scene().bare("silent", (socket) => void socket.once("data", greeted));
    await scene().list(silent.endpoint);
    const dispatcher = scene().dispatcher({ pool: { ...pool, headersTimeout: 50 } });
    const first = expect(ask(url, { dispatcher })).rejects.toMatchObject({ code: "UND_ERR_HEADERS_TIMEOUT" });
    await asked;
    const waiting = [ask(url, { dispatcher }), ask(url, { dispatcher })];
    const a = await scene().server("a");
    await scene().list(a.endpoint);
    await first;
    expect((await Promise.all(waiting)).map(({ text }) => text)).toEqual(["a", "a"]);
  });

  it("row 52: stays with a member that left when nobody else is there", async () => {
    const left = await busy();
    const dispatcher = scene().dispatcher({ pool });
    const first = ask(url, { dispatcher });
    const answer = await left.answering;
    const second = ask(url, { dispatcher });
    await scene().list();
    answer.end("ly");
    (await left.answering).end("est");
    expect([(await first).text, (await second).text]).toEqual(["slowly", "slowest"]);
  });

  it("row 53: suspects nobody when the caller's time is up meanwhile, and sends nothing", async () => {
    const [member] = [await busy(), await scene().poller.ready()];
    const dispatcher = scene().dispatcher({ pool });
    const first = ask(url, { dispatcher });
    const answer = await member.answering;
    const abort = new AbortController();
    const second = Promise.allSettled([ask(url, { dispatcher, signal: abort.signal })]);
    await new Promise((resolve) => setImmediate(resolve)); // fetch dispatches a moment later
    abort.abort(new DOMException("the time is up", "TimeoutError"));
    answer.end("ly");
    expect((await first).text).toBe("slowly");
    expect(await second).toMatchObject([{ status: "rejected", reason: { name: "TimeoutError" } }]);
    await dispatcher.close();
    expect([member.requests.length, scene().suspicions]).toEqual([1, []]);
  });
}
