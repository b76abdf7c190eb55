import type { Dispatcher } from "undici";
import { expect, it } from "vitest";
import { sceneOfEachTest } from "./scene.js";
import { endOf } from "./server.js";
import type { Caller } from "./undici.js";

const url = "http://orders.cluster/path?query=1";

/** Whose turn it is, what a member is told of the URL, and what happens to members that come and go. */
export function routingRows({ ask }: Caller): void {
  const scene = sceneOfEachTest();
  const askAll = async (dispatcher: Dispatcher, times: number): Promise<readonly string[]> => {
    const answers: string[] = [];
    for (let at = 0; at < times; at += 1) answers.push((await ask(url, { dispatcher })).text);
    return answers;
  };

  it("row 1: asks the members in turn", async () => {
    for (const name of ["a", "b", "c"]) await scene().start(name);
    const asked = await askAll(scene().dispatcher(), 6);
    expect(asked.slice(0, 3).sort()).toEqual(["a", "b", "c"]);
    expect(asked.slice(3)).toEqual(asked.slice(0, 3));
  });

  it("row 2: sends path, method, body and headers, and the URL's host as Host", async () => {
    const a = await scene().start("a", { answer: (request, response) => void request.pipe(response) });
    const asking = { dispatcher: scene().dispatcher(), method: "POST", body: "text", headers: { "x-own": "1" } };
    expect((await ask(url, asking)).text).toBe("text");
    expect(a.requests[0]).toMatchObject({ url: "/path?query=1", method: "POST", headers: { host: "orders.cluster", "x-own": "1" } });
  });

  it("row 3: keeps connections to those who stay, ends those to whoever left, and asks them no more", async () => {
    const [a, b] = [await scene().start("a"), await scene().start("b")];
    const dispatcher = scene().dispatcher({ pool: { connections: 1 } });
    await askAll(dispatcher, 6);
    expect([a.connections, b.connections]).toEqual([1, 1]);
    const left = endOf(b.socket);
    await scene().list(a.endpoint);
    await left; // although nothing is asked
    expect(await askAll(dispatcher, 4)).toEqual(["a", "a", "a", "a"]);
    expect(a.connections).toBe(1);
  });

  it("row 4: lets a request end on a member that left meanwhile, and connects anew when it is back", async () => {
    const a = await scene().start("a");
    const b = await scene().start("b", { answer: (_request, response) => void response.write("slow") });
    await scene().list(b.endpoint);
    const dispatcher = scene().dispatcher();
    const slow = ask(url, { dispatcher });
    const response = await b.answering;
    await scene().list(a.endpoint);
    expect(await askAll(dispatcher, 2)).toEqual(["a", "a"]);
    const left = endOf(b.socket);
    response.end("ly");
    expect((await slow).text).toBe("slowly");
    await left;
    await scene().list(b.endpoint);
    const again = ask(url, { dispatcher });
    (await b.answering).end();
    await again;
    expect(b.connections).toBe(2);
  });

  it("row 5: asks one address once, whatever ids share it", async () => {
    const [a, b] = [await scene().start("a"), await scene().start("b")];
    await scene().list(a.endpoint, { ...a.endpoint, id: "a2" }, b.endpoint);
    expect(new Set(await askAll(scene().dispatcher(), 2))).toEqual(new Set(["a", "b"]));
  });
}
