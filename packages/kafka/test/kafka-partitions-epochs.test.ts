import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { KafkaPartition, KafkaTopic, KafkaTopics } from "../src/kafka-partitions-metadata.js";
import { doubtful, mergeTopics, settleTopics } from "../src/leader-epochs.js";
import { led, topic } from "./support/topics-cluster.js";

const UNKNOWN: KafkaTopic = { error: "UNKNOWN_TOPIC_OR_PARTITION", partitions: [] };

/** An answer about the topic `t` (or several) from a broker that lists these, all in one rack. */
function answer(topics: KafkaTopic | KafkaTopics["topics"], brokers: readonly number[] = [1, 2, 3], host = "b"): KafkaTopics {
  const isOne = Array.isArray((topics as KafkaTopic).partitions);
  return {
    clusterId: "ours",
    brokers: brokers.map((id) => ({ id, host: `${host}${id}`, port: 9092 })),
    topics: isOne ? { t: topics as KafkaTopic } : (topics as KafkaTopics["topics"]),
  };
}

/** Leader and epoch of every partition of `t`: `1@5 -@6`. */
function leaders({ topics }: KafkaTopics, name = "t"): string {
  return topics[name]?.partitions.map(({ leader, leaderEpoch }) => `${leader ?? "-"}@${leaderEpoch ?? "?"}`).join(" ") ?? "";
}

describe("an answer after another", () => {
  it.each<[string, KafkaTopic, KafkaTopic, string, boolean]>([
    ["a newer epoch counts", topic("x", [1, 5]), topic("x", [2, 6]), "2@6", false],
    ["an equal epoch counts, as it may tell of other replicas", topic("x", [1, 5]), topic("x", [null, 5]), "-@5", false],
    ["an older epoch does not", topic("x", [2, 6]), topic("x", [1, 5]), "2@6", true],
    ["each partition is looked at by itself", topic("x", [1, 5], [1, 5]), topic("x", [2, 6], [3, 4]), "2@6 1@5", true],
    ["no leader in a newer epoch is a fact", topic("x", [1, 5]), topic("x", [null, 6]), "-@6", false],
    ["no leader in an older epoch is none", topic("x", [1, 5]), topic("x", [null, 4]), "1@5", true],
    ["another topic id is another topic, which begins at epoch 0", topic("x", [1, 5], [2, 7]), topic("y", [3, 0]), "3@0", true],
    ["new partitions are news", topic("x", [1, 5]), topic("x", [1, 5], [2, 0]), "1@5 2@0", false],
    ["partitions are never taken from a topic", topic("x", [1, 5], [2, 5]), topic("x", [1, 6]), "1@6 2@5", true],
    ["epochs that are not told any more count", topic("x", [1, 5]), topic("x", [2, null]), "2@?", false],
    ["epochs that were not told before are older than any", topic("x", [1, null]), topic("x", [2, 0]), "2@0", false],
    ["an id that is not told is no other", topic("x", [2, 6]), topic(undefined, [1, 5]), "2@6", true],
    ["an id that was not told before is no other", topic(undefined, [2, 6]), topic("x", [1, 5]), "2@6", true],
    ["without ids fewer partitions may be another topic's", topic(undefined, [1, 5], [2, 5]), topic(undefined, [1, 5]), "1@5", false],
    ["an unknown topic that becomes known is news", UNKNOWN, topic("x", [1, 0]), "1@0", false],
  ])("%s", (_rule, before, after, expected, isDoubtful) => {
    expect(leaders(mergeTopics(answer(before), answer(after)))).toBe(expected);
    expect(doubtful(answer(before), answer(after))).toEqual(isDoubtful ? ["t"] : []);
  });

  it("keeps an id that is not told for a while, so that the next one can be compared with it", () => {
    const between = mergeTopics(answer(topic("x", [1, 5])), answer(topic(undefined, [2, 6])));
    expect(leaders(mergeTopics(between, answer(topic("y", [3, 0]))))).toBe("3@0");
  });

  it("that knows nothing of a topic takes its partitions away only when it comes twice in a row", () => {
    const once = mergeTopics(answer(topic("x", [1, 5])), answer(UNKNOWN));
    expect(doubtful(once, answer(UNKNOWN))).toEqual(["t"]);
    expect(leaders(once)).toBe("1@5");
    expect(once.topics["t"]?.error).toBe("UNKNOWN_TOPIC_OR_PARTITION");
    expect(mergeTopics(once, answer(UNKNOWN)).topics["t"]).toEqual(UNKNOWN);
    const back = mergeTopics(once, answer(topic("x", [1, 5])));
    expect(back.topics["t"]?.error).toBeUndefined();
    expect(leaders(mergeTopics(back, answer(UNKNOWN)))).toBe("1@5");
  });
});

describe("the brokers of merged answers", () => {
  it("are those of the answer, and whoever leads what stays, where it was", () => {
    const before = answer(topic("x", [4, 6], [1, 6]), [1, 2, 4], "new");
    const merged = mergeTopics(before, answer(topic("x", [1, 5], [1, 7]), [1, 2, 3], "old"));
    expect(leaders(merged)).toBe("4@6 1@7");
    expect(merged.brokers.map(({ id, host }) => [id, host])).toEqual([
      [1, "old1"],
      [2, "old2"],
      [3, "old3"],
      [4, "new4"],
    ]);
  });

  it("have the address of a leader from the answer that told of it", () => {
    const merged = mergeTopics(answer(topic("x", [1, 6]), [1, 2], "new"), answer(topic("x", [1, 5]), [1, 2], "old"));
    expect(merged.brokers.map(({ host }) => host)).toEqual(["new1", "old2"]);
  });

  it("do not include a leader of the answer that the answer does not list", () => {
    const merged = mergeTopics(answer(topic("x", [4, 6]), [1, 4]), answer(topic("x", [4, 7]), [1]));
    expect(merged.brokers.map(({ id }) => id)).toEqual([1]);
  });
});

describe("a second answer", () => {
  /** What is believed at last of `before`, a first and a second answer. */
  function settled(before: KafkaTopics, first: KafkaTopics, second: KafkaTopics): KafkaTopics {
    return settleTopics(before, { answer: first, merged: mergeTopics(before, first) }, second);
  }

  it("leaves no old address of a leader whose topic is gone, while both tell the new one", () => {
    const before = answer({ a: topic("a", [1, 5]), b: topic("b", [1, 5]) }, [1, 2], "old");
    const gone = { a: topic("a", [1, 5]), b: UNKNOWN };
    const { brokers } = settled(before, answer(gone, [1, 2], "new"), answer({ b: UNKNOWN }, [1, 2], "new"));
    expect(brokers.map(({ host }) => host)).toEqual(["new1", "new2"]);
  });

  it.each<[string, KafkaTopic, KafkaTopic, KafkaTopic, string]>([
    ["says too that the topic is gone", topic("x", [1, 5]), UNKNOWN, UNKNOWN, ""],
    ["still knows the topic", topic("x", [1, 5]), UNKNOWN, topic("x", [2, 6]), "2@6"],
    ["still knows the topic, but is behind", topic("x", [1, 5]), UNKNOWN, topic("x", [3, 4]), "1@5"],
    ["knows the new topic already", topic("x", [1, 5]), UNKNOWN, topic("y", [3, 0]), "3@0"],
    ["confirms the other id", topic("x", [1, 5]), topic("y", [3, 1]), topic("y", [2, 0]), "3@1"],
    ["says that the known id is right", topic("x", [1, 5]), topic("y", [3, 0]), topic("x", [2, 6]), "2@6"],
    ["says that the known id is right, but is behind", topic("x", [1, 5]), topic("y", [3, 0]), topic("x", [2, 4]), "1@5"],
    ["knows more than one behind", topic("x", [1, 5]), topic("x", [3, 4]), topic("x", [2, 7]), "2@7"],
    ["knows what two in a row did not", { ...topic("x", [1, 5]), error: "UNKNOWN" }, UNKNOWN, topic("x", [2, 4]), "1@5"],
    [
      "knows what two in a row did not, without ids",
      { ...topic(undefined, [1, 5]), error: "UNKNOWN" },
      UNKNOWN,
      topic(undefined, [2, 4]),
      "1@5",
    ],
    ["is behind as well", topic("x", [1, 5]), topic("x", [3, 4]), topic("x", [2, 3]), "1@5"],
  ])("that %s", (_what, before, first, second, expected) => {
    const result = settled(answer(before), answer(first), answer(second));
    expect(leaders(result)).toBe(expected);
    expect(result.topics["t"]?.error).toBe(expected === "" ? "UNKNOWN_TOPIC_OR_PARTITION" : undefined);
  });

  it("changes nothing of the topics that it was not asked for", () => {
    const before = answer({ t: topic("x", [1, 5]), u: topic("u", [1, 5]) });
    const first = answer({ t: UNKNOWN, u: topic("u", [2, 6]) });
    const result = settled(before, first, answer({ t: topic("x", [2, 6]) }));
    expect([leaders(result), leaders(result, "u")]).toEqual(["2@6", "2@6"]);
  });

  it("that says that the known id is right leaves the leaders of before where they were", () => {
    const result = settled(answer(topic("x", [4, 5]), [1, 4]), answer(topic("y", [1, 0]), [1]), answer(topic("x", [1, 4]), [1]));
    expect(leaders(result)).toBe("4@5");
    expect(result.brokers.map(({ id }) => id)).toEqual([1, 4]);
  });

  it("brings the brokers that lead what it tells", () => {
    const before = answer(topic("x", [1, 5]), [1]);
    const result = settled(before, answer(topic("x", [2, 4]), [1, 2]), answer(topic("x", [9, 6]), [1, 8, 9]));
    expect(result.brokers.map(({ id }) => id)).toEqual([1, 2, 9]);
  });
});

/** Whether a partition is gone, or of an older epoch than it was. */
function isOlder(is: KafkaPartition | undefined, was: KafkaPartition): boolean {
  return is?.partition !== was.partition || Number(is.leaderEpoch) < Number(was.leaderEpoch);
}

it("an older leader epoch never replaces a newer one of the same topic id, whatever the order of the answers", () => {
  const told = fc.constantFrom<KafkaTopic>(
    UNKNOWN,
    ...["x", "y"].flatMap((id) => [0, 1, 2, 3].map((epoch) => topic(id, [epoch, epoch], [epoch + 1, 3 - epoch]))),
  );
  fc.assert(
    fc.property(told, fc.array(fc.tuple(told, fc.option(told)), { minLength: 1, maxLength: 12 }), (begin, later) => {
      let before = answer(begin);
      const broken: KafkaPartition[] = [];
      for (const [next, second] of later) {
        const first = answer(next);
        const merged = mergeTopics(before, first);
        const after = second === null ? merged : settleTopics(before, { answer: first, merged }, answer(second));
        const [was, is] = [before.topics["t"], after.topics["t"]];
        if (was?.id !== undefined && was.id === is?.id)
          broken.push(...was.partitions.filter((known, at) => isOlder(is.partitions[at], known)));
        before = after;
      }
      return broken.length === 0;
    }),
    { numRuns: 500 },
  );
});

it("topics may be called __proto__ and constructor", () => {
  const names = ["__proto__", "constructor", "toString"];
  const all = (epoch: number): KafkaTopics => answer(Object.fromEntries(names.map((name) => [name, topic("x", [epoch, epoch])])));
  const merged = mergeTopics(all(6), all(5));
  expect(Object.keys(merged.topics)).toEqual(names);
  for (const name of names) expect(leaders(merged, name)).toBe("6@6");
  expect(doubtful(all(6), all(5))).toEqual(names);
  expect(leaders(settleTopics(all(5), { answer: all(5), merged }, all(7)), "__proto__")).toBe("7@7");
  expect(mergeTopics(answer({}), all(5)).topics["constructor"]?.partitions).toEqual([led(0, 5, 5)]);
});
