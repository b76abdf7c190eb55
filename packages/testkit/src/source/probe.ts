import type { Endpoint } from "@rollcall/core";
import { check, type Rule } from "../rule.js";
import { LATE, within } from "../within.js";
import { answered, type Bench, type SourceCase } from "./bench.js";
import { eventually } from "./eventually.js";
import { listOf } from "./listed.js";
import { says, silence } from "./peer.js";
import type { Polling } from "./polling.js";

const facet = "probe tells serving from not";

const SERVES: Rule = {
  rule: "probe() resolves for a member that serves",
  why: "members that fail it are set aside: the others carry their load",
};
const DOES_NOT: Rule = {
  rule: "probe() does not resolve for a member that is listed but does not serve",
  why: "clients go on calling it, and every call to it fails or waits",
};
const STOPS: Rule = {
  rule: "probe() rejects soon after its signal fires, and keeps no connection to a silent member once polling ends",
  why: "probes are made of members in trouble: what is left of each of them adds up exactly then",
};

type Verdict = "serves" | "rejects" | "rejects when told to stop" | "goes on";

/** Asks as the poller does: for so long, and then it is told to stop. */
async function ask(bench: Bench, { source }: Polling, endpoint: Endpoint, patienceMs = bench.limits.probeMs): Promise<Verdict> {
  const stop = new AbortController();
  const verdict = (async (): Promise<Verdict> => {
    try {
      if (source.probe === undefined) throw new Error("the source has no probe");
      await source.probe(endpoint, { signal: stop.signal });
      return "serves";
    } catch {
      return stop.signal.aborted ? "rejects when told to stop" : "rejects";
    }
  })();
  const early = await within(verdict, patienceMs);
  if (early !== LATE) return early;
  stop.abort();
  const late = await within(verdict, bench.limits.settleWithinMs);
  return late === LATE ? "goes on" : late;
}

async function healthy(bench: Bench): Promise<void> {
  const { polling, endpoints } = await begin(bench);
  for (const endpoint of endpoints) {
    const verdict = await ask(bench, polling, endpoint, bench.limits.answerWithinMs);
    check(SERVES, verdict === "serves", { endpoint, verdict });
  }
}

async function stopped(bench: Bench): Promise<void> {
  const { polling, endpoints } = await begin(bench);
  const [ill] = endpoints;
  if (ill === undefined) return;
  await bench.capability("stopServing")(bench.harness, ill);
  await mustNotServe(bench, polling, ill, "stopped serving");
  let unwell = endpoints.filter(({ host, port }) => host !== ill.host || port !== ill.port);
  // The others may first have to choose a new leader.
  const recovered = await eventually(async () => {
    const verdicts = await Promise.all(unwell.map((other) => ask(bench, polling, other)));
    unwell = unwell.filter((_, index) => verdicts[index] !== "serves");
    return unwell.length === 0;
  }, bench.limits.answerWithinMs);
  check(SERVES, recovered, { "does not serve": listOf(unwell), "although only this one was stopped": listOf([ill]) });
}

async function nobody(bench: Bench): Promise<void> {
  const { polling, endpoints } = await begin(bench);
  const at = (port: number): Endpoint => ({ ...endpoints[0], id: "nobody", host: "127.0.0.1", port });
  const [stranger, silent] = [await bench.peer(says("what is this?\n")), await bench.peer(silence)];
  await mustNotServe(bench, polling, at(await bench.deadPort()), "refuses connections");
  await mustNotServe(bench, polling, at(stranger.port), "is somebody else");
  await mustNotServe(bench, polling, at(silent.port), "accepts and stays silent");
  polling.stop();
  const left = await within(silent.idle(), bench.limits.settleWithinMs);
  check(STOPS, left !== LATE, { "connections left": silent.open });
}

async function mustNotServe(bench: Bench, polling: Polling, endpoint: Endpoint, what: string): Promise<void> {
  const verdict = await ask(bench, polling, endpoint);
  check(DOES_NOT, verdict !== "serves", { "a member that": what, endpoint, verdict });
  check(STOPS, verdict !== "goes on", { "a member that": what, endpoint, verdict });
}

async function begin(bench: Bench): Promise<{ readonly polling: Polling; readonly endpoints: readonly Endpoint[] }> {
  const polling = bench.poll();
  return { polling, endpoints: answered(SERVES, await polling.ask()).endpoints };
}

/** Listed is not serving. */
export const probe: readonly SourceCase[] = [
  { facet, name: "of every member of a healthy cluster", needs: "stopServing", run: healthy },
  { facet, name: "of a member that stopped serving", needs: "stopServing", run: stopped },
  { facet, name: "where nobody is, or somebody else, or nobody who speaks", needs: "stopServing", run: nobody },
];
