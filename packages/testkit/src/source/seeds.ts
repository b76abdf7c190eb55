import type { Endpoint } from "@rollcall/core";
import { check, type Rule } from "../rule.js";
import { answered, type Bench, type SourceCase } from "./bench.js";
import { missing } from "./listed.js";
import { passesOn, says, silence } from "./peer.js";

const facet = "works with all seeds but one dead";

const ANY_SEED: Rule = {
  rule: "one seed that answers is enough, whatever the others do and wherever it stands among them",
  why: "lists of seeds grow old; a client that starts while some of them are gone or frozen would not start",
};
const ANY_ADDRESS: Rule = {
  rule: "a seed may be an address that the cluster does not list: a load balancer, a forwarded port, a name",
  why: "that is what seeds are, mostly; the members' own addresses come and go",
};
const SEEDS_FOR_EVER: Rule = {
  rule: "when nobody known answers, the seeds are asked in the same poll, for ever",
  why: "after an outage in which every member got a new address only the seeds (DNS names, mostly) lead back",
};

async function forwarded(bench: Bench): Promise<void> {
  const forward = await bench.peer(passesOn(living(bench), Number.POSITIVE_INFINITY, () => undefined));
  const { endpoints } = answered(ANY_ADDRESS, await bench.poll().ask());
  const absent = missing(endpoints, answered(ANY_ADDRESS, await bench.poll([forward.seed]).ask()).endpoints);
  bench.mustHaveReached(forward);
  check(ANY_ADDRESS, absent === undefined, { missing: absent });
}

async function refusing(bench: Bench): Promise<void> {
  const dead = [await bench.deadSeed(), await bench.deadSeed()];
  await onlyOneOf(bench, [...dead, living(bench)]);
  await onlyOneOf(bench, [living(bench), ...dead]);
}

async function silent(bench: Bench): Promise<void> {
  const frozen = [await bench.peer(silence), await bench.peer(silence)].map(({ seed }) => seed);
  await onlyOneOf(bench, [...frozen, living(bench)]);
}

async function mad(bench: Bench): Promise<void> {
  const strangers = [await bench.peer(says("what is this?\n")), await bench.peer(says(""))].map(({ seed }) => seed);
  await onlyOneOf(bench, [...strangers, living(bench)]);
}

async function onlyOneOf(bench: Bench, seeds: readonly string[]): Promise<void> {
  await bench.mustUseSeeds();
  const whole = answered(ANY_SEED, await bench.poll().ask());
  const absent = missing(whole.endpoints, answered(ANY_SEED, await bench.poll(seeds).ask()).endpoints);
  check(ANY_SEED, absent === undefined, { seeds, missing: absent });
}

function living(bench: Bench): string {
  return bench.harness.seeds[0] ?? "";
}

async function knownAreGone(bench: Bench): Promise<void> {
  const { endpoints } = answered(SEEDS_FOR_EVER, await bench.poll().ask());
  const gone: Endpoint[] = [];
  for (const endpoint of endpoints) gone.push({ ...endpoint, host: "127.0.0.1", port: await bench.deadPort() });
  const absent = missing(endpoints, answered(SEEDS_FOR_EVER, await bench.poll().ask(gone)).endpoints);
  check(SEEDS_FOR_EVER, absent === undefined, { missing: absent });
}

/** Seeds grow old, and are all that is left in the end. */
export const seeds: readonly SourceCase[] = [
  { facet, name: "when the others refuse", needs: "severalSeeds", run: refusing },
  { facet, name: "when the others accept and stay silent", needs: "severalSeeds", run: silent },
  { facet, name: "when the others are somebody else", needs: "severalSeeds", run: mad },
  { facet, name: "when it leads to a member by another address", run: forwarded },
  { facet, name: "when everybody known is gone", run: knownAreGone },
];
