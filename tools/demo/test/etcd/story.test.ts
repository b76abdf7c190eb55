import { type EtcdSimulator, startEtcdSimulator } from "@rollcall/etcd/simulator";
import { expect, onTestFinished, test } from "vitest";
import { followChanges } from "../../src/changes.js";
import { EtcdCast } from "../../src/etcd/cast.js";
import { addressOf } from "../../src/etcd/cluster.js";
import { Stage } from "../../src/stage.js";
import { tellStory } from "../../src/story.js";
import { problems } from "../../src/summary.js";
import { followed } from "../stages.js";

async function simulator(): Promise<EtcdSimulator> {
  const cluster = await startEtcdSimulator({ members: 2 });
  onTestFinished(() => cluster[Symbol.asyncDispose]());
  return cluster;
}

function stageOf(cluster: ConstructorParameters<typeof EtcdCast>[0]): Stage {
  const cast = new EtcdCast(cluster);
  onTestFinished(() => cast[Symbol.asyncDispose]());
  return new Stage(cast);
}

test("every original member is replaced, no write fails and the control dies", { timeout: 30_000 }, async () => {
  const cluster = await simulator();
  const stage = stageOf(cluster);
  const before = cluster.members.map(addressOf);
  const changes: string[] = [];
  for (const membership of stage.cast.memberships) followChanges(membership, (line) => changes.push(line));
  const steps: string[] = [];
  const outcome = await tellStory(stage, { say: (text) => steps.push(text), pause: () => followed(stage) });

  expect(problems(outcome)).toEqual([]);
  expect(outcome.clients.map(({ kind }) => kind)).toEqual([
    "grpc.Client, round_robin",
    "generated client, pick_first",
    "nice-grpc, round_robin",
  ]);
  const after = cluster.members.map(addressOf);
  expect(outcome.memberships).toMatchObject([{ member: "member", before, after }]);
  for (const address of before) {
    expect(steps.join("\n")).toContain(`Replacing ${address}`);
    expect(changes).toContain(`- member ${address} (original) left`);
  }
  for (const address of after) expect(changes).toContain(`+ member ${address} (new) joined`);
});

test("a run in which no member goes is not taken for a good one", { timeout: 30_000 }, async () => {
  const cluster = await simulator();
  const before = cluster.members.map(addressOf);
  const stage = stageOf({
    get members() {
      return cluster.members;
    },
    replace: () => cluster.grow(),
  });
  const pause = async (): Promise<void> => {
    await Promise.all(stage.cast.memberships.map(({ poller }) => poller.refresh()));
    await followed(stage);
  };
  const outcome = await tellStory(stage, { say: () => {}, pause });
  expect(problems(outcome)).toEqual(["the control did not die, so this run proves nothing", `still there: ${before.join(", ")}`]);
});

test("a pause that rejects ends the story", async () => {
  const stage = stageOf(await simulator());
  const steps: string[] = [];
  const story = tellStory(stage, { say: (text) => steps.push(text), pause: () => Promise.reject(new Error("interrupted")) });
  await expect(story).rejects.toThrow("interrupted");
  expect(steps).toHaveLength(1);
});
