import { describe, expect, it } from "vitest";
import { DiscoveryError } from "../src/index.js";
import { isSilent } from "./support/probing-source.js";
import { answer } from "./support/scripted-source.js";
import { type Scene, scene, seeds } from "./support/who-serves.js";

const SEEDS = seeds(10);
const MEMBERS = ["a b c", "a b", "a b c d e", "a b c d e f g h i j k l m n o p q r s t"];

/** A scene in the middle of its life: some members have been asked lately, some have not; polls use the same network. */
async function lively(seed: number, polling = true): Promise<Scene> {
  const members = MEMBERS[seed % MEMBERS.length] ?? "";
  const stage = await scene(members, { seed, intervalMs: polling ? 10_000 : 86_400_000 });
  const { clock, source, network } = stage;
  source.script = ({ signal }) =>
    new Promise((resolve, reject) => {
      if (!network.isDown) return resolve(answer(...members.split(" ")));
      signal.addEventListener("abort", () => reject(new DiscoveryError("UNAVAILABLE", "no network", { source: "test" })));
    });
  for (const id of members.split(" ")) {
    const ms = 1 + 60 * clock.random();
    source.serves.set(
      id,
      network.answersAfter(() => ms * (1 + 0.3 * clock.random())),
    );
  }
  for (let call = 0; call < 6; call += 1) {
    stage.suspect(members.split(" ")[Math.floor(clock.random() * 20)] ?? "a");
    await clock.advance(1_500 * clock.random());
  }
  return stage;
}

/** Every call fails while the network is down, and those that began in it for a while after. */
async function blip(stage: Scene, ms: number, callsFailAfterMs: number): Promise<void> {
  stage.network.down();
  await stage.every(100, ms, () => stage.suspect());
  stage.network.up();
  await stage.every(100, callsFailAfterMs, () => stage.suspect());
}

/** How the set changed, in a scene that should have kept it. */
function changes(stage: Scene): readonly string[] {
  return stage.versions.slice(1);
}

describe.each([100, 300, 500, 700, 1_200, 5_000])("a blip of our own network of %i ms", (ms) => {
  it("changes nothing, neither while it lasts nor after, at whatever moment it comes", async () => {
    for (const seed of SEEDS) {
      const stage = await lively(seed);
      await blip(stage, ms, 0);
      await stage.clock.advance(30_000);
      expect(changes(stage), `seed ${seed}`).toEqual([]);
    }
  });

  it("changes nothing either when calls go on failing for 500 ms after it", async () => {
    for (const seed of SEEDS) {
      const stage = await lively(seed);
      await blip(stage, ms, 500);
      await stage.clock.advance(30_000);
      expect(changes(stage), `seed ${seed}`).toEqual([]);
    }
  });

  it("changes nothing either when somebody answered just before it", async () => {
    for (const seed of SEEDS) {
      const stage = await lively(seed);
      await stage.clock.advance(3_000);
      stage.suspect("a");
      await stage.clock.advance(100 + 20 * stage.clock.random());
      await blip(stage, ms, 0);
      await stage.clock.advance(30_000);
      expect(changes(stage), `seed ${seed}`).toEqual([]);
    }
  });

  it("changes nothing either when it comes twice, a second apart", async () => {
    for (const seed of SEEDS) {
      const stage = await lively(seed);
      await blip(stage, ms, 0);
      await stage.clock.advance(1_000);
      await blip(stage, ms, 0);
      await stage.clock.advance(30_000);
      expect(changes(stage), `seed ${seed}`).toEqual([]);
    }
  });
});

/** One has answered as it begins; most of the others are still being asked, and their answers are lost. */
async function swallowing(seed: number, ms: number): Promise<Scene> {
  const stage = await lively(seed);
  await stage.clock.advance(3_000);
  stage.source.serves.set("a", stage.network.answersAfter(5));
  stage.suspect();
  await stage.clock.advance(6);
  await blip(stage, ms, 0);
  return stage;
}

describe.each([500, 700, 1_200, 5_000])("a blip of %i ms that swallows the answers of some, when others have just answered", (ms) => {
  it("changes nothing: somebody else is asked again before anybody is set aside", async () => {
    for (const seed of SEEDS) {
      const stage = await swallowing(seed, ms);
      await stage.clock.advance(30_000);
      expect(changes(stage), `seed ${seed}`).toEqual([]);
    }
  });
});

describe.each([100, 300])("a blip of %i ms that swallows the answers of some, when others have just answered", (ms) => {
  it("cannot be told from members that froze: whoever is set aside is back within 2 s, and stays", async () => {
    for (const seed of SEEDS) {
      const stage = await swallowing(seed, ms);
      await stage.clock.advance(2_000);
      expect([stage.poller.snapshot?.aside, stage.sink.problems], `seed ${seed}`).toEqual([[], []]);
      const versions = stage.versions.length;
      await stage.clock.advance(30_000);
      expect(stage.versions.length, `seed ${seed}`).toBe(versions);
    }
  });
});

describe("a blip", () => {
  it("that ends between two questions, however close: who was asked just before stays", async () => {
    for (const seed of SEEDS) {
      for (const apartMs of [1, 2, 5, 10, 15, 19, 21, 50, 99]) {
        const stage = await scene("a b c d e", { seed });
        stage.network.down();
        stage.suspect("a");
        await stage.clock.advance(apartMs / 2);
        stage.network.up();
        await stage.clock.advance(apartMs / 2);
        stage.suspect();
        await stage.clock.advance(30_000);
        expect(stage.versions, `seed ${seed}, ${apartMs} ms apart`).toEqual(["a b c d e |"]);
      }
    }
  });

  it("that begins and ends while one is asked, and its witness soon after: nothing is published", async () => {
    for (const seed of SEEDS) {
      const stage = await scene("a b c", { seed, latencyMs: 40 });
      stage.suspect("a");
      await stage.clock.advance(10);
      stage.network.down();
      await stage.clock.advance(5);
      stage.network.up();
      stage.suspect();
      await stage.clock.advance(30_000);
      expect(stage.versions, `seed ${seed}`).toEqual(["a b c |"]);
    }
  });

  it("hides nobody for long who is really frozen: aside again soon after", async () => {
    const stage = await scene("a b c d");
    stage.source.serves.set("d", isSilent);
    stage.suspect("d");
    await stage.clock.advance(600);
    expect(stage.now).toBe("a b c | d");
    await blip(stage, 5_000, 0);
    await stage.every(100, 4_000, () => {
      if (stage.now.startsWith("a b c d")) stage.suspect("d");
    });
    expect([stage.now, stage.fewest]).toEqual(["a b c | d", 3]);
  });

  it("of ten minutes changes nothing, and everybody is asked only now and then", { timeout: 30_000 }, async () => {
    const stage = await lively(7, false);
    const before = stage.source.probes.length;
    const members = stage.poller.snapshot?.endpoints.length ?? 0;
    await blip(stage, 600_000, 0);
    expect(stage.source.probes.length - before).toBeLessThanOrEqual(2 * members * 600);
    await stage.clock.advance(60_000);
    expect(changes(stage)).toEqual([]);
  });
});
