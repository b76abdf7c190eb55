import { check, type Rule } from "../rule.js";
import { answered, type Bench, type SourceCase } from "./bench.js";
import { difference } from "./listed.js";

const facet = "two polls of an idle cluster are equal";

const SAME_ENDPOINTS: Rule = {
  rule: "while the cluster does not change, every poll lists the same endpoints: same ids, addresses and attributes",
  why: "every difference is a new version, and clients close and open connections for it at every poll",
};
const SAME_METADATA: Rule = {
  rule: "while the cluster does not change, sameMetadata() does not say that it did (leave out what differs by who answers, and when)",
  why: "false publishes a new version, and every sink with metadata: true is called at every poll for nothing",
};
const SAME_IDS: Rule = {
  rule: "ids are the members' own: another source on the same cluster gives the same",
  why: "after a restart nobody recognises the stored endpoints, and two processes cannot speak of the same member",
};

/** Enough for a source that goes round the members to have asked each of a small cluster. */
const POLLS = 5;

async function staysEqual(bench: Bench): Promise<void> {
  const polling = bench.poll();
  let before = answered(SAME_ENDPOINTS, await polling.ask());
  for (let poll = 2; poll <= POLLS; poll += 1) {
    const after = answered(SAME_ENDPOINTS, await polling.ask(before.endpoints));
    const news = difference(before.endpoints, after.endpoints);
    check(SAME_ENDPOINTS, news === undefined, { poll, news });
    const same = polling.source.sameMetadata?.(before.metadata, after.metadata);
    check(SAME_METADATA, same !== false, { poll, before: before.metadata, after: after.metadata });
    before = after;
  }
}

async function sameForOthers(bench: Bench): Promise<void> {
  const [one, other] = [bench.poll(), bench.poll()];
  const { endpoints } = answered(SAME_IDS, await one.ask());
  const news = difference(endpoints, answered(SAME_IDS, await other.ask()).endpoints);
  check(SAME_IDS, news === undefined, { "another source says": news });
}

/** Nothing happens, so nothing is said. */
export const idle: readonly SourceCase[] = [
  { facet, name: "by what they list, and by what sameMetadata() makes of them", run: staysEqual },
  { facet, name: "for another source as well", run: sameForOthers },
];
