import { listedBy } from "./model-belief.js";
import { Evidence } from "./model-evidence.js";
import type { Check } from "./model-invariants.js";
import { type Life, PROBE_TIMEOUT_MS, RECHECK_MS, type Version } from "./model-life.js";
import type { Probe } from "./model-source.js";

const AT_ONCE = 16;
/** Within this time whatever made somebody worth asking is dealt with: eight rechecks, give or take a tenth, and the last probe. */
const AT_REST_AFTER_MS = 8.8 * RECHECK_MS + 2 * PROBE_TIMEOUT_MS;

/** Who is used and who is not follows from what probes and reports said; nobody is asked without reason. */
export function standingInvariants(life: Life): Check {
  const evidence = new Evidence(life);
  return function* () {
    for (const version of life.versions.fresh) {
      const before = life.versions.all[version.snapshot.version - 2];
      yield* splitsTheListed(version);
      yield* reportedAreAside(version);
      yield* setAsideForAReason(life, version, before, evidence);
      yield* usedAgainForAReason(life, version, evidence);
      if (before !== undefined && life.kind.probing) yield* newcomersWait(version, before, evidence);
    }
    for (const probe of life.source.asked.fresh) yield* askedForAReason(life, probe);
  };
}

function* splitsTheListed({ snapshot, aside }: Version): Iterable<string> {
  const { version, endpoints } = snapshot;
  const ids = (list: readonly { readonly id: string }[]): string => list.map(({ id }) => id).join(" ");
  if (ids(aside) !== ids(snapshot.aside)) yield `status says that ${ids(aside)} are aside, version ${version} says ${ids(snapshot.aside)}`;
  if (new Set(listedBy(snapshot).map(({ id }) => id)).size < listedBy(snapshot).length) yield `somebody is in version ${version} twice`;
  if (endpoints.length === 0 && snapshot.aside.length > 0) yield `nobody is left in version ${version}`;
}

/** Whoever the last full answer reports as down is aside, and nobody else for that reason; unless everybody is reported. */
function* reportedAreAside({ snapshot, aside, madeBy }: Version): Iterable<string> {
  if (madeBy !== "full") return;
  const listed = listedBy(snapshot);
  const down = listed.filter(({ id }) => snapshot.metadata.down?.includes(id)).map(({ id }) => id);
  const expected = down.length === listed.length ? "" : down.join(" ");
  const actual = aside.filter(({ reason }) => reason === "reported");
  if (actual.map(({ id }) => id).join(" ") !== expected)
    yield `reported as down are ${expected}, but version ${snapshot.version} says otherwise`;
}

function* setAsideForAReason(life: Life, version: Version, before: Version | undefined, evidence: Evidence): Iterable<string> {
  const known = new Map(before && listedBy(before.snapshot).map((endpoint) => [endpoint.id, endpoint]));
  const wasAside = new Set(before?.aside.map(({ id }) => id));
  for (const { id, reason } of version.aside) {
    if (reason !== "reported" && !life.kind.probing) yield `${id} is aside, though nobody can be asked`;
    if (wasAside.has(id) || reason === "reported") continue;
    if (reason === "newcomer") {
      if (known.has(id)) yield `${id} is set aside as a newcomer, but was listed before`;
    } else if (!evidence.convicts(id, version))
      yield `${id} is set aside as ${reason} in version ${version.snapshot.version} without evidence`;
  }
}

function* usedAgainForAReason(life: Life, version: Version, evidence: Evidence): Iterable<string> {
  const { snapshot, aside, madeBy } = version;
  const isLastResort = aside.every(({ reason }) => reason === "reported") && madeBy !== "verdict";
  for (const { id, reason } of asideBefore(life, version)) {
    if (!snapshot.endpoints.some((endpoint) => endpoint.id === id) || isLastResort) continue;
    if (reason === "reported" ? madeBy === "full" : !evidence.forbids(id, version)) continue;
    yield `${id} is used again in version ${snapshot.version} without evidence`;
  }
}

/** Who was aside when this version was made; a reason may change without a new version. */
function asideBefore({ versions, polls }: Life, { snapshot, order }: Version): Version["aside"] {
  const version = versions.all[snapshot.version - 2];
  const ended = polls.all.findLast((poll) => poll.ended !== undefined && poll.ended.order < order)?.ended;
  return (ended && ended.order > (version?.order ?? 0) ? ended : version)?.aside ?? [];
}

/** A newcomer is not used before it has answered, unless there is nobody else, or probes prove nothing at the moment. */
function* newcomersWait({ snapshot, order }: Version, before: Version, evidence: Evidence): Iterable<string> {
  const old = new Set(listedBy(before.snapshot).map(({ id }) => id));
  const used = new Set(before.snapshot.endpoints.map(({ id }) => id));
  if (!snapshot.endpoints.some(({ id }) => used.has(id)) || evidence.nobodyAnswers(order)) return;
  const newcomer = snapshot.endpoints.find(({ id }) => !old.has(id));
  if (newcomer !== undefined) yield `${newcomer.id} is used at once in version ${snapshot.version}`;
}

function* askedForAReason(life: Life, probe: Probe): Iterable<string> {
  const { endpoint, at, order, awake, atOnce } = probe;
  const version = life.versions.all.findLast((published) => published.order < order);
  const listed = version && listedBy(version.snapshot).some((member) => member === endpoint);
  if (life.source.isStorm(probe)) yield `${endpoint.id} is asked again and again at one moment`;
  if (!awake) yield `${endpoint.id} is asked while nobody listens`;
  if (atOnce > AT_ONCE) yield `${atOnce} are asked at once`;
  if (!life.kind.probing) yield `${endpoint.id} is asked, though nobody may be`;
  if (!listed) yield `${endpoint.id} at ${endpoint.host} is asked, but is not listed`;
  if (version?.aside.some(({ id, reason }) => id === endpoint.id && reason === "reported"))
    yield `${endpoint.id} is asked, though it is reported`;
  if (life.kind.everyMs === undefined && version?.aside.length === 0 && at > lastCause(life, probe) + AT_REST_AFTER_MS)
    yield `${endpoint.id} is asked at rest`;
}

/** When anything last happened that makes members worth asking. */
function lastCause({ versions, source, suspicions, jumps }: Life, before: Probe): number {
  const published = versions.all.findLast(({ order }) => order < before.order)?.at ?? 0;
  const suspected = suspicions.findLast(({ order }) => order < before.order)?.at ?? 0;
  const failed = source.asked.all.findLast(
    ({ order, settled, aborted }) => order < before.order && (aborted !== undefined || settled?.answered !== true),
  );
  const slept = jumps.findLast(({ order }) => order < before.order)?.at ?? 0;
  const began = source.begins.findLast(({ order }) => order < before.order)?.at ?? 0; // newcomers may have been left unasked before
  return Math.max(published, suspected, slept, began, (failed?.settled ?? failed?.aborted ?? failed)?.at ?? 0);
}
