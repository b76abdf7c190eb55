import type { Rule } from "../rule.js";
import type { SinkCase, Stage } from "./stage.js";

const facet = "applies removals";

const LEAVES: Rule = {
  rule: "the client stops using the addresses of members that left",
  why: "a client that only ever learns goes on calling machines that are gone, and after a rolling replacement nobody else",
};
const BY_ADDRESS: Rule = {
  rule: "the client uses an address for as long as any member has it",
  why: "two ids may share or swap addresses (NAT, a member that was added again); a sink keyed by address that follows diffs drops one that is in use: reconcile from snapshot.endpoints",
};
const COMES_BACK: Rule = {
  rule: "after an empty set, which only a guard can allow, the client takes the next one",
  why: "whatever a client does without members, it must not stay that way once there are some",
};

/** The cluster lists these members, and the client is to hold exactly them. */
async function follows(stage: Stage, rule: Rule, ...members: readonly string[]): Promise<void> {
  await stage.publish(...members);
  await stage.expectHeld(rule, ...members);
}

/** Sets that follow one another; the client holds each of them before the next. */
function following(name: string, rule: Rule, ...sets: readonly (readonly string[])[]): SinkCase {
  const run = async (stage: Stage): Promise<void> => {
    for (const members of sets) await follows(stage, rule, ...members);
  };
  return { facet, name, run };
}

/** A sink lets go of what is not listed any more. */
export const appliesRemovals: readonly SinkCase[] = [
  following("lets go of members that left", LEAVES, ["a@0", "b@1", "c@2"], ["b@1"]),
  following("follows a member that moved", LEAVES, ["a@0", "b@1"], ["a@3", "b@1"]),
  following("follows when everybody is replaced", LEAVES, ["a@0", "b@1"], ["c@2", "d@3"]),
  following("keeps an address that another member still has", BY_ADDRESS, ["a@0", "b@0", "c@1"], ["a@0", "c@1"]),
  following("keeps both addresses when two members swap them", BY_ADDRESS, ["a@0", "b@1"], ["a@1", "b@0"]),
  {
    facet,
    name: "comes back after an empty set",
    run: async (stage) => {
      await follows(stage, COMES_BACK, "a@0");
      await stage.publish();
      await follows(stage, COMES_BACK, "b@1");
    },
  },
];
