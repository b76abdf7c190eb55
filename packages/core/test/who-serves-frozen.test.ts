import { describe, expect, it } from "vitest";
import type { DiagnosticsMessages } from "../src/index.js";
import { answers, isSilent, refuses } from "./support/probing-source.js";
import { messagesOf, type Scene, scene, seeds } from "./support/who-serves.js";

const SEEDS = seeds(10);
/** Of the design: `probe.timeoutMs` and 100 ms. */
const AT_MOST_MS = 500 + 100;

/** Calls to these fail every 100 ms while they are used. */
function failing(stage: Scene, ...ids: readonly string[]): () => void {
  return () => {
    const used = stage.poller.snapshot?.endpoints.map(({ id }) => id) ?? [];
    const hit = ids.filter((id) => used.includes(id));
    if (hit.length > 0) stage.suspect(...hit);
  };
}

describe("a frozen member", () => {
  it("is aside 100 ms after another one answered, while its probe still runs", async () => {
    const stage = await scene("a b c");
    stage.source.serves.set("c", isSilent);
    stage.suspect("c");
    expect(await stage.until(() => stage.now === "a b | c", 1_000)).toBeLessThanOrEqual(121);
    expect([stage.source.asking, stage.versions]).toEqual([1, ["a b c |", "a b | c"]]);
  });

  for (const others of ["c", "b c", "b c d"]) {
    it(`is aside within timeoutMs + 100 ms of the first suspicion, when ${others} of a b c d e are frozen`, async () => {
      for (const seed of SEEDS) {
        const stage = await scene("a b c d e", { seed, latencyMs: 2 });
        for (const id of others.split(" ")) stage.source.serves.set(id, isSilent);
        stage.suspect("c");
        expect(await stage.until(() => !stage.now.startsWith("a b c"), 2_000), `seed ${seed}`).toBeLessThanOrEqual(AT_MOST_MS);
      }
    });
  }

  it("is aside as soon when the others are further away", async () => {
    for (const seed of SEEDS) {
      const stage = await scene("a b c d", { seed, latencyMs: 80 });
      stage.source.serves.set("c", isSilent);
      stage.suspect("c");
      expect(await stage.until(() => stage.now === "a b d | c", 2_000), `seed ${seed}`).toBeLessThanOrEqual(181);
    }
  });

  it("several that freeze together under load are all aside, and the rest is never touched", async () => {
    for (const seed of SEEDS) {
      const stage = await scene("a b c d e", { seed, latencyMs: 2 });
      for (const id of ["b", "c", "d"]) stage.source.serves.set(id, isSilent);
      await stage.every(100, 1_300, failing(stage, "b", "c", "d"));
      expect(stage.now, `seed ${seed}`).toBe("a e | b c d");
      await stage.every(100, 30_000, failing(stage, "b", "c", "d"));
      expect([stage.now, stage.sink.problems, stage.fewest], `seed ${seed}`).toEqual(["a e | b c d", [], 2]);
    }
  });

  it("is back on its first answer, and that is asked for within 8 × recheckMs", async () => {
    for (const frozenMs of [700, 5_000, 60_000]) {
      const stage = await scene("a b c");
      const { clock, source } = stage;
      source.serves.set("c", isSilent);
      await stage.every(100, frozenMs, failing(stage, "c"));
      expect(stage.now).toBe("a b | c");
      source.serves.set("c", answers);
      const thawedAt = clock.now();
      await clock.advance(500 + 8_800);
      const asked = source.timesOf("c").find((at) => at >= thawedAt);
      expect([stage.now, stage.toldAt.at(-1)]).toEqual(["a b c |", asked]);
    }
  });

  it("that answers late after all is back at that moment", async () => {
    const stage = await scene("a b c");
    stage.source.serves.set("c", stage.network.answersAfter(400));
    stage.suspect("c");
    await stage.clock.advance(399);
    expect(stage.now).toBe("a b | c");
    await stage.clock.advance(2);
    expect(stage.versions).toEqual(["a b c |", "a b | c", "a b c |"]);
  });

  it("is told to stop answering at timeoutMs, and later changes nothing", async () => {
    const stage = await scene("a b c", { probe: { timeoutMs: 300 } });
    const late: (() => void)[] = [];
    stage.source.serves.set("c", () => new Promise<void>((resolve) => late.push(resolve)));
    stage.suspect("c");
    await stage.clock.advance(299);
    const signal = stage.source.asked.find(({ endpoint }) => endpoint.id === "c")?.signal;
    expect(signal?.aborted).toBe(false);
    await stage.clock.advance(2);
    expect(signal?.aborted).toBe(true);
    for (const answer of late) answer();
    await stage.clock.advance(100);
    expect(stage.versions).toEqual(["a b c |", "a b | c"]);
  });
});

describe("a member that says no", () => {
  it("is aside as soon as another one answered", async () => {
    for (const no of [refuses, (): never => fail(), () => Promise.reject("text")]) {
      const stage = await scene("a b c");
      stage.source.serves.set("c", no);
      stage.suspect("c");
      expect(await stage.until(() => stage.now === "a b | c", 1_000)).toBeLessThanOrEqual(21);
    }
  });

  it("slower than the other one answers, as soon as it says so", async () => {
    const stage = await scene("a b c", { latencyMs: 5 });
    stage.source.serves.set("c", stage.network.answersAfter(60, new Error("not ready")));
    stage.suspect("c");
    expect(await stage.until(() => stage.now === "a b | c", 1_000)).toBeLessThanOrEqual(61);
  });
});

describe("what is told of it", () => {
  it("status.aside: who, why, since when, and what its probe ended with", async () => {
    const stage = await scene("a b c d");
    const no = new Error("connection refused");
    stage.source.serves.set("c", () => Promise.reject(no));
    stage.source.serves.set("d", isSilent);
    await stage.clock.advance(10_000);
    stage.suspect("c", "d");
    await stage.clock.advance(2_000);
    const [c, d, ...more] = stage.poller.status.aside;
    expect(c).toMatchObject({ id: "c", reason: "refused", error: no });
    expect(d).toMatchObject({ id: "d", reason: "silent" });
    expect(more).toEqual([]);
    const began = stage.clock.wallNow() - 2_000;
    for (const one of [c, d]) {
      expect(one?.since).toBeGreaterThan(began);
      expect(one?.since).toBeLessThanOrEqual(began + AT_MOST_MS);
    }
    const before = stage.poller.status.aside.map(({ since }) => since);
    await stage.clock.advance(60_000);
    expect(stage.poller.status.aside.map(({ since }) => since)).toEqual(before);
    expect(stage.poller.toJSON()).toMatchObject({ endpoints: [{ id: "a" }, { id: "b" }] });
  });

  it("rollcall:aside: once, with the endpoint, the reason, the probe's error and the client's cause", async () => {
    const told = messagesOf<DiagnosticsMessages["rollcall:aside"]>("rollcall:aside");
    const stage = await scene("a b c d");
    const endpoints = stage.poller.snapshot?.endpoints;
    const [no, cause] = [new Error("connection refused"), new Error("call failed")];
    stage.source.serves.set("c", () => Promise.reject(no));
    stage.poller.suspect({ host: "c.test", port: 2379 }, { cause });
    stage.suspect("a");
    await stage.clock.advance(60_000);
    expect(told).toEqual([{ source: "scripted", endpoint: { id: "c", host: "c.test", port: 2379 }, reason: "refused", error: no, cause }]);
    expect(told[0]?.endpoint).toBe(endpoints?.[2]);
    stage.source.serves.set("d", isSilent);
    stage.suspect("d");
    await stage.clock.advance(5_000);
    expect(told.slice(1)).toMatchObject([{ endpoint: { id: "d" }, reason: "silent", cause: undefined }]);
  });

  it("rollcall:aside: no cause, when it was long ago that a client suspected it, and in vain", async () => {
    const told = messagesOf<DiagnosticsMessages["rollcall:aside"]>("rollcall:aside");
    const stage = await scene("a b c", { probe: { everyMs: 5_000 } });
    stage.poller.suspect({ host: "c.test", port: 2379 }, { cause: new Error("call failed") });
    await stage.clock.advance(60_000);
    stage.source.serves.set("c", refuses);
    await stage.clock.advance(10_000);
    expect(told).toMatchObject([{ endpoint: { id: "c" }, reason: "refused", cause: undefined }]);
  });

  it("a sink sees it removed, and added again; its endpoint stays the same object", async () => {
    const stage = await scene("a b c");
    const c = stage.poller.snapshot?.endpoints[2];
    stage.source.serves.set("c", refuses);
    stage.suspect("c");
    await stage.clock.advance(100);
    stage.source.serves.delete("c");
    await stage.clock.advance(2_000);
    const [, left, back, ...more] = stage.sink.calls;
    expect([left?.diff.removed, left?.snapshot.aside, back?.diff.added, more]).toEqual([[c], [c], [c], []]);
    expect([left?.snapshot.aside[0] === c, back?.snapshot.endpoints[2] === c]).toEqual([true, true]);
    expect([left?.snapshot.version, back?.snapshot.version]).toEqual([2, 3]);
    expect(left?.snapshot.metadata).toBe(back?.snapshot.metadata);
  });
});

function fail(): never {
  throw new Error("thrown at once");
}
