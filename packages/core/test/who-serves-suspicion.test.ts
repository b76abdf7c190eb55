import { describe, expect, it } from "vitest";
import type { DiagnosticsMessages } from "../src/diagnostics.js";
import { isSilent } from "./support/probing-source.js";
import { member } from "./support/scripted-source.js";
import { setup } from "./support/setup.js";
import { messagesOf, scene, seeds } from "./support/who-serves.js";

const SEEDS = seeds(10);

describe("false suspicions", () => {
  it("one false suspicion a second for 60 s on healthy members: nothing is published, no poll, two probes each at most", async () => {
    const stage = await scene("a b c");
    const { poller, source } = stage;
    let second = 0;
    await stage.every(1_000, 60_000, () => stage.suspect(["a", "b", "c"][second++ % 3] ?? ""));
    expect([stage.versions, poller.status.aside, source.starts]).toEqual([["a b c |"], [], [0]]);
    expect(source.probes.length).toBeGreaterThanOrEqual(60);
    expect(source.probes.length).toBeLessThanOrEqual(120);
  });

  it("all suspected in one tick, many times over: nothing is published, and each is asked once", async () => {
    const stage = await scene("a b c d e");
    const { source, clock } = stage;
    for (let times = 0; times < 10; times += 1) stage.suspect();
    await clock.advance(900);
    expect(["a", "b", "c", "d", "e"].map((id) => source.timesOf(id).length)).toEqual([1, 1, 1, 1, 1]);
    await clock.advance(30_000);
    expect([stage.versions, source.starts]).toEqual([["a b c d e |"], [0]]);
    expect(source.probes.length).toBeLessThanOrEqual(2 * 5); // suspicions while asked do nothing, so no second round is owed
  });

  it("two hundred suspected in one tick: nothing is published, all are asked, never more than 16 at a time", async () => {
    const members = Array.from({ length: 200 }, (_, at) => `m${1_000 + at}`);
    const stage = await scene(members.join(" "));
    const { source, clock } = stage;
    stage.suspect();
    await clock.advance(30_000);
    expect([stage.versions.length, source.maxAsking <= 16, source.starts]).toEqual([1, true, [0]]);
    expect(new Set(source.probes.map(({ id }) => id)).size).toBe(200);
  });
});

describe("whom a suspicion asks", () => {
  it("the suspect, together with one other", async () => {
    for (const seed of SEEDS) {
      const stage = await scene("a b c d", { seed });
      const { source, clock } = stage;
      stage.suspect("b");
      await clock.advance(0);
      const [first, second, ...more] = source.probes.map(({ id }) => id).sort((x) => (x === "b" ? -1 : 1));
      expect([first, source.probes.map(({ at }) => at), more]).toEqual(["b", [0, 0], []]);
      expect(["a", "c", "d"]).toContain(second);
    }
  });

  it("not always the same other one", async () => {
    const witnesses = new Set<string>();
    for (const seed of SEEDS) {
      const stage = await scene("a b c d", { seed });
      const { source, clock } = stage;
      stage.suspect("b");
      await clock.advance(0);
      for (const { id } of source.probes) witnesses.add(id);
    }
    expect([...witnesses].sort()).toEqual(["a", "b", "c", "d"]);
  });

  it("a second suspicion soon after is deferred to the end of minIntervalMs, and asked once however often it came", async () => {
    const stage = await scene("a b c");
    const { source, clock } = stage;
    stage.suspect("a");
    await clock.advance(300);
    for (let times = 0; times < 5; times += 1) {
      stage.suspect("a");
      await clock.advance(100);
    }
    expect(source.timesOf("a")).toEqual([0]);
    await clock.advance(30_000);
    const [first, second, ...more] = source.timesOf("a");
    expect([first, more]).toEqual([0, []]);
    expect(second).toBeGreaterThanOrEqual(1_000);
    expect(second).toBeLessThanOrEqual(1_050); // its first probe ended after 20 ms
  });

  it("a deferred suspicion is not asked about when its member has answered another question meanwhile", async () => {
    let witnesses = 0;
    for (const seed of SEEDS) {
      const stage = await scene("a b c d", { seed });
      stage.source.serves.set("a", stage.network.answersAfter(30)); // who answers last is the first to be called as a witness
      stage.suspect("a");
      await stage.clock.advance(500);
      stage.suspect("a"); // deferred to 1 020
      stage.suspect(...["b", "c", "d"].filter((id) => stage.source.timesOf(id).length === 0));
      await stage.clock.advance(400);
      const asked = stage.source.timesOf("a").length;
      await stage.clock.advance(300);
      if (asked > 1) witnesses += 1;
      expect(stage.source.timesOf("a").filter((at) => at >= 500 && at < 1_200).length, `seed ${seed}`).toBeLessThanOrEqual(1);
    }
    expect(witnesses).toBeGreaterThan(0);
  });

  it("a deferred suspicion is judged like any other", async () => {
    const stage = await scene("a b c");
    const { source, clock } = stage;
    stage.suspect("a");
    await clock.advance(300);
    source.serves.set("a", isSilent);
    stage.suspect("a");
    await clock.advance(1_050 + 600 - 300);
    expect(stage.versions).toEqual(["a b c |", "b c | a"]);
  });

  it("nobody anew while the suspect is being asked; the cause that is told is that of the first suspicion", async () => {
    const told = messagesOf<DiagnosticsMessages["rollcall:aside"]>("rollcall:aside");
    const { poller, source, clock } = await scene("a b c");
    const [first, second] = [new Error("first call failed"), new Error("second call failed")];
    source.serves.set("c", isSilent);
    poller.suspect(member("c"), { cause: first });
    await clock.advance(10);
    poller.suspect(member("c"), { cause: second });
    await clock.advance(600);
    expect(source.timesOf("c")).toEqual([0]);
    expect(told.map(({ endpoint, cause }) => [endpoint.id, cause])).toEqual([["c", first]]);
  });

  it("nobody later than it would be asked anyway", async () => {
    const { poller, source, network, clock } = await scene("a b", { probe: { recheckMs: 200 } });
    network.down();
    poller.suspect(member("a"));
    await clock.advance(1_010); // asked twice, in vain, so that it is asked again and again
    const before = source.timesOf("a").length;
    poller.suspect(member("a")); // by itself that would wait for minIntervalMs, 1 s
    await clock.advance(220);
    expect([before, source.timesOf("a").length]).toEqual([2, 3]);
  });

  it("nobody, for an address that is unknown; the port belongs to it", async () => {
    const stage = await scene("a b c");
    const { poller, source, clock } = stage;
    stage.suspect("x", "a@elsewhere");
    poller.suspect({ host: "a.test", port: 1 });
    await clock.advance(60_000);
    expect([source.probes, source.starts]).toEqual([[], [0]]);
  });

  it("everybody at that address, when there are two", async () => {
    const stage = await scene("a@shared b@shared c");
    const { source, clock } = stage;
    source.serves.set("b", isSilent);
    stage.suspect("x@shared");
    await clock.advance(0);
    expect([source.timesOf("a"), source.timesOf("b")]).toEqual([[0], [0]]);
    await clock.advance(600);
    expect(stage.versions).toEqual(["a b c |", "a c | b"]);
  });

  it("the address as mapped, and the probe is given the mapped endpoint", async () => {
    const stage = await scene("a b c", { mapEndpoint: (endpoint) => ({ ...endpoint, host: `nat-${endpoint.host}` }) });
    const { source, clock } = stage;
    stage.suspect("a");
    await clock.advance(1_000);
    expect(source.asked).toEqual([]);
    stage.suspect("a@nat-a.test");
    await clock.advance(1_000);
    expect(source.asked.find(({ endpoint }) => endpoint.id === "a")?.endpoint).toEqual(member("a@nat-a.test"));
  });
});

describe("without probes", () => {
  for (const [name, probe] of [
    ["probe: false", false],
    ["a source that has none", undefined],
  ] as const) {
    it(`${name}: a suspicion causes a poll, nobody is ever aside, newcomers are used at once`, async () => {
      const stage = await scene("a b c", { probe }, (source) => {
        if (probe === undefined) Object.assign(source, { probe });
      });
      stage.source.script = ["a", "b", "d"];
      stage.suspect("c");
      await stage.clock.advance(1_000);
      expect([stage.versions, stage.source.starts, stage.source.probes]).toEqual([["a b c |", "a b d |"], [0, 1_000], []]);
      await stage.clock.advance(600_000);
      expect(stage.source.starts.length).toBe(2);
    });
  }

  it("a source that has none: everyMs asks nobody", async () => {
    const { clock, source, poller } = setup(["a", "b"], { probe: { everyMs: 1_000 }, intervalMs: 86_400_000 });
    poller.subscribe(() => undefined);
    await clock.advance(60_000);
    expect([source.starts, poller.status.aside]).toEqual([[0], []]);
  });
});
