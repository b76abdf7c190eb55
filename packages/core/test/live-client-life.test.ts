import { subscribe } from "node:diagnostics_channel";
import { afterEach, describe, expect, it } from "vitest";
import { type EndpointFeed, liveClient } from "../src/index.js";
import { fail } from "./support/delivering.js";
import { settle } from "./support/manual-clock.js";
import { answer, member } from "./support/scripted-source.js";
import { codeOf, setup } from "./support/setup.js";
import { isPending, staged, stagedSlow } from "./support/staged-client.js";

const told: unknown[] = [];
subscribe("rollcall:sink-error", (message) => void told.push(message));
afterEach(() => void told.splice(0));

describe("liveClient: ready()", () => {
  it("waits through failed polls and a slow create for the first client", async () => {
    const { feed, live, creations } = stagedSlow();
    const early = [live.ready(), live.ready()];
    await feed.fail("UNAVAILABLE");
    await feed.publish("a");
    const during = live.ready();
    creations[0]?.done();
    expect(await Promise.all([...early, during])).toEqual([{ of: "a" }, { of: "a" }, { of: "a" }]);
    expect(await live.ready()).toBe(live.current);
  });

  it("is served by a feed that already knows its members", async () => {
    const { clock, poller } = setup(["a"]);
    const listening = poller.subscribe(() => undefined);
    await clock.advance(0);
    const live = liveClient(poller, ([one]) => one?.id, { dispose: () => undefined, clock });
    expect(await live.ready()).toBe("a");
    listening[Symbol.dispose]();
    await poller.close();
  });

  it("waits for a feed that delivers later than it is ready", async () => {
    const { poller } = setup(["a"]);
    const snapshot = { version: 1, endpoints: [member("a")], aside: [], metadata: answer("a"), changedAt: 0 };
    let deliver: () => void = () => undefined;
    const feed: EndpointFeed<typeof snapshot.metadata> = {
      ...{ snapshot, status: poller.status, ready: async () => snapshot, refresh: async () => snapshot, suspect: () => undefined },
      subscribe: (sink) => {
        deliver = () => typeof sink === "function" && sink(snapshot, { added: [], removed: [], changed: [] });
        return poller.subscribe(() => undefined);
      },
    };
    const ready = liveClient(feed, () => 1, { dispose: () => undefined }).ready();
    expect(await isPending(ready)).toBe(true);
    deliver();
    expect(await ready).toBe(1);
    await poller.close();
  });

  it("rejects with what create threw while there is no client, and resolves once it has succeeded", async () => {
    const error = new Error("bad broker");
    const { feed, clock, live, creations } = stagedSlow();
    const first = live.ready();
    await feed.publish("a");
    creations[0]?.fail(error);
    await expect(first).rejects.toBe(error);
    await expect(live.ready()).rejects.toBe(error);
    await clock.advance(1_250);
    const second = live.ready();
    creations[1]?.done();
    expect(await second).toEqual({ of: "a" });
  });

  it("a later create that fails takes nothing away", async () => {
    const { feed, live } = staged({ create: (of) => (of === "a" ? { of } : fail(new Error("no"))) });
    await feed.publish("a");
    await feed.publish("b");
    expect(await live.ready()).toEqual({ of: "a" });
  });

  it("rejects at once with an error of the poller that waiting does not mend, and can be asked again", async () => {
    const { feed, live } = staged();
    const refused = codeOf(live.ready());
    await feed.fail("UNAUTHENTICATED");
    expect(await refused).toBe("UNAUTHENTICATED");
    const again = live.ready();
    await feed.publish("a");
    expect(await again).toEqual({ of: "a" });
  });

  it("ignoring it is no unhandled rejection", async () => {
    const { feed, live } = staged();
    void live.ready();
    await live[Symbol.asyncDispose]();
    void live.ready();
    feed.close();
    await settle(); // the runner fails the test for a rejection that nobody handles
    expect(live.current).toBeUndefined();
  });
});

describe("liveClient: the poller closes", () => {
  it("the current client stays until it is disposed, and drained ones end in their time", async () => {
    const { feed, clock, live, disposed } = staged();
    await feed.publish("a");
    await feed.publish("b");
    feed.close();
    await clock.advance(30_000);
    expect([live.current, disposed]).toEqual([{ of: "b" }, ["a"]]);
    expect(await live.ready()).toEqual({ of: "b" });
    await live[Symbol.asyncDispose]();
    expect(disposed).toEqual(["a", "b"]);
  });

  it("after the poller closed, ready() says so, whatever create threw before", async () => {
    const { feed, live } = staged({ create: () => fail("create failed") });
    await feed.publish("a");
    await expect(live.ready()).rejects.toThrow("create failed");
    feed.close();
    await expect(live.ready()).rejects.toThrow("[CLOSED]");
  });

  it("a feed that is closed already is refused", () => {
    const { poller } = setup(["a"]);
    void poller.close();
    expect(() => liveClient(poller, () => 1, { dispose: () => undefined })).toThrow("[CLOSED] the poller is closed");
  });

  it("ready() rejects with CLOSED before the first snapshot, and before the first create", async () => {
    const early = staged();
    const waiting = codeOf(early.live.ready());
    early.feed.close();
    expect(await waiting).toBe("CLOSED");
    expect(await codeOf(early.live.ready())).toBe("CLOSED");
    const { clock, poller } = setup(["a"]);
    await Promise.all([poller.ready(), clock.advance(0)]);
    const live = liveClient(poller, () => 1, { dispose: () => undefined, clock });
    const late = live.ready();
    void poller.close();
    await expect(late).rejects.toThrow("[liveClient] [CLOSED] the poller was closed before there was a client");
  });

  it("a create in progress still becomes the current client", async () => {
    const { feed, live, creations, disposed } = stagedSlow();
    await feed.publish("a");
    feed.close();
    const ready = live.ready();
    creations[0]?.done();
    expect(await ready).toEqual({ of: "a" });
    await live[Symbol.asyncDispose]();
    expect(disposed).toEqual(["a"]);
  });
});

describe("liveClient: disposal", () => {
  it("disposes the current client and every draining one at once, waits for all, and leaves nothing behind", async () => {
    const ends: (() => void)[] = [];
    const { feed, clock, live, disposed } = staged({ dispose: () => new Promise<void>((resolve) => ends.push(resolve)) });
    for (const members of ["a", "b", "c"]) await feed.publish(members);
    await clock.advance(29_999);
    await feed.publish("d");
    await clock.advance(1); // a and b are being disposed, c drains
    const done = live[Symbol.asyncDispose]();
    expect(live.current).toBeUndefined();
    expect(await isPending(done)).toBe(true);
    expect(disposed).toEqual(["a", "b", "d", "c"]);
    for (const [at, end] of ends.entries()) {
      expect([at, await isPending(done)]).toEqual([at, true]);
      end();
    }
    await done;
    expect([feed.isUnheard, clock.pending]).toEqual([true, 0]);
    await live[Symbol.asyncDispose]();
    await feed.publish("e");
    expect([live.current, disposed.length]).toEqual([undefined, 4]);
    expect(await codeOf(live.ready())).toBe("CLOSED");
  });

  it("lets go of a poller that knows nobody yet, and of whoever waits", async () => {
    const { feed, live, created } = staged();
    const waiting = live.ready();
    await live[Symbol.asyncDispose]();
    for (const ready of [waiting, live.ready()]) {
      await expect(ready).rejects.toThrow("[liveClient] [CLOSED] the live client has been disposed");
    }
    expect([feed.isUnheard, created]).toEqual([true, []]);
  });

  it("during a create: disposes what it makes, which never becomes current, and waits for it", async () => {
    const { feed, live, creations, disposed } = stagedSlow();
    await feed.publish("a");
    const waiting = codeOf(live.ready());
    const done = live[Symbol.asyncDispose]();
    expect(await waiting).toBe("CLOSED");
    expect(await isPending(done)).toBe(true);
    creations[0]?.done();
    await done;
    expect([live.current, disposed]).toEqual([undefined, ["a"]]);
  });

  it("during a create that then fails: waits for it, and the failure is told", async () => {
    const { feed, live, creations, disposed, clock } = stagedSlow();
    await feed.publish("a");
    const done = live[Symbol.asyncDispose]();
    creations[0]?.fail("late");
    await done;
    await clock.advance(60_000);
    expect([creations.length, disposed, told]).toEqual([1, [], [expect.objectContaining({ error: "late" })]]);
  });

  it.each([
    ["at once", (of: string) => ({ of })],
    ["after a while", async (of: string) => ({ of })],
    ["by throwing", () => fail(new Error("never mind"))],
  ])("inside a create that ends %s", async (_how, end) => {
    const ended: Promise<void>[] = [];
    const all = staged({
      create: (of) => {
        ended.push(all.live[Symbol.asyncDispose]());
        return end(of);
      },
    });
    await all.feed.publish("a");
    await Promise.all(ended);
    expect([all.live.current, all.created, all.feed.isUnheard]).toEqual([undefined, ["a"], true]);
    expect(all.disposed).toEqual(told.length === 0 ? ["a"] : []);
  });

  it("between the news and the create that it causes: nothing is made", async () => {
    const { feed, live, created } = staged();
    void feed.publish("a");
    await live[Symbol.asyncDispose]();
    expect(created).toEqual([]);
  });

  it("inside dispose", async () => {
    const all = staged({ drainMs: 0, dispose: () => void all.live[Symbol.asyncDispose]() });
    await all.feed.publish("a");
    await all.feed.publish("b");
    await all.clock.advance(1);
    expect([all.disposed, all.live.current]).toEqual([["a", "b"], undefined]);
  });

  it("a dispose that throws or rejects harms nobody, and is told on rollcall:sink-error", async () => {
    for (const broken of [() => fail("broken"), () => Promise.reject("broken")]) {
      const { feed, clock, live, disposed } = staged({ dispose: broken });
      await feed.publish("a");
      await feed.publish("b");
      await clock.advance(30_000);
      expect(live.current).toEqual({ of: "b" });
      await live[Symbol.asyncDispose]();
      expect(disposed).toEqual(["a", "b"]);
      expect(told.splice(0)).toEqual([1, 2].map(() => ({ source: "liveClient", error: "broken", failures: 0 })));
    }
  });
});
