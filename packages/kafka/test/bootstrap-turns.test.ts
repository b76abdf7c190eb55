import { ManualClock } from "@rollcall/testkit";
import { describe, expect, it } from "vitest";
import { Patience } from "../src/bootstrap-patience.js";
import { BootstrapSeeds } from "../src/bootstrap-seeds.js";
import { BootstrapTurns } from "../src/bootstrap-turns.js";

function turns(...seeds: string[]): BootstrapTurns {
  const clock = Object.assign(new ManualClock(), { random: () => 0 });
  return new BootstrapTurns(new BootstrapSeeds(seeds, new Patience(clock, 0)), clock);
}

/** So many of those whose turn it is. */
async function reached(row: AsyncIterable<string>, count = Number.POSITIVE_INFINITY): Promise<string[]> {
  const all: string[] = [];
  for await (const address of row) if (all.push(address) >= count) break;
  return all;
}

describe("turns", () => {
  it("come to each address once: tier after tier, then the seeds that are no known brokers", async () => {
    expect(await reached(turns("c:1", "s:1").inOrder([["a:1", "b:1"], ["c:1"]], false))).toEqual(["a:1", "b:1", "c:1", "s:1"]);
    expect(await reached(turns("c:1", "s:1").inOrder([["a:1", "b:1"], ["c:1"]], true))).toEqual(["a:1", "s:1", "b:1", "c:1"]);
  });

  it("are had by whoever was reached, although another one was handed out, and last by that one", async () => {
    const row = turns();
    const tiers = [["a:1", "b:1", "c:1"]];
    expect(await reached(row.inOrder(tiers, false), 2)).toEqual(["a:1", "b:1"]);
    row.take("a:1");
    expect(await reached(row.inOrder(tiers, false))).toEqual(["c:1", "b:1", "a:1"]);
  });

  it("are forgotten of addresses that are not listed any more", async () => {
    const row = turns();
    await reached(row.inOrder([["a:1", "b:1", "c:1"]], false));
    await reached(row.inOrder([["b:1", "c:1"]], false), 1);
    expect(await reached(row.inOrder([["a:1", "b:1", "c:1", "d:1"]], false))).toEqual(["a:1", "d:1", "c:1", "b:1"]);
  });
});
