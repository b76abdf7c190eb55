// Callers, lists, sources, guards and sinks that misbehave: none of them may spoil anything for others.
import { describe, expect, it, onTestFinished } from "vitest";
import { allowHosts, askCandidates, DiscoveryError } from "../src/index.js";
import { Listing } from "../src/listing.js";
import { ManualClock, settle } from "./support/manual-clock.js";
import { RecordingSink } from "./support/recording-sink.js";
import { answer, ids, member } from "./support/scripted-source.js";
import { codeOf, setup } from "./support/setup.js";

const signal = new AbortController().signal;
const clock = new ManualClock();

/** Collects what would have ended the process. */
function crashes(): unknown[] {
  const seen: unknown[] = [];
  const collect = (error: unknown): void => void seen.push(error);
  process.on("unhandledRejection", collect).on("uncaughtException", collect);
  onTestFinished(() => void process.off("unhandledRejection", collect).off("uncaughtException", collect));
  return seen;
}

const soon = (promise: Promise<unknown>): Promise<string> => Promise.race([codeOf(promise), settle().then(() => "pending for ever")]);

describe("ask-candidates", () => {
  it("a list whose clean-up throws spoils neither the answer nor the process", async () => {
    const seen = crashes();
    const cleanUp = (): never => {
      throw new Error("clean-up");
    };
    function* list(): Generator<string> {
      try {
        yield "a";
        yield "b";
      } finally {
        cleanUp();
      }
    }
    expect(await soon(askCandidates(list(), async () => 1, { signal, clock }))).toBe("resolved");
    expect(seen).toEqual([]);
  });

  it("the signal may fire from inside the list", async () => {
    const seen = crashes();
    const controller = new AbortController();
    function* list(): Generator<string> {
      controller.abort();
      yield "a";
    }
    expect(await soon(askCandidates(list(), async () => 1, { signal: controller.signal, clock }))).toBe("ABORTED");
    await settle();
    expect(seen).toEqual([]);
  });

  it("a candidate that cannot be described fails like any other", async () => {
    const seen = crashes();
    const asked = askCandidates([Object.create(null), {}], async () => Promise.reject(new Error("x")), { signal, clock });
    expect(await soon(asked)).toBe("UNAVAILABLE");
    expect(seen).toEqual([]);
  });

  it("a list that cannot even be started is a DiscoveryError", async () => {
    const list = {
      [Symbol.iterator]: (): never => {
        throw new RangeError("no list");
      },
    };
    expect(await soon(askCandidates(list, async () => 1, { signal, clock }))).toBe("UNAVAILABLE");
  });

  it("FOREIGN_CLUSTER only if all said so", async () => {
    const asked = askCandidates(
      ["FOREIGN_CLUSTER", "ABORTED"] as const,
      async (code) => {
        throw new DiscoveryError(code, "x", { source: "test" });
      },
      { signal, clock },
    );
    expect(await soon(asked)).toBe("UNAVAILABLE");
  });
});

describe("metadata-poller", () => {
  it("a sink that unsubscribes in its call leaves a status that knows of the success", async () => {
    const { clock, source, poller } = setup(() => {
      throw new Error("down");
    });
    const subscription = poller.subscribe(() => subscription[Symbol.dispose]());
    await clock.advance(1_500);
    source.script = ["a"];
    await clock.advance(10_000);
    expect(poller.snapshot?.version).toBe(1);
    expect(poller.status).toMatchObject({ state: "fresh", failures: 0, error: undefined, lastSuccessAt: expect.any(Number) });
  });

  it("6. a sink whose view changed and changed back while it was busy is not called", async () => {
    const { clock, source, poller } = setup(["a", "b"]);
    const sink = new RecordingSink();
    let release: () => void = () => undefined;
    sink.behaviour = () =>
      new Promise<void>((resolve) => {
        release = resolve;
      });
    poller.subscribe(sink);
    await clock.advance(0);
    for (const script of [
      ["a", "b", "c"],
      ["a", "b"],
    ]) {
      source.script = script;
      void poller.refresh();
      await clock.advance(1_000);
    }
    release();
    await settle();
    expect(sink.calls.map(({ snapshot }) => snapshot.version)).toEqual([1]);
  });

  it("5. no call after disposal, even when select disposes", async () => {
    const { clock, poller } = setup(["a"]);
    poller.subscribe(() => undefined);
    const sink = new RecordingSink();
    const subscription = poller.subscribe(sink, {
      select: (endpoints) => {
        subscription[Symbol.dispose]();
        return endpoints;
      },
    });
    await clock.advance(0);
    expect(sink.calls).toEqual([]);
  });

  it("7. at most one fetch is alive though a source unsubscribes and subscribes from inside its fetch", async () => {
    const { clock, source, poller } = setup(["a"]);
    let subscription = poller.subscribe(() => undefined);
    source.script = ({ signal }) => {
      if (source.starts.length < 4) {
        subscription[Symbol.dispose]();
        subscription = poller.subscribe(() => undefined);
      }
      return new Promise((resolve, reject) => {
        clock.setTimeout(() => resolve(answer("a")), 1_500);
        signal.addEventListener("abort", () => reject(signal.reason));
      });
    };
    await clock.advance(20_000);
    expect(source.maxAlive).toBe(1);
  });

  it("8. an answer changes nothing when the guard itself closes the poller", async () => {
    const { clock, source, poller } = setup(["a", "b"], {
      guard: () => {
        void poller.close();
        return true;
      },
    });
    poller.subscribe(() => undefined);
    await clock.advance(0);
    const before = poller.snapshot;
    source.script = ["a"];
    void poller.refresh();
    await clock.advance(1_000);
    expect([poller.status.state, poller.snapshot === before]).toEqual(["closed", true]);
  });

  it("9. a caller whose signal is none is told so, and keeps nothing going", async () => {
    const { clock, source, poller } = setup(() => {
      throw new Error("down");
    });
    await codeOf(poller.ready({ signal: {} as AbortSignal }));
    poller.subscribe(() => undefined)[Symbol.dispose]();
    await clock.advance(60_000);
    expect([clock.pending, source.starts.length]).toEqual([0, 0]);
  });

  it("10. an iterator that was made before the close and begins after it is at its end", async () => {
    const { poller } = setup(["a"]);
    const iterator = poller[Symbol.asyncIterator]();
    await poller.close();
    expect(await iterator.next()).toEqual({ done: true, value: undefined });
  });
});

describe("listing", () => {
  it("attributes that an object inherits do not make every answer a change", async () => {
    const { clock, source, poller } = setup(() => ({ endpoints: [{ ...member("a"), attributes: Object.create({ zone: "x" }) }] }));
    poller.subscribe(() => undefined);
    await clock.advance(60_000);
    expect(source.starts.length).toBeGreaterThan(3);
    expect(poller.snapshot?.version).toBe(1);
  });

  it("a mapping that throws something unprintable, or an entry that refuses to be read, fails nobody else", () => {
    const map = (entry: { readonly id: string }): never | typeof entry => {
      if (entry.id === "a") throw Object.create(null);
      return entry;
    };
    expect(ids(new Listing([]).read(answer("a", "b").endpoints, map as never, () => undefined).endpoints)).toBe("b");
    const hostile = Object.defineProperty({ host: "h", port: 1 }, "id", {
      get: () => {
        throw new Error("no id");
      },
    });
    expect(ids(new Listing([]).read([hostile as never, member("b")], undefined, () => undefined).endpoints)).toBe("b");
  });
});

describe("allow-hosts", () => {
  it.each([{ suffixes: "x.com" }, { suffixes: [5] }, { suffixes: [""] }, { suffixes: ["."] }, { cidrs: [5] }, { cidrs: ["10.0.0.0/8/9"] }])(
    "refuses %j with INVALID_OPTIONS",
    (options) => {
      expect(() => allowHosts(options as never)).toThrow("[INVALID_OPTIONS]");
    },
  );

  it("a name with the root's trailing dot is the same name", () => {
    expect(allowHosts({ suffixes: ["example.com"] })({ id: "a", host: "a.example.com.", port: 1 })).toBeDefined();
    expect(allowHosts({ suffixes: ["example.com."] })({ id: "a", host: "a.example.com", port: 1 })).toBeDefined();
  });
});
