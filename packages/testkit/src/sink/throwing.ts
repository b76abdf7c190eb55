import { check, type Rule } from "../rule.js";
import type { SinkHarness } from "./sink-harness.js";
import type { SinkCase, Stage, StageOptions } from "./stage.js";

const facet = "throwing";

/** Long enough for everything to count as stale: the poller's interval is 10 s. */
const LONG_MS = 60_000;

const REPORTED: Rule = {
  rule: "a set that the client refuses ends the call with an error: let it through",
  why: "throwing or rejecting is how the poller learns that the set was not applied; a sink that swallows the error is not told again and stays on old members",
};
const CONVERGES: Rule = {
  rule: "once the client takes sets again, it is given the newest, whole",
  why: "the diff told then begins before the set that was refused; a sink that had taken half of that one, or lost count, ends with another set",
};
const BAD_STATUS: Rule = {
  rule: "failed polls and staleness change nothing for the client",
  why: "the cluster's own outage says nothing about its members; a client that lets go of them then turns it into an outage of its own",
};

async function reports(stage: Stage): Promise<void> {
  await stage.publish("a@0");
  await refuse(stage, true);
  const { thrown, calls } = stage.feed;
  const before = thrown.length;
  await stage.publish("a@0", "b@1");
  check(REPORTED, thrown.length > before, { calls: stage.feed.calls - calls, errors: 0 });
}

async function converges(stage: Stage): Promise<void> {
  await stage.publish("a@0");
  await refuse(stage, true);
  await stage.publish("a@0", "b@1");
  await refuse(stage, false);
  await stage.publish("a@0", "c@2");
  await stage.expectHeld(CONVERGES, "a@0", "c@2");
}

async function keepsWhilePollsFail(stage: Stage): Promise<void> {
  await stage.publish("a@0", "b@1");
  await stage.expectHeld(BAD_STATUS, "a@0", "b@1");
  stage.source.script = () => Promise.reject(new Error("the cluster does not answer"));
  await stage.pass(LONG_MS);
  await stage.expectHeld(BAD_STATUS, "a@0", "b@1");
  check(BAD_STATUS, stage.feed.thrown.length === 0, { "the sink threw": stage.feed.thrown[0] });
}

async function refuse(stage: Stage, refusing: boolean): Promise<void> {
  await stage.options.refuse?.(await stage.client(), refusing);
}

const unlessItRefuses = ({ refuse }: StageOptions<SinkHarness>): string | undefined =>
  refuse === undefined ? "the capability refuse is not claimed" : undefined;

/** Something fails: the client, or the cluster. */
export const throwing: readonly SinkCase[] = [
  { facet, name: "tells the poller when the client refuses a set", run: reports, skipped: unlessItRefuses },
  { facet, name: "takes the newest set after the client refused one", run: converges, skipped: unlessItRefuses },
  { facet, name: "keeps what it has while polls fail", run: keepsWhilePollsFail },
];
