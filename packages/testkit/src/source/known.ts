import { check, type Rule } from "../rule.js";
import { answered, type Bench, type SourceCase } from "./bench.js";
import { missing } from "./listed.js";

const facet = "finds the cluster from known when all seeds are dead";

const KNOWN: Rule = {
  rule: "the known members are asked as well as the seeds",
  why: "members are replaced one by one until no seed is left; a client that asks only those is cut off although it knows everybody",
};

async function fromKnown(bench: Bench): Promise<void> {
  await bench.mustUseSeeds();
  const { endpoints } = answered(KNOWN, await bench.poll().ask());
  const gone = { id: "gone", host: "127.0.0.1", port: await bench.deadPort() };
  const orphan = bench.poll([await bench.deadSeed()]);
  const absent = missing(endpoints, answered(KNOWN, await orphan.ask([gone, ...endpoints])).endpoints);
  check(KNOWN, absent === undefined, { missing: absent });
}

/** What was learned is worth as much as what was given. */
export const known: readonly SourceCase[] = [{ facet, name: "although one of the known is gone, too", needs: "known", run: fromKnown }];
