import { check, type Rule } from "../rule.js";
import type { Bench, SourceCase } from "./bench.js";
import { says } from "./peer.js";
import type { Polling } from "./polling.js";

const facet = "keeps its secrets";

const SECRET: Rule = {
  rule: "no secret is in the key or in the message of an error",
  why: "both are made to be logged",
};

async function keepsSecrets(bench: Bench): Promise<void> {
  const mad = await bench.peer(says("what is this?"));
  const pollings = [bench.poll(), bench.poll([await bench.deadSeed()]), bench.poll([mad.seed]), ...refused(bench)];
  const secrets = bench.capability("secrets");
  for (const polling of pollings) {
    const outcome = await polling.ask();
    const texts = [polling.source.key, outcome.kind === "error" ? outcome.error.message : ""];
    const told = secrets.find((secret) => texts.some((text) => text.includes(secret)));
    check(SECRET, told === undefined, { secret: told, "shown in": texts });
  }
}

function refused(bench: Bench): readonly Polling[] {
  return bench.claims("wrongCredentials") ? [bench.pollSource(bench.capability("wrongCredentials")(bench.harness))] : [];
}

/** What was entrusted to the source stays there. */
export const secrets: readonly SourceCase[] = [{ facet, name: "in its key and in its errors", needs: "secrets", run: keepsSecrets }];
