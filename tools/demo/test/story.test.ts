import { type EtcdSimulator, startEtcdSimulator } from "@rollcall/etcd/simulator";
import { expect, onTestFinished, test, vi } from "vitest";
import { Cast } from "../src/cast.js";
import { followChanges } from "../src/changes.js";
import { addressOf } from "../src/cluster.js";
import { tellStory } from "../src/story.js";
import { problems } from "../src/summary.js";

async function stage(): Promise<{ readonly cluster: EtcdSimulator; readonly cast: Cast }> {
  const cluster = await startEtcdSimulator({ members: 2 });
  const cast = new Cast(cluster);
  onTestFinished(async () => {
    await cast[Symbol.asyncDispose]();
    await cluster[Symbol.asyncDispose]();
  });
  return { cluster, cast };
}

/** Waits until the poller believes what the cluster lists and every client got writes through since. */
async function followed(cast: Cast): Promise<void> {
  const goals = cast.scene().clients.map(({ acknowledged }) => acknowledged + 3);
  await vi.waitFor(
    () => {
      const { members, clients } = cast.scene();
      expect(members.filter(({ inUse, listed }) => inUse !== listed)).toEqual([]);
      for (const [at, { acknowledged }] of clients.entries()) expect(acknowledged).toBeGreaterThanOrEqual(goals[at] ?? 0);
    },
    { timeout: 10_000, interval: 20 },
  );
}

test("every original member is replaced, no write fails and the control dies", { timeout: 30_000 }, async () => {
  const { cluster, cast } = await stage();
  const before = cluster.members.map(addressOf);
  const changes: string[] = [];
  followChanges(cast.poller, cast.originals, (line) => changes.push(line));
  const steps: string[] = [];
  const outcome = await tellStory({ cluster, cast, say: (text) => steps.push(text), pause: () => followed(cast) });

  expect(problems(outcome)).toEqual([]);
  expect(outcome.clients.map(({ kind }) => kind)).toEqual([
    "grpc.Client, round_robin",
    "generated client, pick_first",
    "nice-grpc, round_robin",
  ]);
  expect(outcome.members).toMatchObject({ before, after: cluster.members.map(addressOf) });
  for (const address of before) {
    expect(steps.join("\n")).toContain(`Replacing ${address}`);
    expect(changes).toContain(`- ${address} (original) left`);
  }
  for (const address of outcome.members.after) expect(changes).toContain(`+ ${address} (new) joined`);
});

test("a run in which no member goes is not taken for a good one", { timeout: 30_000 }, async () => {
  const { cluster, cast } = await stage();
  const growing = {
    get members() {
      return cluster.members;
    },
    replace: () => cluster.grow(),
  };
  const pause = async (): Promise<void> => {
    await cast.poller.refresh();
    await followed(cast);
  };
  const outcome = await tellStory({ cluster: growing, cast, say: () => {}, pause });
  expect(problems(outcome)).toEqual([
    "the control did not die, so this run proves nothing",
    `still there: ${outcome.members.before.join(", ")}`,
  ]);
});

test("a pause that rejects ends the story", async () => {
  const { cluster, cast } = await stage();
  const steps: string[] = [];
  const story = tellStory({ cluster, cast, say: (text) => steps.push(text), pause: () => Promise.reject(new Error("interrupted")) });
  await expect(story).rejects.toThrow("interrupted");
  expect(steps).toHaveLength(1);
});
