import { expect, onTestFinished, test } from "vitest";
import { followChanges } from "../../src/changes.js";
import { KafkaCast } from "../../src/kafka/cast.js";
import { type ReadableKafka, simulateKafka } from "../../src/kafka/cluster.js";
import { Stage } from "../../src/stage.js";
import { type Outcome, tellStory } from "../../src/story.js";
import { problems } from "../../src/summary.js";
import { followed } from "../stages.js";

/** Long enough that the poller, which asks every second, sees the new brokers before the old ones are gone. */
const SESSION_MS = 600;

async function simulator(): Promise<ReadableKafka> {
  const kafka = await simulateKafka({ brokers: 2, sessionMs: SESSION_MS });
  onTestFinished(() => kafka[Symbol.asyncDispose]());
  return kafka;
}

function addressesOf({ cluster }: ReadableKafka): readonly string[] {
  return cluster.brokers.map(({ address }) => address);
}

function stageOf(kafka: ReadableKafka): Stage {
  const cast = new KafkaCast(kafka);
  onTestFinished(() => cast[Symbol.asyncDispose]());
  return new Stage(cast);
}

/** Tells the story with pauses that are as short as what is to be seen allows. */
function told(stage: Stage): Promise<Outcome> {
  const steps: string[] = [];
  const pause = (): Promise<void> => followed(stage, steps.some((step) => step.includes("wakes")) ? [] : ["idle producer"]);
  return tellStory(stage, { say: (text) => steps.push(text), pause });
}

test("every original broker is replaced, no message fails and the control dies when it restarts", { timeout: 60_000 }, async () => {
  const kafka = await simulator();
  const stage = stageOf(kafka);
  const before = addressesOf(kafka);
  const changes: string[] = [];
  for (const membership of stage.cast.memberships) followChanges(membership, (line) => changes.push(line));
  const outcome = await told(stage);

  expect(problems(outcome)).toEqual([]);
  expect(outcome.control).toMatchObject({ again: 1, failed: expect.arrayContaining([expect.stringMatching(/^connect: .*ECONNREFUSED/)]) });
  expect(outcome.clients.map(({ kind, again }) => [kind, again])).toEqual([
    ["busy producer", 0],
    ["idle producer", 0],
    ["restarted producer", 1],
  ]);
  const after = addressesOf(kafka);
  expect(outcome.memberships).toMatchObject([{ member: "broker", before, after }]);
  for (const address of before) expect(changes).toContain(`- broker ${address} (original) left`);
  for (const address of after) expect(changes).toContain(`+ broker ${address} (new) joined`);
});

test("a run in which no broker goes and a message does is not taken for a good one", { timeout: 60_000 }, async () => {
  const kafka = await simulator();
  const { cluster, read, ...rest } = kafka;
  const { brokers, client } = cluster;
  const outcome = await told(
    stageOf({
      cluster: { brokers, client, replaceAll: async () => [] },
      read: async (isEnough) => new Set([...(await read(isEnough))].filter((message) => message !== "busy producer/0/000001")),
      ...rest,
    }),
  );
  expect(problems(outcome)).toEqual([
    "busy producer: 1 acknowledged messages are missing",
    "the control did not die, so this run proves nothing",
    `still there: ${addressesOf(kafka).join(", ")}`,
  ]);
});
