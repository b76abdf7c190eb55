import { check, type Rule } from "../rule.js";
import { answered, type Bench, type SourceCase } from "./bench.js";
import { eventually } from "./eventually.js";

const facet = "releases its sockets";

const ON_STOP: Rule = {
  rule: "when watch's signal fires, every connection is let go",
  why: "nobody listens any more: an idle process that holds connections is a load on the cluster, and keeps members from draining",
};
const ON_CLOSE: Rule = {
  rule: "close() lets every connection go, also when polling was never watched",
  why: "a closed poller would leak sockets for the rest of the process, and a short-lived tool would not end",
};
const NO_GROWTH: Rule = {
  rule: "polls do not add connections",
  why: "one more per poll is 2 880 a day and client: the cluster runs out of file descriptors",
};

/** More polls than connections that anybody has reason to hold to a small cluster. */
const POLLS = 12;

async function whenPollingStops(bench: Bench): Promise<void> {
  const before = open(bench);
  const polling = bench.poll();
  const { endpoints } = answered(ON_STOP, await polling.ask());
  answered(ON_STOP, await polling.ask(endpoints));
  polling.stop();
  check(ON_STOP, await comesDownTo(bench, before), { "connections before": before, "connections after": open(bench) });
}

async function rightAfterThePoll(bench: Bench): Promise<void> {
  const before = open(bench);
  const polling = bench.poll();
  answered(ON_STOP, await polling.ask());
  polling.stop();
  // Whatever the first one had begun in that turn has reached the cluster before another one has its answer.
  const other = bench.asker();
  answered(ON_STOP, await other.ask());
  await other.close().catch(() => false);
  check(ON_STOP, await comesDownTo(bench, before), { "connections before": before, "connections after": open(bench) });
}

async function onClose(bench: Bench): Promise<void> {
  const before = open(bench);
  const polling = bench.asker();
  answered(ON_CLOSE, await polling.ask());
  await polling.close().catch(() => false);
  check(ON_CLOSE, await comesDownTo(bench, before), { "connections before": before, "connections after": open(bench) });
}

async function whilePolling(bench: Bench): Promise<void> {
  const before = open(bench);
  const polling = bench.poll();
  let { endpoints } = answered(NO_GROWTH, await polling.ask());
  for (let poll = 2; poll <= POLLS; poll += 1) endpoints = answered(NO_GROWTH, await polling.ask(endpoints)).endpoints;
  const most = before + POLLS / 2;
  check(NO_GROWTH, await comesDownTo(bench, most), { polls: POLLS, "connections before": before, "connections after": open(bench) });
}

function open(bench: Bench): number {
  return bench.capability("connections")(bench.harness);
}

/** Whether no more than so many connections are left: the cluster hears of their end a little later. */
function comesDownTo(bench: Bench, most: number): Promise<boolean> {
  return eventually(() => open(bench) <= most, bench.limits.settleWithinMs);
}

/** What is not needed is given back. */
export const sockets: readonly SourceCase[] = [
  { facet, name: "when polling stops", needs: "connections", run: whenPollingStops },
  { facet, name: "when the first answer was all that anybody wanted", needs: "connections", run: rightAfterThePoll },
  { facet, name: "on close", needs: "connections", run: onClose },
  { facet, name: "poll by poll", needs: "connections", run: whilePolling },
];
