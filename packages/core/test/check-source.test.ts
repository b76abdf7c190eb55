import { describe, expect, it } from "vitest";
import { checkSource } from "../src/check-source.js";
import { resolveOptions } from "../src/poller-options.js";

const options = resolveOptions({});
const withStore = resolveOptions({ store: { load: async () => undefined, save: async () => undefined } });
const source = { key: "k", fetch: async () => 1, endpoints: () => [] };
const check =
  (given: unknown, resolved = options) =>
  () =>
    checkSource(given as never, resolved);
const whatASourceHas = "allowed is a text as key, functions as fetch and endpoints";

describe("a source", () => {
  it("needs no more than key, fetch and endpoints, whether it is an object or an instance", () => {
    class Instance {
      readonly key: string = "";
      async fetch(): Promise<number> {
        return 1;
      }
      endpoints(): readonly [] {
        return [];
      }
    }
    expect(check(source)).not.toThrow();
    expect(check(new Instance())).not.toThrow();
  });

  it.each<[string, unknown, string]>([
    ["undefined", undefined, "key: got undefined"],
    ["null", null, "key: got undefined"],
    ["a text", "http://127.0.0.1:2379", "key: got undefined"],
    ["nothing to ask with", { ...source, fetch: undefined }, "fetch: got undefined"],
    ["fetch that is no function", { ...source, fetch: Promise.resolve(1) }, "fetch: got [Promise]"],
    ["nothing to read with", { ...source, endpoints: undefined }, "endpoints: got undefined"],
    ["a list instead of endpoints()", { ...source, endpoints: [] }, "endpoints: got []"],
    ["no key", { ...source, key: undefined }, "key: got undefined"],
    ["a key that is no text", { ...source, key: 7 }, "key: got 7"],
  ])("is refused, and what it lacks is named: %s", (_what, given, what) => {
    expect(check(given)).toThrow(`[core] [INVALID_OPTIONS] source.${what}, ${whatASourceHas}`);
  });

  it.each(["unavailable", "sameMetadata", "probe", "watch", "restore", "close"])("may leave %s out, but not get it wrong", (name) => {
    expect(check({ ...source, [name]: undefined })).not.toThrow();
    expect(check({ ...source, [name]: () => undefined })).not.toThrow();
    for (const bad of [null, true, {}]) {
      expect(check({ ...source, [name]: bad })).toThrow(
        new RegExp(`\\[INVALID_OPTIONS\\] source\\.${name}: got .*, allowed is a function, or nothing`),
      );
    }
  });

  it.each([Number.NaN, -1, "5000"])("must not want to be probed every %s ms", (probeEveryMs) => {
    expect(check({ ...source, probeEveryMs })).toThrow(/\[INVALID_OPTIONS\] source\.probeEveryMs: got .*, allowed is a number from 0/);
    expect(check({ ...source, probeEveryMs: 5_000 })).not.toThrow();
  });

  it("does not show what it holds when it is refused", () => {
    expect(check({ ...source, fetch: "no", password: "hunter2" })).toThrow(/^(?!.*hunter2)/s);
  });
});

describe("with a store", () => {
  it("needs restore", () => {
    expect(check(source, withStore)).toThrow(/\[INVALID_OPTIONS\] store: .*allowed is nothing at a source without restore\(\)$/);
    expect(check({ ...source, restore: (stored: unknown) => stored }, withStore)).not.toThrow();
  });

  it("is told first of a restore that is no function", () => {
    expect(check({ ...source, restore: "yes" }, withStore)).toThrow(/source\.restore: got "yes"/);
  });
});
