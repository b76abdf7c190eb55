import { fromSeeds } from "@rollcall/core";
import { expect, it } from "vitest";
import { hang } from "../src/index.js";
import { Polling } from "../src/source/polling.js";

it("a poll is given more time for as long as there is progress", async () => {
  const source = { ...fromSeeds(["a:1"]), fetch: hang };
  const polling = new Polling(source, { settleWithinMs: 1_000, answerWithinMs: 1, probeMs: 1 });
  let looks = 0;
  const outcome = await polling.ask([], undefined, () => {
    looks += 1;
    return Math.min(looks, 5);
  });
  expect(outcome).toMatchObject({ kind: "error", error: { code: "TIMEOUT" } });
  expect(looks).toBe(6);
});
