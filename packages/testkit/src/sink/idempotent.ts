import type { Rule } from "../rule.js";
import type { SinkCase, Stage } from "./stage.js";

const facet = "idempotent";

const TOLD_AGAIN: Rule = {
  rule: "a set that the client holds already, told again with the same diff, changes nothing",
  why: "a call that failed is repeated, and every new subscription begins with everybody as added; a sink that adds without looking gives its client the same address twice",
};

/** The sink does its work, and the call fails all the same, so that the poller repeats it. */
async function failsLate(stage: Stage, ...members: readonly string[]): Promise<void> {
  const { feed } = stage;
  let failed: number | undefined;
  feed.afterCall = () => {
    if (failed !== undefined) return;
    failed = feed.calls;
    throw new Error("the call failed after the sink had done its work");
  };
  await stage.publish(...members);
  await stage.until(TOLD_AGAIN, () => failed !== undefined && feed.calls > failed);
  await stage.idle();
  await stage.expectHeld(TOLD_AGAIN, ...members);
}

/** A sink may be told what it knows. */
export const idempotent: readonly SinkCase[] = [
  { facet, name: "is told the first set twice", run: (stage) => failsLate(stage, "a@0", "b@1") },
  {
    facet,
    name: "is told twice of newcomers",
    run: async (stage) => {
      await stage.publish("a@0", "b@1");
      await failsLate(stage, "a@0", "b@1", "c@2", "d@3");
    },
  },
];
