import { isDiscoveryError } from "@rollcall/core";
import { describe, expect, it } from "vitest";
import { kafkaPartitionsSettings } from "../src/kafka-partitions-options.js";
import { kafkaPartitions } from "../src/kafka-partitions-source.js";

const seeds = ["h:1"];

/** The message of the `INVALID_OPTIONS` that these options must cause. */
function complaint(options: unknown): string {
  try {
    kafkaPartitions(options as Parameters<typeof kafkaPartitions>[0]);
  } catch (error) {
    if (isDiscoveryError(error) && error.code === "INVALID_OPTIONS") return error.message;
    throw error;
  }
  throw new Error("the options were accepted");
}

describe("the topics to know of", () => {
  it.each<[string, unknown, string]>([
    ["none are given", undefined, "topics: got undefined, allowed is a list of at least one topic name"],
    ["the list is empty", [], "topics: got [], allowed is"],
    ["it is one text", "orders", 'topics: got "orders", allowed is a list'],
    ["a name comes twice", ["a", "b", "a"], "topics: got [ 'a', 'b', 'a' ], allowed is a list of at least one topic name, each once"],
    ["a name is empty", ["a", ""], 'topics.1: got "", allowed is'],
    ["a name is a number", [7], "topics.0: got 7"],
    ["a name is .", ["."], 'topics.0: got ".", allowed is a list of at least one topic name'],
    ["a name is ..", [".."], 'topics.0: got "..", allowed'],
    ["a name has a blank", ["or ders"], 'topics.0: got "or ders"'],
    ["a name ends with a line break", ["orders\n"], 'topics.0: got "orders\\n"'],
    ["a name has a letter of another alphabet", ["bücher"], 'topics.0: got "bücher"'],
    ["a name is longer than 249", ["a".repeat(250)], "topics.0: got"],
  ])("are refused when %s", (_what, topics, expected) => {
    expect(complaint({ seeds, topics })).toContain(`[kafka] [INVALID_OPTIONS] ${expected}`);
  });

  it("may have every legal name", () => {
    const topics = ["__proto__", "constructor", "__consumer_offsets", "a.b-c_D9", "...", ".a", "a".repeat(249)];
    expect(kafkaPartitionsSettings({ seeds, topics }).topics).toEqual(topics);
  });

  it("do not change with a list that the caller goes on using", () => {
    const topics = ["a"];
    const settings = kafkaPartitionsSettings({ seeds, topics });
    topics.push("b");
    expect(settings.topics).toEqual(["a"]);
  });

  it("are named in the key of the source, beside the seeds", () => {
    expect(kafkaPartitions({ seeds: ["h1", "[::1]:2"], topics: ["b", "a"] }).key).toBe("kafka-partitions:h1:9092,[::1]:2:b,a");
    expect(kafkaPartitions({ seeds: async () => [], topics: ["a"] }).key).toBe("kafka-partitions:<seeds function>:a");
  });

  it("come on top of the options of every Kafka source", () => {
    expect(complaint({ seeds, topics: ["a"], topic: "a" })).toContain("option names: got topic, allowed is seeds, client,");
    expect(complaint({ seeds: [], topics: ["a"] })).toContain("seeds: got []");
  });
});
