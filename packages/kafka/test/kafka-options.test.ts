import { isDiscoveryError } from "@rollcall/core";
import { Kafka } from "kafkajs";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { kafkaBrokersSettings } from "../src/kafka-brokers-options.js";
import { kafkaBrokers } from "../src/kafka-brokers-source.js";
import { kafkaSettings } from "../src/kafka-options.js";

const seeds = ["h:1"];

/** The message of the `INVALID_OPTIONS` that these options must cause. */
function complaint(options: unknown): string {
  try {
    kafkaBrokers(options as Parameters<typeof kafkaBrokers>[0]);
  } catch (error) {
    if (isDiscoveryError(error) && error.code === "INVALID_OPTIONS") return error.message;
    throw error;
  }
  throw new Error("the options were accepted");
}

describe("the options of a Kafka source", () => {
  it("have defaults", () => {
    expect(kafkaBrokersSettings({ seeds })).toEqual({
      seeds,
      client: {},
      foreign: "follow",
      hedgeAfterMs: 500,
      attemptTimeoutMs: 2_000,
      seedNames: "h:1",
      key: "kafka:h:1",
    });
  });

  it.each([
    ["no options", undefined, "the options: got undefined, allowed is an object"],
    ["no seeds", {}, "seeds: got undefined, allowed is a function, or a list of at least one host:port"],
    ["an empty list of seeds", { seeds: [] }, "seeds: got [], allowed"],
    ["seeds in one text", { seeds: "h:1,g:1" }, 'seeds: got "h:1,g:1", allowed is a function, or a list'],
    [
      "a seed with a scheme",
      { seeds: ["kafka://h:1"] },
      "seeds: got [ 'kafka://h:1' ], allowed is a function, or a list of at least one host:port (no scheme",
    ],
    ["a seed with a path", { seeds: ["h:1/x"] }, "seeds: got [ 'h:1/x' ]"],
    ["an IPv6 seed without brackets", { seeds: ["::1:9092"] }, "seeds: got [ '::1:9092' ], allowed"],
    ["a seed with port 0", { seeds: ["h:0"] }, "seeds: got [ 'h:0' ]"],
    ["a seed with a port above 65535", { seeds: ["h:65536"] }, "seeds: got [ 'h:65536' ]"],
    ["a seed that is no text", { seeds: [9092] }, "seeds: got [ 9092 ]"],
    ["an unknown option", { seeds, brokers: seeds }, "option names: got brokers, allowed is seeds, client, clusterId, foreign"],
    ["a client that is no object", { seeds, client: "h" }, "client: got string, allowed is the object given to new Kafka"],
    [
      "a user without a mechanism",
      { seeds, client: { sasl: { username: "u" } } },
      "client.sasl: got object, allowed is an object with a mechanism",
    ],
    ["a user that is null", { seeds, client: { sasl: null } }, "client.sasl: got null, allowed"],
    ["TLS that is a text", { seeds, client: { ssl: "on" } }, "client.ssl: got string, allowed is true, false or an object"],
    ["a socket factory that is none", { seeds, client: { socketFactory: {} } }, "client.socketFactory: got object, allowed is a function"],
    [
      "a Kafka as the client",
      { seeds, client: new Kafka({ brokers: seeds }) },
      "client.producer: got function, allowed is nothing: client is the object given to new Kafka, not the Kafka itself",
    ],
    ["a client that is a list", { seeds, client: [] }, "client: got a list, allowed is the object given to new Kafka"],
    ["an empty cluster id", { seeds, clusterId: "" }, 'clusterId: got "", allowed is 1 to 255 characters'],
    ["an unknown way with foreign clusters", { seeds, foreign: "merge" }, 'foreign: got "merge", allowed is "refuse" or "follow"'],
    ["a low hedgeAfterMs", { seeds, hedgeAfterMs: 9 }, "hedgeAfterMs: got 9, allowed is a number from 10 to 60000"],
    ["a high attemptTimeoutMs", { seeds, attemptTimeoutMs: 60_001 }, "attemptTimeoutMs: got 60001, allowed is a number from 10 to 60000"],
    ["an attemptTimeoutMs of NaN", { seeds, attemptTimeoutMs: Number.NaN }, "attemptTimeoutMs: got NaN"],
  ])("refuse %s", (_what, options, expected) => {
    expect(complaint(options)).toContain(`[kafka] [INVALID_OPTIONS] ${expected}`);
  });

  it("never print the client, nor the user information of a seed", () => {
    const secret = "s3cr3t";
    const said = [
      complaint(secret),
      complaint({ seeds: [`u:${secret}@h:1`] }),
      complaint({ seeds: `u:${secret}@h:1` }),
      complaint({ seeds, client: secret }),
      complaint({ seeds, client: [secret] }),
      complaint({ seeds, client: { sasl: secret } }),
      complaint({ seeds, client: { sasl: { mechanism: 1, password: secret } } }),
      complaint({ seeds, client: { ssl: secret } }),
    ];
    expect(said.filter((text) => text.includes(secret))).toEqual([]);
  });

  it("refuse a client that cannot be read, and keep what its getter threw as the cause", () => {
    const sealed = new Error("the vault is sealed");
    const field = {
      get(): never {
        throw sealed;
      },
    };
    const clients = [
      Object.defineProperty({}, "ssl", field),
      Object.defineProperty({}, "sasl", field),
      { sasl: Object.defineProperty({}, "mechanism", field) },
      Object.defineProperty({}, "socketFactory", field),
    ];
    for (const [at, name] of ["ssl", "sasl", "sasl", "socketFactory"].entries()) {
      const options = { seeds, client: clients[at] ?? {} };
      expect(complaint(options)).toContain(`client.${name}: it cannot be read, a getter threw`);
      expect(() => kafkaBrokers(options)).toThrow(expect.objectContaining({ cause: sealed }));
    }
  });

  it("keep the client itself, so that what changes in it counts at the next connection", () => {
    const client = { clientId: "app", brokers: ["ignored:1"], ssl: true };
    expect(kafkaBrokersSettings({ seeds, client }).client).toBe(client);
  });

  it("do not change with a list of seeds that the caller goes on using", () => {
    const own = ["a:1"];
    const settings = kafkaBrokersSettings({ seeds: own });
    own.push("b:1");
    expect(settings.seeds).toEqual(["a:1"]);
  });

  it("of one source come on top, checked by the same rules", () => {
    const own = { topics: z.array(z.string(), "a list of names") };
    const given = { seeds, topics: ["t"] };
    expect(kafkaSettings(given, own).topics).toEqual(["t"]);
    expect(() => kafkaSettings({ seeds, topics: 1 } as never, own)).toThrow(
      "[kafka] [INVALID_OPTIONS] topics: got 1, allowed is a list of names",
    );
    expect(() => kafkaSettings({ ...given, topic: "t" } as never, own)).toThrow(
      "option names: got topic, allowed is seeds, client, clusterId, foreign, hedgeAfterMs, attemptTimeoutMs, topics",
    );
  });
});

describe("the key of a source", () => {
  it("names the seeds, with Kafka's port where there is none, and IPv6 in brackets", () => {
    expect(kafkaBrokers({ seeds: ["h1", "h2:1", "[::1]", "[fe80::1]:2"] }).key).toBe("kafka:h1:9092,h2:1,[::1]:9092,[fe80::1]:2");
  });

  it("says that the seeds come from a function", () => {
    expect(kafkaBrokers({ seeds: async () => ["secret:1"] }).key).toBe("kafka:<seeds function>");
  });
});
