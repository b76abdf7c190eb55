import { expect, it, vi } from "vitest";
import { believed, believedListed, clusterFor, listed, pollerOn, type StartCluster, type Test, urls } from "./etcd-scenario.js";

/** How long a silent member holds up the next one by default, less what a timer may be early. */
const HEDGE_MS = 500 - 2;

/** Who is in the set: seeds, learners, members that never started, members cut off from the rest. */
export function membershipScenarios(startCluster: StartCluster): void {
  const start = (test: Test) => clusterFor(test, startCluster, { timers: "fast" });

  it("1, row 1: knows all three members within 1 s when the seeds are one of them", async (test) => {
    const cluster = await start(test);
    const poller = pollerOn(test, urls(cluster).slice(0, 1));
    const began = performance.now();
    await poller.ready();
    expect(believed(poller)).toBe(listed(...cluster.members));
    expect(performance.now() - began).toBeLessThan(1_000);
  });

  it("2, row 6: leaves a learner out until it is promoted: then within one interval, or at once after refresh", async (test) => {
    const cluster = await start(test);
    const voters = [...cluster.members];
    const eager = pollerOn(test, urls(cluster), { minIntervalMs: 10 });
    const patient = pollerOn(test, urls(cluster), { intervalMs: 2_000, minIntervalMs: 100 });
    // Nobody is asked whether they serve while nobody listens.
    for (const poller of [eager, patient]) poller.subscribe(() => undefined);
    const learner = await cluster.grow({ learner: true });
    const { metadata } = await eager.refresh();
    expect(believed(eager)).toBe(listed(...voters));
    expect(metadata.members.find(({ id }) => id === learner.id)?.role).toBe("learner");
    await cluster.promote(learner);
    await eager.refresh();
    await vi.waitFor(() => expect(believed(eager)).toBe(listed(...voters, learner)), { timeout: 1_000 });
    await vi.waitFor(() => expect(believed(patient)).toBe(listed(...voters, learner)), { timeout: 3_000 });
  });

  it("3, row 6: leaves a member out that was added but never started", async (test) => {
    const cluster = await start(test);
    const voters = [...cluster.members];
    const unstarted = await cluster.grow({ start: false, learner: true });
    const poller = pollerOn(test, urls(cluster).slice(0, 1));
    const { metadata } = await poller.ready();
    expect(believed(poller)).toBe(listed(...voters));
    expect(metadata.members.find(({ id }) => id === unstarted.id)?.role).toBe("unstarted");
  });

  it("7, row 4: refuses the stale answer of a member that is cut off from the leader, and asks another", async (test) => {
    const cluster = await start(test);
    const [cutOff, kept, replaced] = cluster.members;
    if (cutOff === undefined || kept === undefined || replaced === undefined) throw new Error("the cluster has no three members");
    const alone = pollerOn(test, [cutOff.clientUrl], { minIntervalMs: 10, timeoutMs: 3_000 });
    await alone.ready();
    await cluster.isolate(cutOff);
    // As a learner first: a fourth voter that has not started would take the quorum away.
    const fresh = await cluster.grow({ learner: true });
    await cluster.promote(fresh);
    // It knows the others by now, so it asks them when the one it asked before refuses.
    await alone.refresh();
    expect(believedListed(alone)).toBe(listed(cutOff, kept, replaced, fresh));
    const stranded = pollerOn(test, [cutOff.clientUrl], { minIntervalMs: 10, timeoutMs: 3_000 });
    await expect(stranded.refresh()).rejects.toMatchObject({ code: "UNAVAILABLE", message: expect.stringContaining("no leader") });
    expect(stranded.snapshot).toBeUndefined();
  });

  it("follows a member that moves to another port, under the same id", async (test) => {
    const cluster = await start(test);
    const [moving] = cluster.members;
    if (moving === undefined) throw new Error("the cluster is empty");
    const poller = pollerOn(test, urls(cluster), { minIntervalMs: 100, intervalMs: 1_000 });
    const moves: string[] = [];
    poller.subscribe((_snapshot, { changed }) =>
      moves.push(...changed.map(([before, after]) => `${before.port} ${after.port} ${after.id}`)),
    );
    await poller.ready();
    const before = new URL(moving.clientUrl).port;
    await cluster.kill(moving);
    await cluster.start(moving, { move: true });
    await vi.waitFor(() => expect(moves).toEqual([`${before} ${new URL(moving.clientUrl).port} ${moving.id}`]), { timeout: 5_000 });
  });

  it("row 3: asks past a frozen seed within 1 s, without waiting for it", async (test) => {
    const cluster = await start(test);
    const leader = await cluster.leader();
    const follower = cluster.members.find(({ id }) => id !== leader.id);
    if (follower === undefined) throw new Error("the cluster has no follower");
    await cluster.freeze(follower);
    test.onTestFinished(() => cluster.thaw(follower));
    const others = urls(cluster).filter((url) => url !== follower.clientUrl);
    // Seeds are asked in a random order: two rounds in three begin with another one.
    const tookMs: number[] = [];
    while (tookMs.length < 40 && Math.max(...tookMs) < HEDGE_MS) {
      const poller = pollerOn(test, [follower.clientUrl, ...others]);
      const began = performance.now();
      await poller.ready();
      tookMs.push(performance.now() - began);
    }
    expect(Math.max(...tookMs), "the frozen one was asked first").toBeGreaterThanOrEqual(HEDGE_MS);
    expect(Math.max(...tookMs)).toBeLessThan(1_000);
  });
}
