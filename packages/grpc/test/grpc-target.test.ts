import * as grpc from "@grpc/grpc-js";
import { createChannel, createClient } from "nice-grpc";
import { describe, expect, it, vi } from "vitest";
import { grpcTarget } from "../src/index.js";
import { copies } from "./support/copies.js";
import { FakeFeed } from "./support/fake-feed.js";
import { sceneOfEachTest } from "./support/scene.js";
import { failureOf, whoami } from "./support/whoami.js";

const scene = sceneOfEachTest();

describe("grpcTarget", () => {
  it("names a feed by the same target every time, and another feed by another", () => {
    const feed = new FakeFeed();
    expect(grpcTarget(feed)).toBe(grpcTarget(feed));
    expect(grpcTarget(feed)).not.toBe(grpcTarget(new FakeFeed()));
  });

  it("neither polls nor subscribes by itself", () => {
    const feed = new FakeFeed();
    grpcTarget(feed);
    new grpc.Client(grpcTarget(feed), grpc.credentials.createInsecure()).close();
    expect([feed.subscriptions, feed.refreshes]).toEqual([0, 0]);
  });

  it.each([
    ["something that is no feed", () => grpcTarget({} as FakeFeed), /INVALID_OPTIONS.*not an endpoint feed/],
    ["an unknown option", () => grpcTarget(new FakeFeed(), { module: grpc } as object), /INVALID_OPTIONS.*option module is unknown/],
    ["a module that is no grpc-js", () => grpcTarget(new FakeFeed(), { grpc: {} as typeof grpc }), /INVALID_OPTIONS.*option grpc.*1\.12/],
    ["null for grpc-js", () => grpcTarget(new FakeFeed(), { grpc: 1 as unknown as typeof grpc }), /INVALID_OPTIONS.*option grpc/],
    ["grpc-js before 1.10", () => grpcTarget(new FakeFeed(), { grpc: olderThan110() }), /INVALID_OPTIONS.*update an older copy/],
  ])("refuses %s", (_what, make, message) => {
    expect(make).toThrow(message);
  });

  it("refuses a closed poller", () => {
    const feed = new FakeFeed();
    feed.close();
    expect(() => grpcTarget(feed)).toThrow(/CLOSED/);
  });

  it("says what to do when a target's poller has been closed and forgotten", async () => {
    const { feed } = scene();
    const target = grpcTarget(feed);
    feed.close();
    grpcTarget(new FakeFeed());
    expect(await failureOf(scene().clientAt(target, grpc).ask())).toEqual({
      code: 14,
      message: expect.stringContaining("the poller of this target has been closed"),
    });
  });
});

describe.each(copies.slice(0, 2))("a target that copy $version of grpc-js has not heard of", ({ grpc: other }) => {
  it("fails calls at once, says what to do, and works once that is done", async () => {
    const { feed } = scene();
    const a = await scene().server("a");
    feed.set([a.endpoint]);
    const target = await freshTarget(feed);
    const failure = await failureOf(scene().clientAt(target.string, other).ask());
    expect(failure).toMatchObject({ code: 14 });
    expect(failure.message).toMatch(/Failed to parse DNS address .*copy of @grpc\/grpc-js .*grpcTarget\(feed, \{ grpc \}\)/);
    target.registerWith(other);
    expect((await scene().clientAt(target.string, other).ask()).by).toBe("a");
  });
});

describe("two copies of @rollcall/grpc in one process", () => {
  it("do not disturb each other's targets", async () => {
    const a = await scene().server("a");
    const feeds = [scene().feed, new FakeFeed()] as const;
    for (const feed of feeds) feed.set([a.endpoint]);
    const targets = [grpcTarget(feeds[0]), (await freshTarget(feeds[1])).string];
    for (const target of targets) expect((await scene().clientAt(target, grpc).ask()).by).toBe("a");
    expect(feeds.map((feed) => feed.subscriptions)).toEqual([1, 1]);
  });
});

describe("many processes", () => {
  it('row "pick_first spread": do not all land on the first sorted endpoint', async () => {
    const { feed } = scene();
    const servers = await Promise.all(["a", "b", "c"].map((name) => scene().server(name)));
    feed.set(servers.map(({ endpoint }) => endpoint));
    const answered = new Set<string>();
    // Each copy of the package has a seed of its own, as each process has.
    for (let process = 0; process < 12; process++) {
      answered.add(
        (
          await scene()
            .clientAt((await freshTarget(feed)).string, grpc)
            .ask()
        ).by,
      );
    }
    expect(answered.size).toBeGreaterThan(1);
  });
});

describe("nice-grpc", () => {
  it("reaches a member through a target, and follows the set", async () => {
    const { feed } = scene();
    const [a, b] = [await scene().server("a"), await scene().server("b")];
    feed.set([a.endpoint]);
    const channel = createChannel(grpcTarget(feed));
    const client = createClient(whoami, channel);
    const by = async (): Promise<string> => JSON.parse(String(await client.ask(Buffer.alloc(0)))).by;
    expect(await by()).toBe("a");
    feed.set([b.endpoint]);
    while ((await by()) !== "b") await new Promise(setImmediate);
    channel.close();
  });
});

/** A target made by another copy of this package, known only to the copy of grpc-js it has been registered with. */
async function freshTarget(feed: FakeFeed): Promise<{ string: string; registerWith(copy: typeof grpc): void }> {
  vi.resetModules();
  const copy = await import("../src/index.js");
  expect(copy.grpcTarget).not.toBe(grpcTarget);
  return { string: copy.grpcTarget(feed, { grpc }), registerWith: (other) => void copy.grpcTarget(feed, { grpc: other }) };
}

/** Before 1.10 a listener took bare addresses, in an object that looks like the one of 1.12. */
function olderThan110(): typeof grpc {
  const { endpointToString: _, ...experimental } = grpc.experimental;
  return { ...grpc, experimental } as unknown as typeof grpc;
}
