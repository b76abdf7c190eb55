import { getEventListeners } from "node:events";
import { describe, expect, it } from "vitest";
import { askCandidates, DiscoveryError, type DiscoveryErrorCode } from "../src/index.js";
import { ManualClock, settle } from "./support/manual-clock.js";
import { hang } from "./support/scripted-source.js";
import { codeOf } from "./support/setup.js";

const forever = new AbortController().signal;

function fail(code: DiscoveryErrorCode): never {
  throw new DiscoveryError(code, `because of ${code}`, { source: "test" });
}

/** A row of named candidates, each with what it does; remembers who was asked, when, and which signals fired. */
function row(behaviours: Readonly<Record<string, (options: { readonly signal: AbortSignal }) => unknown>>) {
  const clock = new ManualClock();
  const asked: string[] = [];
  const signals = new Map<string, AbortSignal>();
  const ask = async (name: string, options: { readonly signal: AbortSignal }): Promise<unknown> => {
    asked.push(`${name}@${clock.now()}`);
    signals.set(name, options.signal);
    return behaviours[name]?.(options);
  };
  const start = (
    options: Partial<Parameters<typeof askCandidates<string, unknown>>[2]> = {},
    candidates: Iterable<string> | AsyncIterable<string> = Object.keys(behaviours),
  ) => askCandidates(candidates, ask, { signal: forever, clock, ...options });
  const aborted = (): string[] => [...signals].filter(([, signal]) => signal.aborted).map(([name]) => name);
  return { clock, asked, start, aborted };
}

describe("askCandidates", () => {
  it("resolves with the first answer and who gave it, and asks nobody else", async () => {
    const { clock, asked, start, aborted } = row({ a: () => 1, b: () => 2 });
    expect(await start()).toEqual({ from: "a", answer: 1 });
    await clock.advance(60_000);
    expect([asked, aborted(), clock.pending]).toEqual([["a@0"], [], 0]);
  });

  it("asks the next one at once when one fails, synchronously or not", async () => {
    const { asked, start } = row({ a: () => fail("UNAVAILABLE"), b: () => Promise.reject("text"), c: () => 3 });
    expect(await start()).toEqual({ from: "c", answer: 3 });
    expect(asked).toEqual(["a@0", "b@0", "c@0"]);
  });

  it("asks the next one when the newest stays silent for hedgeAfterMs, 500 by default, and aborts the losers", async () => {
    const { clock, asked, start, aborted } = row({ a: hang, b: hang, c: () => 3, d: () => 4 });
    const won = start();
    await clock.advance(999);
    expect(asked).toEqual(["a@0", "b@500"]);
    await clock.advance(1);
    expect(await won).toEqual({ from: "c", answer: 3 });
    expect([aborted(), clock.pending]).toEqual([["a", "b"], 0]);
    await clock.advance(60_000);
    expect(asked).toHaveLength(3);
  });

  it("a silent candidate that was hedged may still win", async () => {
    const { clock, start, aborted } = row({
      a: () => new Promise((resolve) => clock.setTimeout(() => resolve("late"), 700)),
      b: hang,
    });
    const won = start({ hedgeAfterMs: 100 });
    await clock.advance(700);
    expect(await won).toEqual({ from: "a", answer: "late" });
    expect(aborted()).toEqual(["b"]);
  });

  it("ends one attempt after attemptTimeoutMs, aborts it and asks the next; its late answer is ignored", async () => {
    const { clock, asked, start, aborted } = row({
      a: () => new Promise((resolve) => clock.setTimeout(() => resolve("too late"), 300)),
      b: () => new Promise((resolve) => clock.setTimeout(() => resolve("b"), 150)),
    });
    const won = start({ attemptTimeoutMs: 200, hedgeAfterMs: 10_000 });
    await clock.advance(400);
    expect(await won).toEqual({ from: "b", answer: "b" });
    expect([asked, aborted()]).toEqual([["a@0", "b@200"], ["a"]]);
  });

  it("names every candidate's cause when all fail, as described, and keeps the causes", async () => {
    const { start } = row({ a: () => fail("TIMEOUT"), b: () => fail("UNAVAILABLE") });
    const failed = start({ source: "etcd", describe: (name) => `member ${name}` });
    await expect(failed).rejects.toThrow(
      /^\[etcd\] \[UNAVAILABLE\] none of 2 candidates answered: member a: .*TIMEOUT.*; member b: .*UNAVAILABLE/,
    );
    await expect(failed).rejects.toMatchObject({ cause: { errors: [{ code: "TIMEOUT" }, { code: "UNAVAILABLE" }] } });
  });

  it.each<readonly [DiscoveryErrorCode, readonly DiscoveryErrorCode[]]>([
    ["INVALID_OPTIONS", ["UNAUTHENTICATED", "INVALID_OPTIONS", "UNAVAILABLE"]],
    ["UNAUTHENTICATED", ["FOREIGN_CLUSTER", "UNAVAILABLE", "UNAUTHENTICATED"]],
    ["UNAVAILABLE", ["FOREIGN_CLUSTER", "UNAVAILABLE"]],
    ["TIMEOUT", ["FOREIGN_CLUSTER", "TIMEOUT"]],
    ["MALFORMED_RESPONSE", ["TIMEOUT", "UNAVAILABLE", "MALFORMED_RESPONSE"]],
    ["FOREIGN_CLUSTER", ["FOREIGN_CLUSTER", "FOREIGN_CLUSTER"]],
    ["UNAVAILABLE", ["HELD", "CLOSED"]],
  ])("is %s when the candidates say %j", async (expected, codes) => {
    const clock = new ManualClock();
    expect(await codeOf(askCandidates(codes, async (code) => fail(code), { signal: forever, clock }))).toBe(expected);
  });

  it("is UNAVAILABLE when there is nobody to ask", async () => {
    await expect(row({}).start()).rejects.toThrow(/UNAVAILABLE.*nobody to ask/);
  });

  it("pulls candidates lazily: a list that is slow, or fails, after the answer is never waited for", async () => {
    const { asked, start } = row({ a: () => 1 });
    let pulled = 0;
    let released = false;
    async function* candidates(): AsyncGenerator<string> {
      try {
        pulled += 1;
        yield "a";
        pulled += 1;
        fail("UNAVAILABLE");
      } finally {
        released = true;
      }
    }
    expect(await start({}, candidates())).toEqual({ from: "a", answer: 1 });
    await settle();
    expect([asked, pulled, released]).toEqual([["a@0"], 1, true]);
  });

  it("a list that throws in the middle ends the row: who was asked may answer, else its error is named too", async () => {
    function* broken(): Generator<string> {
      yield "a";
      throw new Error("dns is down");
    }
    const late = row({ a: () => new Promise((resolve) => late.clock.setTimeout(() => resolve(1), 2_000)) });
    const won = late.start({}, broken());
    await late.clock.advance(2_000);
    expect(await won).toEqual({ from: "a", answer: 1 });
    const none = row({ a: () => fail("TIMEOUT") }).start({}, broken());
    await expect(none).rejects.toThrow(/none of 2 candidates.*a: .*TIMEOUT.*the list of candidates: .*dns is down/);
  });

  it("a list that hangs holds up nobody who was asked, and the signal ends it", async () => {
    const controller = new AbortController();
    async function* stuck(): AsyncGenerator<string> {
      yield "a";
      await new Promise(() => undefined);
    }
    const { clock, start, aborted } = row({ a: hang });
    const outcome = codeOf(start({ signal: controller.signal }, stuck()));
    await clock.advance(60_000);
    controller.abort();
    expect(await outcome).toBe("ABORTED");
    expect([aborted(), clock.pending]).toEqual([["a"], 0]);
  });

  it("two candidates that fail while the next one is being pulled cost one pull each, and nobody is skipped", async () => {
    const clock = new ManualClock();
    async function* slow(): AsyncGenerator<string> {
      for (const name of ["a", "b", "c", "d"]) {
        await new Promise<void>((resolve) => clock.setTimeout(resolve, 100));
        yield name;
      }
    }
    const asked: string[] = [];
    const outcome = codeOf(
      askCandidates(
        slow(),
        async (name) => {
          asked.push(name);
          fail("UNAVAILABLE");
        },
        { signal: forever, clock, hedgeAfterMs: 10 },
      ),
    );
    await clock.advance(1_000);
    expect([await outcome, asked, clock.pending]).toEqual(["UNAVAILABLE", ["a", "b", "c", "d"], 0]);
  });
});

describe("the signal of askCandidates", () => {
  it("rejects with its reason when that is a DiscoveryError, else with ABORTED and the reason as cause", async () => {
    const reason = new DiscoveryError("TIMEOUT", "the poll took too long", { source: "test" });
    for (const [given, expected] of [
      [reason, reason],
      ["bye", expect.objectContaining({ code: "ABORTED", cause: "bye" })],
    ] as const) {
      const controller = new AbortController();
      const { start, aborted, clock } = row({ a: hang, b: hang });
      const asked = start({ signal: controller.signal }).catch((error: unknown) => error);
      await settle();
      controller.abort(given);
      expect(await asked).toEqual(expected);
      expect([aborted(), clock.pending]).toEqual([["a"], 0]);
    }
  });

  it("asks nobody when it has fired already", async () => {
    const { asked, start, clock } = row({ a: () => 1 });
    expect(await codeOf(start({ signal: AbortSignal.abort() }))).toBe("ABORTED");
    expect([asked, clock.pending]).toEqual([[], 0]);
  });

  it("may fire from inside an attempt", async () => {
    const controller = new AbortController();
    const { asked, start, clock } = row({ a: () => controller.abort(), b: () => 2 });
    expect(await codeOf(start({ signal: controller.signal }))).toBe("ABORTED");
    expect([asked, clock.pending]).toEqual([["a@0"], 0]);
  });

  it("keeps no listener of ours once the question is answered, failed or aborted", async () => {
    const controller = new AbortController();
    const { signal } = controller;
    await row({ a: () => 1 }).start({ signal });
    await codeOf(row({ a: () => fail("TIMEOUT") }).start({ signal }));
    expect(getEventListeners(signal, "abort")).toHaveLength(0);
    const outcome = codeOf(row({ a: hang }).start({ signal }));
    expect(getEventListeners(signal, "abort")).toHaveLength(1);
    controller.abort();
    await outcome;
    expect(getEventListeners(signal, "abort")).toHaveLength(0);
  });
});
