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
const wholeSource =
  /^\[core\] \[INVALID_OPTIONS\] source: got .*, allowed is a MetadataSource: an object with key, fetch\(\) and endpoints\(\)$/;

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

  it.each<[string, unknown]>([
    ["undefined", undefined],
    ["null", null],
    ["a text", "http://127.0.0.1:2379"],
    ["nothing to ask with", { ...source, fetch: undefined }],
    ["fetch that is no function", { ...source, fetch: Promise.resolve(1) }],
    ["nothing to read with", { ...source, endpoints: undefined }],
    ["a list instead of endpoints()", { ...source, endpoints: [] }],
    ["no key", { ...source, key: undefined }],
    ["a key that is no text", { ...source, key: 7 }],
  ])("is refused: %s", (_what, given) => {
    expect(check(given)).toThrow(wholeSource);
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
    expect(check(source, withStore)).toThrow(/\[INVALID_OPTIONS\] store: .*restore\(\), because what was stored could not be taken back/);
    expect(check({ ...source, restore: (stored: unknown) => stored }, withStore)).not.toThrow();
  });

  it("is told first of a restore that is no function", () => {
    expect(check({ ...source, restore: "yes" }, withStore)).toThrow(/source\.restore: got "yes"/);
  });
});
