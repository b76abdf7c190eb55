import { describe, expect, it } from "vitest";
import { fromSeeds, MetadataPoller, type Seeds } from "../src/index.js";
import { ManualClock } from "./support/manual-clock.js";
import { hang, ids } from "./support/scripted-source.js";

function polled(seeds: Seeds) {
  const clock = new ManualClock();
  const poller = new MetadataPoller(fromSeeds(seeds), { intervalMs: 1_000, clock });
  poller.subscribe(() => undefined);
  return { clock, poller };
}

describe("fromSeeds", () => {
  it("makes an endpoint of every seed in a list", async () => {
    const { clock, poller } = polled(["b.test:2379", "10.0.0.1:1", "[fd00::1]:65535"]);
    await clock.advance(0);
    expect(poller.snapshot?.endpoints).toEqual([
      { id: "10.0.0.1:1", host: "10.0.0.1", port: 1 },
      { id: "[fd00::1]:65535", host: "fd00::1", port: 65_535 },
      { id: "b.test:2379", host: "b.test", port: 2_379 },
    ]);
    expect(poller.snapshot?.metadata).toEqual(["b.test:2379", "10.0.0.1:1", "[fd00::1]:65535"]);
  });

  it("asks a function at every poll, so that what it reads becomes live", async () => {
    let seeds = ["a:1", "b:1"];
    const { clock, poller } = polled(async () => seeds);
    await clock.advance(0);
    expect(ids(poller.snapshot?.endpoints)).toBe("a:1 b:1");
    seeds = ["b:1", "c:1"];
    await clock.advance(3_000);
    expect(ids(poller.snapshot?.endpoints)).toBe("b:1 c:1");
  });

  it("a function that throws, hangs or answers nonsense is a failed poll, and the last set stays", async () => {
    const faults: readonly (readonly [Seeds, string])[] = [
      [() => Promise.reject(new Error("no such file")), "UNAVAILABLE"],
      [() => JSON.parse("{") as Promise<never>, "UNAVAILABLE"],
      [hang, "TIMEOUT"],
      [async () => "a:1" as never, "MALFORMED_RESPONSE"],
      [async () => null as never, "MALFORMED_RESPONSE"],
      [async () => ["no port", "a b:80", "[::1]"], "EMPTY_METADATA"],
      [async () => [], "EMPTY_METADATA"],
    ];
    let seeds: Seeds = async () => ["a:1"];
    const { clock, poller } = polled((options) => (seeds as (o: typeof options) => Promise<readonly string[]>)(options));
    await clock.advance(0);
    for (const [fault, code] of faults) {
      seeds = fault;
      await clock.advance(5_000);
      expect(poller.status.error?.code).toBe(code);
      expect(ids(poller.snapshot?.endpoints)).toBe("a:1");
    }
  });

  it("hands its signal to the function, and fires it when nobody listens any more", async () => {
    const signals: AbortSignal[] = [];
    const { clock, poller } = polled((options) => {
      signals.push(options.signal);
      return hang(options);
    });
    await clock.advance(0);
    await poller.close();
    expect(signals.map(({ aborted }) => aborted)).toEqual([true]);
  });

  it("names what is asked in its key", () => {
    expect(fromSeeds(["a:1", "b:2"]).key).toBe("seeds:a:1,b:2");
    expect(fromSeeds(async () => []).key).toBe("seeds:function");
  });

  it.each([
    ["a:1", /seeds: got "a:1", allowed is a list of host:port, or a function/],
    [undefined, /seeds: got undefined/],
    [{ host: "a" }, /seeds: got \[Object\]/],
    [["a:1", "b"], /seeds: got "b", allowed is host:port, IPv6 in brackets/],
    [["a:0"], /got "a:0"/],
    [["a:65536"], /got "a:65536"/],
    [["a:1x"], /got "a:1x"/],
    [[":1"], /got ":1"/],
    [["::1:2379"], /got "::1:2379"/],
    [["http://a:1"], /got "http:\/\/a:1"/],
    [["http://u:secret@a:1"], /got "\*\*\*@a:1"/],
    [["u@a:1"], /got "\*\*\*@a:1"/],
    ["u:secret@a:1", /got "\*\*\*@a:1"/],
    [["[a]:1"], /got "\[a\]:1"/],
    [[5], /got 5/],
  ])("refuses %j at once", (seeds, message) => {
    expect(() => fromSeeds(seeds as Seeds)).toThrow(message);
    expect(() => fromSeeds(seeds as Seeds)).toThrow("[core] [INVALID_OPTIONS]");
  });
});
