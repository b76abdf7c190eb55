import { Readable } from "node:stream";
import { DiscoveryError } from "@rollcall/core";
import { expect, it } from "vitest";
import { sceneOfEachTest } from "./scene.js";
import { endOf } from "./server.js";
import type { Caller } from "./undici.js";

const url = "http://orders.cluster/";

/** Before the first set, and after the end. */
export function lifecycleRows({ name, ask }: Caller): void {
  const scene = sceneOfEachTest();

  it("row 20: subscribes at the first request, which waits for members, and until it is closed", async () => {
    const dispatcher = scene().dispatcher();
    expect(scene().watches).toEqual([]);
    const [first, second] = [ask(url, { dispatcher }), ask(url, { dispatcher })];
    await expect.poll(() => scene().poller.status.failures).toBeGreaterThan(0);
    await scene().start("a");
    expect([(await first).text, (await second).text]).toEqual(["a", "a"]);
    expect(scene().watches.map(({ aborted }) => aborted)).toEqual([false]);
    await dispatcher.close();
    expect(scene().watches.map(({ aborted }) => aborted)).toEqual([true]);
  });

  it("row 21: hears the caller's signal while nobody is known", async () => {
    const abort = new AbortController();
    const asked = ask(url, { dispatcher: scene().dispatcher(), signal: abort.signal });
    await expect.poll(() => scene().poller.status.failures).toBeGreaterThan(0);
    abort.abort(new Error("no more interest"));
    await expect(asked).rejects.toThrow("no more interest");
  });

  it.runIf(name === "its request")("row 29: fails a request whose body breaks while nobody is known", async () => {
    const body = new Readable({ read: () => undefined });
    const asked = ask(url, { dispatcher: scene().dispatcher(), method: "POST", body });
    body.destroy(new Error("the upload broke"));
    await expect(asked).rejects.toThrow("the upload broke");
    expect(scene().suspicions).toEqual([]);
  });

  it("row 22: fails at once with an error that waiting cannot mend", async () => {
    scene().failure = new DiscoveryError("UNAUTHENTICATED", "the token is wrong", { source: "test" });
    await expect(ask(url, { dispatcher: scene().dispatcher() })).rejects.toThrow("the token is wrong");
  });

  it("row 23: fails requests that wait for members when it is closed or destroyed", async () => {
    const [closed, destroyed] = [scene().dispatcher(), scene().dispatcher()];
    const asked = [closed, destroyed].map((dispatcher) => ask(url, { dispatcher }));
    const failed = Promise.allSettled(asked);
    await Promise.all([closed.close(), destroyed.destroy(new Error("out of order"))]);
    expect(await failed).toMatchObject([{ reason: { code: "CLOSED" } }, { reason: { message: "out of order" } }]);
  });

  it("row 24: closes when the last request has ended, and takes no other", async () => {
    const a = await scene().start("a", { answer: (_request, response) => void response.write("slow") });
    const dispatcher = scene().dispatcher();
    const slow = ask(url, { dispatcher });
    const response = await a.answering;
    const events: string[] = [];
    const closed = dispatcher.close().then(() => events.push("closed"));
    await expect(ask(url, { dispatcher })).rejects.toMatchObject({ code: "CLOSED" });
    events.push("answered");
    response.end("ly");
    expect((await slow).text).toBe("slowly");
    await closed;
    expect(events).toEqual(["answered", "closed"]);
  });

  it("row 25: destroys what runs, on members that left as well", async () => {
    const write: import("node:http").RequestListener = (_request, response) => void response.write("slow");
    const [a, b] = [await scene().start("a", { answer: write }), await scene().start("b", { answer: write })];
    const dispatcher = scene().dispatcher();
    const failed = Promise.allSettled([ask(url, { dispatcher }), ask(url, { dispatcher })]);
    await Promise.all([a.answering, b.answering]);
    await scene().list(a.endpoint);
    const ended = Promise.all([endOf(a.socket), endOf(b.socket)]);
    await dispatcher.destroy(new Error("out of order"));
    await ended;
    expect((await failed).map(({ status }) => status)).toEqual(["rejected", "rejected"]);
    expect(scene().suspicions).toEqual([]);
    await expect(ask(url, { dispatcher })).rejects.toMatchObject({ code: "CLOSED" });
  });

  it("row 26: says that its poller has been closed", async () => {
    await scene().start("a");
    const dispatcher = scene().dispatcher();
    await ask(url, { dispatcher });
    await scene().poller.close();
    await expect(ask(url, { dispatcher })).rejects.toThrow("[undici] [CLOSED] the poller has been closed");
  });

  it("row 27: says that nobody is listed, where a guard allows that", async () => {
    const a = await scene().start("a");
    const dispatcher = scene().dispatcher();
    await ask(url, { dispatcher });
    await scene().list();
    await expect(ask(url, { dispatcher })).rejects.toMatchObject({ code: "EMPTY_METADATA" });
    await scene().list(a.endpoint);
    expect((await ask(url, { dispatcher })).text).toBe("a");
  });

  it("row 28: refuses another origin, as after a redirect to somewhere else, and says what to do", async () => {
    await scene().start("a");
    const dispatcher = scene().dispatcher();
    await ask(url, { dispatcher });
    const asked = ask("http://login.example/", { dispatcher });
    await expect(asked).rejects.toThrow(/stands for http:\/\/orders\.cluster and was asked for http:\/\/login\.example.*Agent/);
  });
}
