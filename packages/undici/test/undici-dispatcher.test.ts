import type { EndpointFeed, EndpointSink } from "@rollcall/core";
import type { Dispatcher } from "undici";
import { describe, expect, it } from "vitest";
import { undiciDispatcher } from "../src/index.js";
import { sceneOfEachTest } from "./support/scene.js";
import { endOf, nobody } from "./support/server.js";

const scene = sceneOfEachTest();
const get = { origin: "http://orders.cluster", path: "/", method: "GET" } as const;

/** What a dispatcher answers, read to its end. */
async function ask(dispatcher: Dispatcher): Promise<string> {
  return await (await dispatcher.request(get)).body.text();
}

describe("bad input gets one clear error", () => {
  it("for something that is no feed", () => {
    expect(() => undiciDispatcher({} as EndpointFeed)).toThrow("[undici] [INVALID_OPTIONS] the first argument is not an endpoint feed");
  });

  it("for an unknown option", () => {
    const options = { connections: 3 } as object;
    expect(() => scene().dispatcher(options)).toThrow("option connections is unknown; the only one is pool");
  });

  it.each([{ connections: -1 }, { headersTimeout: -1 }])("for %o, which undici refuses, before the first request", (pool) => {
    const name = Object.keys(pool).join();
    expect(() => scene().dispatcher({ pool })).toThrow(new RegExp(`option pool: undici says ".*${name}`));
  });

  it.each(["bad name", "", 5, null])("for the TLS name %o", (servername) => {
    const pool = { connect: { servername: servername as string } };
    expect(() => scene().dispatcher({ pool })).toThrow("option pool.connect.servername must be a name without spaces");
  });

  it.each([undefined, "orders.cluster", "unix:///run/orders", ""])("for the origin %o", async (origin) => {
    const asked = scene()
      .dispatcher()
      .request({ ...get, origin } as Dispatcher.RequestOptions);
    await expect(asked).rejects.toThrow(
      `the origin of a request must be an http or https URL, such as http://orders.cluster; got ${origin}`,
    );
  });

  it("for something that is no handler", () => {
    expect(() =>
      scene()
        .dispatcher()
        .dispatch(get, {} as Dispatcher.DispatchHandler),
    ).toThrow("given no handler");
  });

  it("for a request that undici refuses, and suspects nobody", async () => {
    await scene().start("a");
    const dispatcher = scene().dispatcher();
    await expect(dispatcher.request({ ...get, headersTimeout: -1 })).rejects.toMatchObject({ code: "UND_ERR_INVALID_ARG" });
    expect(scene().suspicions).toEqual([]);
  });
});

describe("close and destroy", () => {
  it("take a callback instead of returning a promise", async () => {
    await scene().start("a");
    const [closed, destroyed, broken] = [scene().dispatcher(), scene().dispatcher(), scene().dispatcher()];
    await Promise.all([closed, destroyed, broken].map(ask));
    expect(await new Promise((resolve) => closed.close(() => resolve("closed")))).toBe("closed");
    expect(await new Promise((resolve) => destroyed.destroy(() => resolve("destroyed")))).toBe("destroyed");
    expect(await new Promise((resolve) => broken.destroy(new Error("out of order"), () => resolve("destroyed")))).toBe("destroyed");
    expect(scene().watches.every(({ aborted }) => aborted)).toBe(true);
  });

  it("can be called again, in either order, and before the first request", async () => {
    await scene().start("a");
    const [used, unused] = [scene().dispatcher(), scene().dispatcher()];
    await ask(used);
    for (const dispatcher of [used, unused]) {
      await dispatcher.close();
      await dispatcher.destroy();
      await dispatcher.close();
      await dispatcher.destroy(new Error("again"));
      await expect(ask(dispatcher)).rejects.toMatchObject({ code: "CLOSED" });
    }
  });

  it("lets requests find another member that were made just before the close", async () => {
    const a = await scene().start("a");
    await scene().list(await nobody("gone"), a.endpoint);
    await scene().poller.ready();
    const dispatcher = scene().dispatcher();
    const asked = [ask(dispatcher), ask(dispatcher)]; // whosever turn it is, one of them has "gone"
    await dispatcher.close();
    expect(await Promise.all(asked)).toEqual(["a", "a"]);
    expect(scene().suspicions).toMatchObject([{ of: "gone" }]);
  });

  it("destroys what a close still waits for", async () => {
    const a = await scene().start("a", { answer: (_request, response) => void response.write("endless") });
    const dispatcher = scene().dispatcher();
    const failed = Promise.allSettled([ask(dispatcher)]);
    await a.answering;
    const closed = dispatcher.close();
    await dispatcher.destroy();
    await closed;
    expect(await failed).toMatchObject([{ status: "rejected" }]);
  });
});

it("holds no connection, subscription or timer before the first request", async () => {
  const a = await scene().start("a");
  scene().dispatcher();
  expect([scene().watches, a.connections, scene().poller.status.state]).toEqual([[], 0, "pending"]);
});

describe("its subscription", () => {
  /** What subscribes to the poller of the scene. */
  const sinks = (): readonly EndpointSink["update"][] => {
    const { poller } = scene();
    const subscribe = poller.subscribe.bind(poller);
    const subscribed: EndpointSink["update"][] = [];
    poller.subscribe = (sink, options) => {
      subscribed.push(typeof sink === "function" ? sink : sink.update.bind(sink));
      return subscribe(sink, options);
    };
    return subscribed;
  };

  it("is one, however many requests", async () => {
    await scene().start("a");
    const subscribed = sinks();
    const dispatcher = scene().dispatcher();
    await Promise.all([1, 2, 3].map(() => ask(dispatcher)));
    await ask(dispatcher);
    expect(subscribed).toHaveLength(1);
  });

  it("is not waited for when the poller knows the members already", async () => {
    await scene().start("a");
    await ask(scene().dispatcher());
    expect(await ask(scene().dispatcher())).toBe("a");
  });

  it("does not bring back an older set than a request has seen", async () => {
    const a = await scene().start("a");
    const subscribed = sinks();
    const dispatcher = scene().dispatcher({ pool: { connections: 1 } });
    await ask(dispatcher);
    const old = scene().poller.snapshot;
    await scene().start("b");
    await Promise.all([ask(dispatcher), ask(dispatcher)]);
    await scene().list(...(scene().listed ?? []).filter(({ id }) => id === "b"));
    const left = endOf(a.socket);
    expect(await ask(dispatcher)).toBe("b");
    if (old !== undefined) subscribed[0]?.(old, { added: [], removed: [], changed: [] });
    await left;
    expect(a.connections).toBe(1);
    expect(await ask(dispatcher)).toBe("b");
  });
});
