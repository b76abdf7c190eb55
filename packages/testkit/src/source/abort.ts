import { check, type Rule } from "../rule.js";
import { LATE, within } from "../within.js";
import { answered, type Bench, type SourceCase, textOf } from "./bench.js";
import { silence } from "./peer.js";

const facet = "settles after an abort";

const SETTLES: Rule = {
  rule: "a fetch settles soon after its signal fires: reject, and wait for nothing",
  why: "the poller asks again only once the last question is over, so a deaf source holds every later poll back",
};
const REJECTS: Rule = {
  rule: "a fetch that was stopped rejects",
  why: "an answer that nobody gave would be believed",
};
const LETS_GO: Rule = {
  rule: "when polling ends, nobody who was asked in vain is left with a connection",
  why: "a member that is frozen for an hour collects a socket for every poll of every client, until file descriptors run out",
};
const GOES_ON: Rule = {
  rule: "a poll that was stopped leaves the source as it was: the next one is answered",
  why: "one impatient caller would cost every other user of the poller its updates",
};

async function whileWaiting(bench: Bench): Promise<void> {
  const peer = await bench.peer(silence);
  const polling = bench.poll([peer.seed]);
  const outcome = await polling.ask([], (stop) => peer.reached().then(stop));
  bench.mustHaveReached(peer);
  check(SETTLES, outcome.kind !== "deaf", { "settled within": `not within ${bench.limits.settleWithinMs} ms` });
  check(REJECTS, outcome.kind === "error", { outcome: textOf(outcome) });
  polling.stop();
  const left = await within(peer.idle(), bench.limits.settleWithinMs);
  check(LETS_GO, left !== LATE, { "connections left": peer.open });
}

async function atOnce(bench: Bench): Promise<void> {
  const polling = bench.poll();
  const { endpoints } = answered(GOES_ON, await polling.ask());
  for (const turn of ["in the same turn", "a turn later"]) {
    const stopped = await polling.ask(endpoints, (stop) => (turn === "a turn later" ? void setImmediate(stop) : stop()));
    check(SETTLES, stopped.kind !== "deaf", { stopped: turn, "settled within": `not within ${bench.limits.settleWithinMs} ms` });
    answered(GOES_ON, await polling.ask(endpoints));
  }
}

/** Whoever asks may stop asking. */
export const abort: readonly SourceCase[] = [
  { facet, name: "while nobody answers, and keeps no connection", run: whileWaiting },
  { facet, name: "that comes at once, and answers the next poll", run: atOnce },
];
