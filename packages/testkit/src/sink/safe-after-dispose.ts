import { check, type Rule } from "../rule.js";
import { hang } from "../scripted-source.js";
import type { SinkCase, Stage } from "./stage.js";

const facet = "safe after dispose";

const UNSUBSCRIBED: Rule = {
  rule: "ending the client ends its subscription",
  why: "the poller asks the cluster for as long as somebody subscribes; one forgotten subscription keeps polling, sockets and client alive for good",
};
const SHARED: Rule = {
  rule: "a subscription that outlives its client serves the next one on the same feed as well",
  why: "clients come and go; if each left one behind, the poller would tell more and more of them that nobody uses",
};
const TWICE: Rule = {
  rule: "ending a client that has ended does nothing",
  why: "shutdown hooks and `await using` meet; an error there hides the one that caused the shutdown, or stops what comes after it",
};
const IN_PROGRESS: Rule = {
  rule: "a client can be ended while a call is in progress, and is told nothing afterwards",
  why: "shutdown does not wait for a quiet moment; a call that comes later may make a client that nobody ends",
};
const ANY_ORDER: Rule = {
  rule: "poller and client can be ended in either order, also before the first set",
  why: "they often belong to different modules, and an application that fails to start ends both without having used them",
};
const HARMLESS: Rule = {
  rule: "a set that comes after the client ended does no harm",
  why: "a subscription that outlives its client is told on; an error there is repeated with backoff for as long as the poller lives",
};

async function unsubscribes(stage: Stage): Promise<void> {
  await stage.publish("a@0");
  await stage.settled(UNSUBSCRIBED, stage.end());
  await stage.until(UNSUBSCRIBED, () => stage.source.watches.every(({ signal }) => signal.aborted));
}

async function leavesOne(stage: Stage): Promise<void> {
  await stage.publish("a@0");
  await stage.nextClient(SHARED);
  await stage.publish("a@0", "b@1");
  await stage.expectHeld(SHARED, "a@0", "b@1");
  const { subscriptions } = stage.feed;
  check(SHARED, subscriptions === 1, { clients: 2, subscriptions });
}

async function endsTwice(stage: Stage): Promise<void> {
  await stage.publish("a@0");
  await stage.settled(TWICE, stage.end());
  await stage.settled(TWICE, stage.end());
}

async function endsDuringACall(stage: Stage): Promise<void> {
  await stage.publish("a@0");
  let end = (): void => undefined;
  const slow = new Promise<void>((resolve) => {
    end = resolve;
  });
  stage.feed.afterCall = () => slow;
  await stage.list("a@0", "b@1");
  const ended = stage.end();
  end();
  await stage.settled(IN_PROGRESS, ended);
  const { calls } = stage.feed;
  await stage.publish("a@0", "b@1", "c@2");
  const told = stage.options.staysSubscribed === true ? 0 : stage.feed.calls - calls;
  check(IN_PROGRESS, told === 0, { "calls after the end": told });
}

async function endsInAnyOrder(stage: Stage): Promise<void> {
  stage.source.script = hang;
  await stage.client();
  await stage.poller.close();
  await stage.settled(ANY_ORDER, stage.end());
}

async function isToldAfterTheEnd(stage: Stage): Promise<void> {
  await stage.publish("a@0");
  await stage.settled(HARMLESS, stage.end());
  await stage.publish("a@0", "b@1");
  check(HARMLESS, stage.feed.thrown.length === 0, { "the sink threw": stage.feed.thrown[0] });
}

/** The end of a client. */
export const safeAfterDispose: readonly SinkCase[] = [
  {
    facet,
    name: "ends its subscription, or leaves one for whoever comes next",
    run: (stage) => (stage.options.staysSubscribed ? leavesOne(stage) : unsubscribes(stage)),
  },
  { facet, name: "is ended twice", run: endsTwice },
  { facet, name: "is ended while a call is in progress", run: endsDuringACall },
  { facet, name: "is ended after the poller, before the first set", run: endsInAnyOrder },
  { facet, name: "is told of a set after its end", run: isToldAfterTheEnd },
];
