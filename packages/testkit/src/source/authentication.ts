import { check, type Rule } from "../rule.js";
import { answered, type Bench, type SourceCase, textOf } from "./bench.js";

const facet = "tells an authentication error from a network error";

const NETWORK: Rule = {
  rule: "when nobody can be reached, the poll fails with UNAVAILABLE or TIMEOUT (or with any error that is no DiscoveryError)",
  why: "these are tried again with backoff and ready() waits; after others ready() gives up, and an answer would be believed",
};
const DENIED: Rule = {
  rule: "when the cluster refuses the credentials, the poll fails with a DiscoveryError UNAUTHENTICATED",
  why: "ready() then rejects at once with the true reason; as UNAVAILABLE a wrong password looks like an outage, for ever",
};

async function unreachable(bench: Bench): Promise<void> {
  await bench.mustUseSeeds();
  const outcome = await bench.poll([await bench.deadSeed()]).ask();
  const isNetwork = outcome.kind === "error" && (outcome.error.code === "UNAVAILABLE" || outcome.error.code === "TIMEOUT");
  check(NETWORK, isNetwork, { outcome: textOf(outcome) });
}

async function denied(bench: Bench): Promise<void> {
  const wrong = bench.pollSource(bench.capability("wrongCredentials")(bench.harness));
  const outcome = await wrong.ask();
  check(DENIED, outcome.kind === "error" && outcome.error.code === "UNAUTHENTICATED", { outcome: textOf(outcome) });
  answered(DENIED, await bench.poll().ask());
}

/** Who refuses is not away. */
export const authentication: readonly SourceCase[] = [
  { facet, name: "when nobody can be reached", run: unreachable },
  { facet, name: "when the cluster refuses the credentials", needs: "wrongCredentials", run: denied },
];
