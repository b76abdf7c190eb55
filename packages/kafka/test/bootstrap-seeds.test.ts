import { subscribe, unsubscribe } from "node:diagnostics_channel";
import type { Seeds } from "@rollcall/core";
import { hang, ManualClock } from "@rollcall/testkit";
import { describe, expect, it, onTestFinished } from "vitest";
import { Patience } from "../src/bootstrap-patience.js";
import { BootstrapSeeds } from "../src/bootstrap-seeds.js";

const WANTED = expect.stringMatching(/must return a list of host:port without a scheme/);

/** What `rollcall:rejected` says from now to the end of the test. */
function rejections(): readonly unknown[] {
  const heard: unknown[] = [];
  const hear = (message: unknown): void => void heard.push(message);
  subscribe("rollcall:rejected", hear);
  onTestFinished(() => void unsubscribe("rollcall:rejected", hear));
  return heard;
}

describe("a function of seeds", () => {
  it.each<[string, unknown, unknown, unknown]>([
    ["throws", () => Promise.reject(new Error("no DNS")), undefined, "the function of seeds failed: [kafka] [UNAVAILABLE] no DNS"],
    ["hangs", () => new Promise(() => undefined), undefined, "the function of seeds failed: [kafka] [TIMEOUT] no answer within 3000 ms"],
    ["hangs until its signal fires", hang, undefined, "the function of seeds failed: [kafka] [TIMEOUT] no answer within 3000 ms"],
    ["returns nothing", () => undefined, undefined, WANTED],
    ["returns no list", () => "kafka://me:secret@a:1?key=secret", "***@a:1?***", WANTED],
    ["returns an object", () => ({ password: "secret" }), "an object", WANTED],
    ["names nobody", () => [], [], WANTED],
    ["returns junk", () => [1, null, "me:secret@a", { secret: 1 }, ["secret"]], [1, null, "***@a", "an object", "a list"], WANTED],
    ["names only IPv6 literals", () => ["[::1]:9092"], ["[::1]:9092"], WANTED],
    ["has junk among its answers", () => ["good", "kafka://bad"], ["good", "kafka://bad"], WANTED],
  ])("that %s is told on rollcall:rejected, without secrets", async (_, seeds, entry, reason) => {
    const heard = rejections();
    const clock = new ManualClock();
    const reading = new BootstrapSeeds(seeds as Seeds, new Patience(clock, 3_000)).read();
    await clock.advance(3_000);
    await reading;
    expect(heard).toEqual([{ source: "kafka:bootstrap", entry, reason }]);
    expect(clock.pending).toBe(0);
  });

  it("that is as it should be, or not waited for any more, is not told of", async () => {
    const heard = rejections();
    const patience = new Patience(new ManualClock(), 3_000);
    expect(await new BootstrapSeeds(async () => ["a", "[::1]:9092"], patience).read()).toEqual(["a:9092"]);
    const reading = new BootstrapSeeds(hang as Seeds, patience).read();
    await Promise.resolve();
    patience.end();
    expect([await reading, heard]).toEqual([[], []]);
  });
});
