import { describe, expect, it, onTestFinished } from "vitest";
import { isSilent, refuses } from "./support/probing-source.js";
import { Scene, type SceneOptions, scene } from "./support/who-serves.js";

const SIZES = [1_000, 10_000];

function fleet(size: number): readonly string[] {
  return Array.from({ length: size }, (_, at) => `m${10_000 + at}`);
}

function begin(size: number, options?: SceneOptions): Promise<Scene> {
  return scene(fleet(size).join(" "), options);
}

const WALKS = [
  "some",
  "every",
  "find",
  "findIndex",
  "filter",
  "map",
  "forEach",
  "indexOf",
  "includes",
  "sort",
  "slice",
  "concat",
  "splice",
];

/** Counts how often a list, map or set of 500 and more is walked, until the test ends or `stop`. */
function longWalks(): { count: number; readonly stop: () => void } {
  const undo: (() => void)[] = [];
  const walks = { count: 0, stop: () => undo.splice(0).forEach((put) => void put()) };
  const patch = (prototype: object, name: string | symbol, size: "length" | "size"): void => {
    const original = Object.getOwnPropertyDescriptor(prototype, name);
    const value = function (this: { readonly length: number; readonly size: number }, ...parameters: unknown[]): unknown {
      if (this[size] >= 500) walks.count += 1;
      return Reflect.apply(original?.value, this, parameters);
    };
    Object.defineProperty(prototype, name, { ...original, value });
    undo.push(() => Object.defineProperty(prototype, name, original ?? {}));
  };
  for (const name of [...WALKS, Symbol.iterator, "values", "keys", "entries"]) patch(Array.prototype, name, "length");
  for (const { prototype } of [Map, Set])
    for (const name of ["forEach", "values", "keys", "entries", Symbol.iterator]) patch(prototype, name, "size");
  onTestFinished(walks.stop);
  return walks;
}

/** What the poller asks of its clock from now on. */
function clockCalls(stage: Scene): { random: number; setTimeout: number } {
  const calls = { random: 0, setTimeout: 0 };
  const { clock } = stage;
  for (const name of ["random", "setTimeout"] as const) {
    const original = clock[name].bind(clock) as (...parameters: unknown[]) => never;
    clock[name] = (...parameters: unknown[]) => {
      calls[name] += 1;
      return original(...parameters);
    };
  }
  return calls;
}

describe("10 000 members", () => {
  it("a suspicion that is answered costs as many calls as with 1 000, and never a walk through the list", async () => {
    const works: unknown[] = [];
    for (const size of SIZES) {
      const stage = await begin(size);
      stage.suspect("m10999"); // the first one may make an index of the addresses
      await stage.clock.advance(100);
      const calls = clockCalls(stage);
      const walks = longWalks();
      for (let times = 0; times < 20; times += 1) {
        stage.suspect(`m${10_000 + 37 * times}`);
        await stage.clock.advance(100);
      }
      walks.stop();
      works.push({ ...calls, probes: stage.source.probes.length, walks: walks.count, versions: stage.poller.snapshot?.version });
    }
    expect(works[1]).toEqual(works[0]);
    expect(works[1]).toMatchObject({ walks: 0, versions: 1 });
    const { random, setTimeout } = works[1] as { random: number; setTimeout: number };
    expect(random).toBeLessThanOrEqual(20 * 10);
    expect(setTimeout).toBeLessThanOrEqual(20 * 12);
  });

  it("a verdict that sets aside or brings back costs as many walks through the list as with 1 000", async () => {
    const works: unknown[] = [];
    for (const size of SIZES) {
      const stage = new Scene(fleet(size), { latencyMs: 2 }); // its sink walks a lot
      stage.poller.subscribe(() => undefined);
      await stage.clock.advance(0);
      const walks = longWalks();
      for (let times = 0; times < 10; times += 1) {
        const id = `m${10_000 + 37 * times}`;
        stage.source.serves.set(id, times % 2 === 0 ? refuses : isSilent);
        stage.suspect(id);
        await stage.clock.advance(800);
        stage.source.serves.delete(id);
      }
      await stage.clock.advance(20_000);
      walks.stop();
      works.push({ walks: walks.count, versions: stage.poller.snapshot?.version, probes: stage.source.probes.length });
    }
    expect(works[1]).toEqual(works[0]);
    expect(works[1]).toMatchObject({ versions: 21 });
    expect((works[1] as { walks: number }).walks).toBeLessThanOrEqual(20 * 4 + 5 * 12); // and polls
  }, 30_000);

  it("all suspected at once: never more than 16 probes at a time, nothing published, everybody asked, and once", async () => {
    const stage = await begin(10_000);
    stage.suspect();
    await stage.clock.advance(30_000);
    expect(stage.source.maxAsking).toBeLessThanOrEqual(16);
    expect([stage.poller.snapshot?.version, stage.source.starts.length]).toEqual([1, 1]);
    expect(new Set(stage.source.probes.map(({ id }) => id)).size).toBe(10_000);
    expect(stage.source.probes.length).toBeLessThanOrEqual(2 * 10_000);
    expect(stage.clock.pending).toBeLessThanOrEqual(3); // the poll and the age of the answer
  }, 30_000);

  it("all suspected at once and nobody answers: never more than 16 probes at a time, and all stay in use", async () => {
    const stage = await begin(10_000);
    stage.source.everybody = isSilent;
    stage.suspect();
    await stage.every(1_000, 60_000, () => stage.suspect());
    expect([stage.source.maxAsking <= 16, stage.poller.snapshot?.version]).toEqual([true, 1]);
    expect(stage.source.probes.length).toBeLessThanOrEqual((60_000 / 500 + 1) * 16);
  }, 30_000);

  it("a tenth of them refuses and all are suspected: that tenth is aside, and who waits to be asked stays in use", async () => {
    const stage = await begin(1_000, { latencyMs: 2 });
    const dead = fleet(1_000).filter((_, at) => at % 10 === 3);
    for (const id of dead) stage.source.serves.set(id, refuses);
    stage.suspect();
    await stage.clock.advance(10);
    expect(stage.poller.snapshot?.endpoints.length).toBeGreaterThan(900);
    await stage.clock.advance(5_000);
    expect(stage.poller.snapshot?.aside.map(({ id }) => id)).toEqual(dead);
    expect([stage.source.maxAsking <= 16, stage.sink.problems]).toEqual([true, []]);
  });

  it("a suspect is not kept waiting by rechecks of three hundred who are aside", async () => {
    const stage = await begin(1_000, { latencyMs: 2 });
    const dead = fleet(300);
    for (const id of dead) stage.source.serves.set(id, isSilent);
    await stage.every(500, 60_000, () => stage.suspect(...dead));
    expect(stage.poller.snapshot?.aside.length).toBe(300);
    for (let more = 1; more <= 20; more += 1) {
      const id = `m${10_500 + more}`;
      stage.source.serves.set(id, isSilent);
      stage.suspect(id);
      await stage.clock.advance(600);
      expect(
        stage.poller.status.aside.some((one) => one.id === id),
        id,
      ).toBe(true);
      await stage.clock.advance(1_000 * stage.clock.random());
    }
  });

  it("forty that freeze together, among others who are slow: never more than 16 probes at a time", async () => {
    const stage = await begin(1_000, { latencyMs: 90 });
    const dead = fleet(40);
    for (const id of dead) stage.source.serves.set(id, isSilent);
    await stage.every(100, 10_000, () => stage.suspect(...dead));
    expect(stage.source.maxAsking).toBeLessThanOrEqual(16);
    expect(stage.poller.snapshot?.aside.map(({ id }) => id)).toEqual(dead);
  });

  it("several verdicts of one turn make one version", async () => {
    const stage = await begin(1_000);
    const dead = fleet(8);
    for (const id of dead) stage.source.serves.set(id, refuses);
    stage.suspect(...dead); // all of them refuse at once, and are judged when the witness answers
    await stage.clock.advance(500);
    expect([stage.poller.snapshot?.version, stage.poller.snapshot?.aside.length]).toEqual([2, 8]);
  });
});
