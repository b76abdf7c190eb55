import { describe, expect, it } from "vitest";
import { DiscoveryError, type FetchContext } from "../src/index.js";
import { RunningFetch } from "../src/running-fetch.js";
import { ManualClock, settle } from "./support/manual-clock.js";
import { hang } from "./support/scripted-source.js";

function running(fetch: (context: FetchContext<string>) => unknown) {
  const clock = new ManualClock();
  const contexts: FetchContext<string>[] = [];
  const source = {
    key: "test",
    fetch: (context: FetchContext<string>) => {
      contexts.push(context);
      return fetch(context) as Promise<string>;
    },
    endpoints: () => [],
  };
  const events: string[] = [];
  const context = { previous: "before", known: [], attempt: 3 };
  const subject = new RunningFetch(source, context, { clock, timeoutMs: 1_000 }, () => void events.push("settled"));
  subject.answer.then(
    (answer) => events.push(`answer ${answer}`),
    (error: DiscoveryError) => events.push(error.code),
  );
  return { clock, subject, events, context, contexts };
}

describe("RunningFetch", () => {
  it("asks at once with the whole context, and its answer is the source's", async () => {
    const { clock, subject, events, context, contexts } = running(async () => "a");
    expect([contexts, subject.alive]).toEqual([[], true]); // in a turn of its own
    await settle();
    expect(contexts).toEqual([{ ...context, timeoutMs: expect.any(Number), signal: expect.any(AbortSignal) }]);
    expect([events, subject.alive, clock.pending, contexts[0]?.signal.aborted]).toEqual([["settled", "answer a"], false, 0, false]);
  });

  it("rejects with the source's own DiscoveryError, and with UNAVAILABLE for anything else, thrown at once or later", async () => {
    const own = new DiscoveryError("UNAUTHENTICATED", "no", { source: "x" });
    const faults = [
      () => Promise.reject(own),
      () => Promise.reject("text"),
      (): never => fail(own),
      (): never => fail(new Error("at once")),
    ];
    for (const [at, fault] of faults.entries()) {
      const { clock, events } = running(fault);
      await settle();
      expect([...events].sort()).toEqual([at % 2 === 0 ? "UNAUTHENTICATED" : "UNAVAILABLE", "settled"]);
      expect(clock.pending).toBe(0);
    }
  });

  it("takes what is no promise for the answer", async () => {
    const { events } = running(() => "plain");
    await settle();
    expect(events).toContain("answer plain");
  });

  it("times out, aborts the source with that error, and stays alive until the source settles", async () => {
    let release: () => void = () => undefined;
    const { clock, subject, events, contexts } = running(
      () =>
        new Promise((resolve) => {
          release = () => resolve("late");
        }),
    );
    await clock.advance(999);
    expect(events).toEqual([]);
    await clock.advance(1);
    expect([events, subject.alive, contexts[0]?.signal.reason?.code]).toEqual([["TIMEOUT"], true, "TIMEOUT"]);
    release();
    await settle();
    expect([events, subject.alive]).toEqual([["TIMEOUT", "settled"], false]);
  });

  it("abort wins over an answer that has arrived but was not heard yet, and later aborts change nothing", async () => {
    let arrive: (answer: string) => void = () => undefined;
    const { clock, subject, events, contexts } = running(
      () =>
        new Promise<string>((resolve) => {
          arrive = resolve;
        }),
    );
    await settle();
    arrive("a");
    subject.abort(new DiscoveryError("ABORTED", "first", { source: "test" }));
    subject.abort(new DiscoveryError("CLOSED", "second", { source: "test" }));
    await settle();
    expect([...events].sort()).toEqual(["ABORTED", "settled"]);
    expect([contexts[0]?.signal.reason?.code, clock.pending]).toEqual(["ABORTED", 0]);
  });

  it("abort after the answer does not disturb the source", async () => {
    const { subject, events, contexts } = running(async () => "a");
    await settle();
    subject.abort(new DiscoveryError("ABORTED", "too late", { source: "test" }));
    await settle();
    expect([events, contexts[0]?.signal.aborted]).toEqual([["settled", "answer a"], false]);
  });

  it("a source is not even asked when the fetch is aborted in the turn in which it began", async () => {
    const { subject, events, contexts } = running(hang);
    subject.abort(new DiscoveryError("ABORTED", "enough", { source: "test" }));
    await settle();
    expect([[...events].sort(), subject.alive, contexts]).toEqual([["ABORTED", "settled"], false, []]);
  });

  it("a source that heeds its signal has settled right after the abort", async () => {
    const { subject, events } = running(hang);
    await settle();
    subject.abort(new DiscoveryError("ABORTED", "enough", { source: "test" }));
    await settle();
    expect([[...events].sort(), subject.alive]).toEqual([["ABORTED", "settled"], false]);
  });
});

function fail(error: Error): never {
  throw error;
}
