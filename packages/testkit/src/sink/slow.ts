import type { Rule } from "../rule.js";
import type { SinkCase, Stage } from "./stage.js";

const facet = "slow";

const SKIPS: Rule = {
  rule: "versions may be skipped: a diff begins at the set that this sink applied last",
  why: "while a call is in progress newer sets are merged into one; a sink that waits for every version stops at its first slow call",
};

/** The second call lasts until two sets more have come; the poller tells the newer of them then. */
async function skipsVersions(stage: Stage): Promise<void> {
  const { feed } = stage;
  await stage.publish("a@0");
  let end = (): void => undefined;
  const slow = new Promise<void>((resolve) => {
    end = resolve;
  });
  feed.afterCall = () => slow;
  await stage.list("a@0", "b@1");
  await stage.list("a@0", "b@1", "c@2");
  await stage.list("a@0", "b@1", "c@2", "d@3");
  feed.afterCall = () => undefined;
  end();
  await stage.idle();
  await stage.expectHeld(SKIPS, "a@0", "b@1", "c@2", "d@3");
}

/** A call may take its time, and must come to an end. */
export const slow: readonly SinkCase[] = [
  { facet, name: "takes the newest set after versions that it never saw", run: skipsVersions },
  {
    facet,
    name: "comes to an end with every set",
    run: async (stage) => {
      // `publish` waits for it, here and in every other case.
      await stage.publish("a@0");
      await stage.publish("a@0", "b@1");
      await stage.publish("a@0", "b@1", "c@2");
    },
  },
];
