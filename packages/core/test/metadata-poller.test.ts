import { describe, expect, it } from "vitest";
import { DiscoveryError, MetadataPoller } from "../src/index.js";
import { settle } from "./support/manual-clock.js";
import { RecordingSink } from "./support/recording-sink.js";
import { answer, hang, ids } from "./support/scripted-source.js";
import { codeOf, setup } from "./support/setup.js";

const refuse = (code: "UNAVAILABLE" | "UNAUTHENTICATED") => (): never => {
  throw new DiscoveryError(code, "no", { source: "test" });
};

describe("ready", () => {
  it("waits through failures for the first snapshot, then resolves with the current one", async () => {
    const { clock, source, poller } = setup(refuse("UNAVAILABLE"));
    const first = poller.ready();
    await clock.advance(5_000);
    source.script = ["a"];
    await clock.advance(10_000);
    expect(ids((await first).endpoints)).toBe("a");
    expect(await poller.ready()).toBe(poller.snapshot);
    expect(clock.pending).toBe(0); // it was only waited for
  });

  it("rejects with the cause at once when the error is not retryable, while polling goes on for those who listen", async () => {
    const { clock, source, poller } = setup(refuse("UNAUTHENTICATED"));
    poller.subscribe(() => undefined);
    const code = codeOf(poller.ready());
    await clock.advance(0);
    expect(await code).toBe("UNAUTHENTICATED");
    source.script = ["a"];
    await clock.advance(1_500);
    expect(ids(poller.snapshot?.endpoints)).toBe("a");
  });

  it("rejects with ABORTED and the last poll error as its cause when the signal fires", async () => {
    const { clock, poller } = setup(refuse("UNAVAILABLE"));
    const controller = new AbortController();
    const waiting = poller.ready({ signal: controller.signal });
    await clock.advance(0);
    controller.abort();
    await expect(waiting).rejects.toMatchObject({ code: "ABORTED", cause: { code: "UNAVAILABLE" } });
  });
});

describe("refresh", () => {
  it("costs at most two fetches however often it is called within one floor", async () => {
    const { clock, source, poller } = setup(() => new Promise((resolve) => clock.setTimeout(() => resolve(answer("a")), 100)));
    poller.subscribe(() => undefined);
    await clock.advance(0);
    for (let call = 0; call < 1_000; call += 1) void poller.refresh();
    await clock.advance(1_200);
    expect(source.starts).toEqual([0, 1_100]);
  });

  it("rejects with its fetch's own error, HELD included", async () => {
    const { clock, source, poller } = setup(["a", "b", "c"]);
    poller.subscribe(() => undefined);
    await clock.advance(0);
    for (const [script, code] of [
      [["a"], "HELD"],
      [[], "EMPTY_METADATA"],
      [hang, "TIMEOUT"],
      [refuse("UNAVAILABLE"), "UNAVAILABLE"],
    ] as const) {
      source.script = script;
      const outcome = codeOf(poller.refresh());
      await clock.advance(3_000);
      expect(await outcome).toBe(code);
    }
  });

  it("asks even though nobody subscribes, and leaves nothing behind", async () => {
    const { clock, source, poller } = setup(["a"]);
    const refreshed = poller.refresh();
    await clock.advance(0);
    expect(ids((await refreshed).endpoints)).toBe("a");
    expect([source.starts.length, clock.pending]).toEqual([1, 0]);
  });
});

describe("iteration", () => {
  it("yields the newest version, each at most once, and ends when it is left", async () => {
    const { clock, source, poller } = setup(["a"]);
    const seen: number[] = [];
    const iterating = (async () => {
      for await (const { version } of poller) {
        seen.push(version);
        if (version === 4) break;
        await new Promise<void>((resolve) => clock.setTimeout(resolve, 2_500)); // a slow body skips
      }
    })();
    for (const script of [["a"], ["a", "b"], ["a", "b", "c"], ["a", "b", "c", "d"]]) {
      source.script = script;
      void poller.refresh();
      await clock.advance(1_000);
    }
    await clock.advance(10_000);
    await iterating;
    expect(seen.at(-1)).toBe(4);
    expect(seen.length).toBeLessThan(4);
    expect([...new Set(seen)]).toEqual(seen);
    expect(clock.pending).toBe(0);
  });
});

describe("subscriptions", () => {
  it("replays the current snapshot to a late subscriber as all added", async () => {
    const { clock, poller } = setup(["a", "b"]);
    poller.subscribe(() => undefined);
    await clock.advance(0);
    const sink = new RecordingSink();
    poller.subscribe(sink);
    await settle();
    expect(sink.calls.map(({ diff }) => ids(diff.added))).toEqual(["a b"]);
  });

  it("disposing asynchronously waits for the call in progress", async () => {
    const { clock, poller } = setup(["a"]);
    const order: string[] = [];
    const subscription = poller.subscribe(async () => {
      await new Promise<void>((resolve) => clock.setTimeout(resolve, 500));
      order.push("applied");
    });
    await clock.advance(0);
    const disposed = subscription[Symbol.asyncDispose]().then(() => order.push("disposed"));
    await clock.advance(500);
    await disposed;
    expect(order).toEqual(["applied", "disposed"]);
  });

  it("ends when its signal fires, and never begins when it has fired already", async () => {
    const { clock, source, poller } = setup(["a"]);
    const controller = new AbortController();
    poller.subscribe(() => undefined, { signal: AbortSignal.abort() });
    expect(clock.pending).toBe(0);
    poller.subscribe(() => undefined, { signal: controller.signal });
    await clock.advance(0);
    controller.abort();
    await clock.advance(60_000);
    expect(source.starts).toEqual([0]);
  });

  it("a selection that throws or chooses nobody is no update: it is reported and tried again", async () => {
    const { clock, source, poller } = setup(["a", "b"]);
    const sink = new RecordingSink();
    poller.subscribe(sink, { select: (endpoints) => endpoints.filter(({ id }) => id === "a") });
    await clock.advance(0);
    source.script = ["b", "c"];
    await clock.advance(30_000);
    expect(ids(sink.folded)).toBe("a");
    source.script = ["a", "b", "c"];
    await clock.advance(30_000);
    expect(ids(sink.folded)).toBe("a");
    expect(sink.problems).toEqual([]);
  });

  it("a thousand sinks share one diff", async () => {
    const { clock, poller } = setup(["a", "b"]);
    const sinks = Array.from({ length: 1_000 }, () => new RecordingSink());
    for (const sink of sinks) poller.subscribe(sink);
    await clock.advance(0);
    expect(new Set(sinks.map(({ calls }) => calls[0]?.diff)).size).toBe(1);
  });
});

describe("a hostile source", () => {
  it("that closes the poller from inside its fetch, or throws synchronously, breaks nothing", async () => {
    const { clock, source, poller } = setup(["a"]);
    source.fetch = (): never => {
      throw new RangeError("not even a promise");
    };
    poller.subscribe(() => undefined);
    await clock.advance(0);
    expect(poller.status.error).toMatchObject({ code: "UNAVAILABLE", message: "[scripted] [UNAVAILABLE] not even a promise" });
    source.fetch = async () => {
      void poller.close();
      return answer("a");
    };
    await clock.advance(60_000);
    expect([poller.snapshot, poller.status.state, clock.pending]).toEqual([undefined, "closed", 0]);
  });

  it("whose watch throws is polled by the interval", async () => {
    const { clock, source, poller } = setup(["a"]);
    source.watch = (): never => {
      throw new Error("no watch");
    };
    poller.subscribe(() => undefined);
    await clock.advance(0);
    expect(ids(poller.snapshot?.endpoints)).toBe("a");
  });

  it("is told who of the known is set aside", async () => {
    const { clock, source, poller } = setup(["a", "b"]);
    Object.assign(source, { unavailable: () => ["b"] });
    poller.subscribe(() => undefined);
    await clock.advance(25_000);
    expect(source.contexts[1]?.known.map(({ id }) => id)).toEqual(["a", "b"]);
    expect(source.contexts[1]?.aside?.map(({ id }) => id)).toEqual(["b"]);
  });

  it("is told who is known, what was answered before, and how often it failed", async () => {
    const { clock, source, poller } = setup(["a", "b"], { mapEndpoint: (endpoint) => ({ ...endpoint, host: `nat-${endpoint.host}` }) });
    poller.subscribe(() => undefined);
    await clock.advance(25_000);
    const [first, second] = source.contexts;
    expect([first?.known, first?.previous, first?.attempt, first?.aside, first?.timeoutMs]).toEqual([[], undefined, 0, undefined, 2_000]);
    expect(second?.known.map(({ host }) => host)).toEqual(["nat-a.test", "nat-b.test"]);
    expect(second?.mapEndpoint?.({ id: "z", host: "z", port: 1 })?.host).toBe("nat-z");
    expect(second?.previous?.endpoints.map(({ host }) => host)).toEqual(["a.test", "b.test"]);
  });
});

describe("construction", () => {
  it("refuses what is no source and no sink with one clear error", () => {
    expect(() => new MetadataPoller({} as never)).toThrow(
      "[core] [INVALID_OPTIONS] source.key: got undefined, allowed is a text as key, functions",
    );
    const { poller } = setup(["a"]);
    expect(() => poller.subscribe(5 as never)).toThrow(/sink: got 5/);
    expect(() => poller.subscribe(() => undefined, { selects: 1 } as never)).toThrow(/option names: got "selects"/);
    expect(() => poller.subscribe(() => undefined, { select: 1 } as never)).toThrow(/select: got 1/);
  });
});
