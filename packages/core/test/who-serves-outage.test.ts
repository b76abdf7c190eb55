import { describe, expect, it } from "vitest";
import { isSilent } from "./support/probing-source.js";
import { answer, ids } from "./support/scripted-source.js";
import { type Scene, type SceneOptions, scene, seeds } from "./support/who-serves.js";

const SEEDS = seeds(10);
const DEAD = ["refusing", "silent"] as const;

/** Everybody stops serving. */
async function allDead(how: (typeof DEAD)[number], members: string, options: SceneOptions): Promise<Scene> {
  const stage = await scene(members, options);
  await stage.clock.advance(3_000 * stage.clock.random());
  stage.source.everybody = how === "silent" ? isSilent : stage.network.answersAfter(2, new Error("connection refused"));
  stage.suspect();
  return stage;
}

/** Calls fail to everybody in use who does not serve. */
function failing(stage: Scene): () => void {
  return () => {
    const dead = (stage.poller.snapshot?.endpoints ?? []).filter(({ id }) => !stage.source.serves.has(id));
    if (dead.length > 0) stage.suspect(...ids(dead).split(" "));
  };
}

describe.each(DEAD)("all dead (%s)", (how) => {
  it("all of them stay in use for as long as nobody answers, whoever suspects them", async () => {
    for (const members of ["a", "a b", "a b c", "a b c d e"]) {
      const stage = await allDead(how, members, {});
      await stage.every(100, 60_000, failing(stage));
      await stage.clock.advance(60_000);
      expect(stage.versions).toEqual([`${members} |`]);
    }
  });

  for (const [during, outageMs, everyMs] of [
    ["5 s", 5_000, 100],
    ["10 min", 600_000, 400],
  ] as const) {
    it(`one returns after ${during}: only it is used within 2 s, while clients suspect the others`, { timeout: 60_000 }, async () => {
      for (const seed of outageMs > 10_000 ? SEEDS.slice(0, 4) : SEEDS) {
        const stage = await allDead(how, seed % 2 === 0 ? "a b c" : "a b c d e", { seed, latencyMs: 2 });
        await stage.every(everyMs, outageMs + 3_000 * stage.clock.random(), failing(stage));
        stage.source.serves.set("b", stage.serves);
        await stage.every(100, 2_000, failing(stage));
        expect(stage.now, `seed ${seed}`).toMatch(/^b \|/);
        const versions = stage.versions.length;
        await stage.every(100, 30_000, failing(stage));
        expect([stage.versions.length, stage.sink.problems], `seed ${seed}`).toEqual([versions, []]);
      }
    });
  }

  it("one returns after 5 s: only it is used within 2 s, with nobody suspecting meanwhile", async () => {
    for (const seed of SEEDS) {
      const stage = await allDead(how, seed % 2 === 0 ? "a b c" : "a b c d e", { seed, latencyMs: 2 });
      await stage.clock.advance(5_000 + 3_000 * stage.clock.random());
      stage.source.serves.set("b", stage.serves);
      await stage.clock.advance(2_000);
      expect(stage.now, `seed ${seed}`).toMatch(/^b \|/);
      const versions = stage.versions.length;
      await stage.clock.advance(30_000);
      expect([stage.versions.length, stage.sink.problems], `seed ${seed}`).toEqual([versions, []]);
    }
  });

  it("one returns: a newcomer waits to be asked again, as before the outage", async () => {
    const stage = await allDead(how, "a b c", { latencyMs: 2 });
    await stage.clock.advance(5_000);
    stage.source.serves.set("b", stage.serves);
    await stage.clock.advance(4_000);
    expect(stage.now).toBe("b | a c");
    await stage.list("a", "b", "c", "d");
    await stage.clock.advance(10_000);
    expect([stage.now, stage.sink.problems]).toEqual(["b | a c d", []]);
    expect(stage.versions.some((version) => version.startsWith("b d") || version.startsWith("a b d"))).toBe(false);
  });

  it("all return: nothing was published, nothing is asked any more", async () => {
    for (const seed of SEEDS) {
      const stage = await allDead(how, "a b c", { seed });
      await stage.every(100, 5_000, failing(stage));
      stage.source.everybody = stage.serves;
      await stage.clock.advance(30_000);
      expect(stage.versions, `seed ${seed}`).toEqual(["a b c |"]);
      const probes = stage.source.probes.length;
      await stage.clock.advance(600_000);
      expect(stage.source.probes.length).toBe(probes);
    }
  });

  it("one after the other: whoever is left serves, and when nobody is, all are used", async () => {
    const no = how === "silent" ? isSilent : () => Promise.reject(new Error("no"));
    const stage = await scene("a b c");
    for (const id of ["c", "b", "a"]) {
      stage.source.serves.set(id, no);
      stage.suspect(id);
      await stage.clock.advance(700);
    }
    expect(stage.versions.slice(0, 3)).toEqual(["a b c |", "a b | c", "a | b c"]);
    expect(stage.now.startsWith("a")).toBe(true); // nobody else answered when it fell silent
    await stage.every(100, 20_000, () => stage.suspect());
    expect([stage.now, stage.sink.problems]).toEqual(["a b c |", []]);
  });

  it("the last one in use stays in use though all others are aside", async () => {
    const no = how === "silent" ? isSilent : () => Promise.reject(new Error("no"));
    const stage = await scene("a b");
    stage.source.serves.set("b", no);
    stage.suspect("b");
    await stage.clock.advance(700);
    expect(stage.now).toBe("a | b");
    stage.source.serves.set("a", no);
    stage.suspect("a");
    await stage.every(100, 60_000, () => stage.suspect("a", "b"));
    expect([stage.sink.problems, stage.now.startsWith("a")]).toEqual([[], true]);
  });

  it("the one that returns is exactly who was aside: the set turns round", async () => {
    const no = how === "silent" ? isSilent : () => Promise.reject(new Error("no"));
    const stage = await scene("a b", { latencyMs: 2 });
    stage.source.serves.set("b", no);
    stage.suspect("b");
    await stage.clock.advance(5_000);
    expect(stage.now).toBe("a | b");
    stage.source.serves.set("a", no);
    stage.source.serves.set("b", stage.serves);
    await stage.every(100, 2_000, () => stage.suspect("a"));
    expect([stage.now, stage.sink.problems]).toEqual(["b | a", []]);
  });
});

describe.each(DEAD)("a path that breaks only probes (%s)", (how) => {
  const rolling = ["b c d", "c d e", "d e f", "e f g"];

  it("once it is known to be broken, a rolling replacement never shrinks the set", async () => {
    for (const seed of SEEDS) {
      const stage = await allDead(how, "a b c", { seed });
      await stage.clock.advance(5_000);
      for (const members of rolling) {
        await stage.list(...members.split(" "));
        await stage.clock.advance(60_000 * stage.clock.random());
      }
      expect(stage.versions, `seed ${seed}`).toEqual(["a b c |", ...rolling.map((members) => `${members} |`)]);
    }
  });

  it("nor while clients suspect whom they like, and quickly", async () => {
    for (const seed of SEEDS) {
      const stage = await allDead(how, "a b c", { seed });
      await stage.clock.advance(2_000);
      for (const members of rolling) {
        await stage.list(...members.split(" "));
        await stage.every(100, 1_500 * stage.clock.random(), () => stage.suspect());
      }
      expect(stage.versions, `seed ${seed}`).toEqual(["a b c |", ...rolling.map((members) => `${members} |`)]);
    }
  });

  it("is learned from the first newcomer, which waits no longer than two probes", async () => {
    for (const seed of SEEDS) {
      const stage = await scene("a b c", { seed });
      stage.source.everybody = how === "silent" ? isSilent : () => Promise.reject(new Error("no"));
      await stage.list("b", "c", "d");
      await stage.clock.advance(1_100);
      expect(stage.now, `seed ${seed}`).toBe("b c d |");
      for (const members of rolling.slice(1)) await stage.list(...members.split(" "));
      expect(stage.versions, `seed ${seed}`).toEqual([
        "a b c |",
        ...(stage.versions.includes("b c | d") ? ["b c | d"] : []),
        ...rolling.map((members) => `${members} |`),
      ]);
    }
  });

  it("that is mended changes nothing", async () => {
    for (const seed of SEEDS) {
      const stage = await allDead(how, "a b c", { seed });
      await stage.every(100, 2_000 + 20_000 * stage.clock.random(), () => stage.suspect());
      await stage.answerWith(answer("b", "c", "d"));
      stage.source.everybody = stage.serves;
      await stage.clock.advance(60_000);
      expect(stage.versions, `seed ${seed}`).toEqual(["a b c |", "b c d |"]);
    }
  });
});
