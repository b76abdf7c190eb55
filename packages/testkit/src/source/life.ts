import { settle } from "../manual-clock.js";
import { check, type Rule } from "../rule.js";
import { answered, type Bench, type SourceCase } from "./bench.js";
import { silence } from "./peer.js";

const facet = "stops, begins again and closes";

const AGAIN: Rule = {
  rule: "polling may end and begin again, any number of times: watch() is called anew, and the next poll is answered",
  why: "the last listener leaves and another one comes later; it would wait for ever",
};
const CLOSES: Rule = {
  rule: "close() resolves soon, also while a fetch is in progress",
  why: "the program waits for it at shutdown, and is killed instead of ending",
};

async function beginsAgain(bench: Bench): Promise<void> {
  const polling = bench.poll();
  let { endpoints } = answered(AGAIN, await polling.ask());
  for (const pause of [() => undefined, settle]) {
    polling.stop();
    await pause();
    polling.begin();
    endpoints = answered(AGAIN, await polling.ask(endpoints)).endpoints;
  }
}

async function closes(bench: Bench): Promise<void> {
  const peer = await bench.peer(silence);
  const polling = bench.poll([peer.seed]);
  let closed: unknown;
  await polling.ask([], async (stop) => {
    await peer.reached();
    // In one turn, as the poller does.
    stop();
    closed = polling.close().catch((error: unknown) => error);
  });
  bench.mustHaveReached(peer);
  const result = await closed;
  check(CLOSES, result === true, { "close()": result === false ? `did not settle within ${bench.limits.settleWithinMs} ms` : result });
}

/** A source lives through many lives of its poller's listeners. */
export const life: readonly SourceCase[] = [
  { facet, name: "when listeners leave and come", run: beginsAgain },
  { facet, name: "while it is being asked", run: closes },
];
