import { MessageChannel } from "node:worker_threads";
import { DiscoveryError, type Endpoint, type EndpointFeed, MetadataPoller } from "@rollcall/core";
import { ManualClock, type ScriptedAnswer, type ScriptedSource, scriptedSource, sinkConformance } from "@rollcall/testkit";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { portChannel } from "../src/worker-channel.js";
import { WorkerFeed } from "../src/worker-feed.js";
import { shareFeed } from "../src/worker-share.js";

/** A feed, and what a worker has of it: everything goes through a real port, as a structured clone. */
function shared<T extends object>(feed: EndpointFeed<T>) {
  const { port1, port2 } = new MessageChannel();
  return { share: shareFeed(feed, portChannel(port1)), worker: new WorkerFeed<T>(portChannel(port2)), port: port1 };
}

/** A poller on a clock of its own, which the test turns, and a worker. */
function staged(...members: readonly string[]) {
  const clock = new ManualClock();
  const source = scriptedSource(clock, members);
  const poller = new MetadataPoller<ScriptedAnswer>(source, { intervalMs: 10_000, minIntervalMs: 1_000, clock, guard: () => true });
  const both = shared<ScriptedAnswer>(poller);
  onTestFinished(async () => {
    await both.worker[Symbol.asyncDispose]();
    await poller.close();
  });
  return { clock, source, poller, ...both };
}

/** A poll finds this. */
async function pollFinds(stage: ReturnType<typeof staged>, script: ScriptedSource["script"]): Promise<void> {
  stage.source.script = script;
  await Promise.allSettled([stage.poller.refresh(), stage.clock.advance(1_000)]);
}

/** Resolves when this holds, which takes a few turns of two event loops. */
const soon = (holds: () => unknown): Promise<unknown> => vi.waitFor(holds, { timeout: 10_000, interval: 2 });
const ids = ({ snapshot }: EndpointFeed): string | undefined => snapshot?.endpoints.map(({ id }) => id).join(" ");
const down = (): never => {
  throw new DiscoveryError("UNAVAILABLE", "nobody answers", { source: "etcd" });
};

sinkConformance(
  "a client of a worker",
  (feed: EndpointFeed) => {
    const { worker } = shared(feed as EndpointFeed<object>);
    let held: readonly Endpoint[] = [];
    worker.subscribe(({ endpoints }) => {
      held = endpoints;
    });
    return { held: () => held, close: () => worker[Symbol.asyncDispose]() };
  },
  // A set that the client refuses is told again by the worker's own poller: whoever polls hears nothing of it.
  { eventual: true, runner: { describe, it } },
);

describe("the feed of a worker", () => {
  it("has the endpoints, those aside and the metadata of the poller, and is told of each new version", async () => {
    const stage = staged("a", "b");
    const { poller, worker, source } = stage;
    const told: unknown[] = [];
    worker.subscribe(({ endpoints, aside, metadata }) => told.push([endpoints.length, aside.length, metadata.epoch]), { metadata: true });
    await stage.clock.advance(0);
    await soon(() => expect(told).toEqual([[2, 0, undefined]]));
    expect(worker.snapshot?.endpoints).toEqual(poller.snapshot?.endpoints);
    Object.assign(source, { unavailable: () => ["b"] });
    await pollFinds(stage, ["a", "b"]);
    await soon(() => expect(told.at(-1)).toEqual([1, 1, undefined]));
    await pollFinds(stage, () => ({ endpoints: poller.snapshot?.metadata.endpoints ?? [], epoch: 7 }));
    await soon(() => expect(told.at(-1)).toEqual([1, 1, 7]));
  });

  it("tells a client again that refused a set", async () => {
    const { worker, clock } = staged("a");
    let calls = 0;
    worker.subscribe(() => {
      calls += 1;
      if (calls < 3) throw new Error("not now");
    });
    await clock.advance(0);
    await soon(() => expect(calls).toBe(3));
  });

  it("listens there only while somebody listens here", async () => {
    const { worker, source } = staged("a");
    const polling = (): number => source.watches.filter(({ signal }) => !signal.aborted).length;
    const subscription = worker.subscribe(() => undefined);
    await soon(() => expect(polling()).toBe(1));
    subscription[Symbol.dispose]();
    await soon(() => expect(polling()).toBe(0));
  });

  it("tells errors of the poller, and keeps what it has", async () => {
    const stage = staged("a");
    const { worker } = stage;
    worker.subscribe(() => undefined);
    await stage.clock.advance(0);
    await worker.ready();
    await pollFinds(stage, down);
    await soon(() => expect(worker.status.error?.message).toBe("[etcd] [UNAVAILABLE] nobody answers"));
    expect(ids(worker)).toBe("a");
    await pollFinds(stage, ["a", "b"]);
    await soon(() => expect([worker.status.error, ids(worker)]).toEqual([undefined, "a b"]));
  });

  it("ready() waits through failures, and fails with an error that another try does not help", async () => {
    const stage = staged();
    stage.source.script = down;
    const ready = stage.worker.ready();
    await soon(() => expect(stage.poller.status.nextAttemptAt).toBeDefined());
    await pollFinds(stage, down);
    await pollFinds(stage, () => {
      throw new DiscoveryError("UNAUTHENTICATED", "who are you", { source: "etcd" });
    });
    await expect(ready).rejects.toMatchObject({ code: "UNAUTHENTICATED", message: "[etcd] [UNAUTHENTICATED] who are you" });
  });

  it("refresh() is a poll there that began after the call, and fails as that does", async () => {
    const stage = staged("a");
    const { worker, source, clock } = stage;
    worker.subscribe(() => undefined);
    await clock.advance(0);
    await worker.ready();
    source.script = ["a", "b"];
    const refreshed = worker.refresh({ reason: "a test" });
    await soon(async () => {
      await clock.advance(1_000);
      expect(source.starts.length).toBeGreaterThan(1);
    });
    expect((await refreshed).endpoints.map(({ id }) => id)).toEqual(["a", "b"]);
    source.script = down;
    const failed = worker.refresh();
    await Promise.all([expect(failed).rejects.toMatchObject({ code: "UNAVAILABLE", source: "etcd" }), turn(clock, failed)]);
  });

  it("refresh() with a signal that has fired is a hint, which nobody has to wait for", async () => {
    const { worker, source, clock } = staged("a");
    worker.subscribe(() => undefined);
    await clock.advance(0);
    await worker.ready();
    const polls = source.starts.length;
    await expect(worker.refresh({ signal: AbortSignal.abort() })).rejects.toMatchObject({ code: "ABORTED" });
    await soon(async () => {
      await clock.advance(1_000);
      expect(source.starts.length).toBeGreaterThan(polls);
    });
  });
});

describe("when one side goes", () => {
  it("a share that ends closes the feed of the worker, and whoever waits there hears so", async () => {
    const { worker, share, clock } = staged("a");
    worker.subscribe(() => undefined);
    await clock.advance(0);
    await worker.ready();
    const waiting = worker.refresh();
    share[Symbol.dispose]();
    await expect(waiting).rejects.toMatchObject({ code: "CLOSED" });
    await soon(() => expect(worker.status.state).toBe("closed"));
    await expect(worker.ready()).rejects.toMatchObject({ code: "CLOSED" });
  });

  it("a poller that is closed without a word is found out by the next question", async () => {
    const { worker, poller, clock } = staged("a");
    worker.subscribe(() => undefined);
    await clock.advance(0);
    await worker.ready();
    await poller.close();
    await expect(worker.refresh()).rejects.toMatchObject({ code: "CLOSED" });
    expect(() => worker.subscribe(() => undefined)).toThrow("[CLOSED]");
  });

  it("a thread that is gone without a word leaves the worker its set, and an error that says so", async () => {
    const { worker, port, clock } = staged("a");
    worker.subscribe(() => undefined);
    await clock.advance(0);
    await worker.ready();
    const waiting = worker.refresh();
    port.close();
    await expect(waiting).rejects.toMatchObject({ code: "UNAVAILABLE" });
    await soon(() => expect(worker.status.error?.message).toContain("the thread or process that polls is gone"));
    expect([worker.status.state, ids(worker)]).toEqual(["fresh", "a"]);
  });

  it("a worker that is gone leaves no subscription and no waiter", async () => {
    const { worker, poller, source, clock } = staged("a");
    worker.subscribe(() => undefined);
    await clock.advance(0);
    await worker.ready();
    const refreshed = worker.refresh();
    await worker[Symbol.asyncDispose]();
    await expect(refreshed).rejects.toMatchObject({ code: "CLOSED" });
    await soon(() => expect(source.watches.every(({ signal }) => signal.aborted)).toBe(true));
    expect([clock.pending, poller.status.state]).toEqual([0, "fresh"]);
  });
});

describe("metadata that are no plain data", () => {
  const withFunction = () => ({ endpoints: [{ id: "a", host: "a.test", port: 1 }], epoch: (() => 1) as never });

  it("are an error of the worker that asks, and of nobody here", async () => {
    const rejected: unknown[] = [];
    const keep = (error: unknown): void => void rejected.push(error);
    process.on("unhandledRejection", keep);
    onTestFinished(() => void process.off("unhandledRejection", keep));
    const { worker, poller, source, clock } = staged();
    source.script = withFunction;
    worker.subscribe(() => undefined);
    const ready = worker.ready();
    await clock.advance(0);
    await expect(ready).rejects.toMatchObject({ code: "INVALID_OPTIONS", message: expect.stringContaining("could not be cloned") });
    await new Promise(setImmediate); // an unhandled rejection is told in a later turn
    expect([rejected, ids(poller)]).toEqual([[], "a"]);
  });

  it("leave the worker what it has, until they can be sent again", async () => {
    const stage = staged("a", "b");
    const { worker } = stage;
    worker.subscribe(() => undefined);
    await stage.clock.advance(0);
    await worker.ready();
    await pollFinds(stage, withFunction);
    await soon(() => expect(worker.status.error?.message).toContain("metadata are no plain data"));
    expect(ids(worker)).toBe("a b");
    await pollFinds(stage, ["a", "b", "c"]);
    await soon(() => expect([worker.status.error, ids(worker)]).toEqual([undefined, "a b c"]));
  });
});

/** Turns the clock until this has settled. */
async function turn(clock: ManualClock, promise: Promise<unknown>): Promise<void> {
  let isSettled = false;
  void Promise.allSettled([promise]).then(() => {
    isSettled = true;
  });
  await soon(async () => {
    await clock.advance(1_000);
    expect(isSettled).toBe(true);
  });
}
