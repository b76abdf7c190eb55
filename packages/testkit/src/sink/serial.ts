import { check, type Rule } from "../rule.js";
import type { SinkCase, Stage } from "./stage.js";

const facet = "serial";

/** Looks at the client after it took the newest set. */
const LOOKS = 5;

const IN_USE: Rule = {
  rule: "a call ends only when its set is in use: return a promise when that takes time",
  why: "the poller tells the next set when the call has ended; a sink that ends it early lets two changes overtake each other, and the older may win",
};
const NEWEST: Rule = {
  rule: "after several sets in a row the client holds the newest, for good",
  why: "an older set that lands late stays until the cluster changes again, which may be in weeks",
};

async function endsWhenInUse(stage: Stage): Promise<void> {
  const sets = [["a@0"], ["a@0", "b@1"], ["a@0", "b@1", "c@2"]];
  let held: readonly string[] = [];
  stage.feed.afterCall = async () => {
    held = await stage.held();
  };
  for (const members of sets) {
    await stage.publish(...members);
    check(IN_USE, held.length === members.length, { members, "held when the call ended": held });
  }
}

async function endsWithTheNewest(stage: Stage): Promise<void> {
  await stage.publish("a@0");
  await stage.publish("a@0", "b@1");
  await stage.publish("a@0", "b@1", "c@2");
  await stage.publish("a@0", "b@1", "c@2", "d@3");
  for (let look = 0; look < LOOKS; look += 1) await stage.expectHeld(NEWEST, "a@0", "b@1", "c@2", "d@3");
}

/** One set after another. */
export const serial: readonly SinkCase[] = [
  {
    facet,
    name: "has a set in use when its call ends",
    run: endsWhenInUse,
    skipped: ({ eventual }) => (eventual ? "the capability eventual is claimed" : undefined),
  },
  { facet, name: "ends with the newest of several sets in a row", run: endsWithTheNewest },
];
