import { ConformanceError, check, type Rule } from "../rule.js";
import { answered, type Bench, type SourceCase } from "./bench.js";
import { difference, endpointProblem, listOf, missing } from "./listed.js";
import { passesOn, passesOnInPieces } from "./peer.js";

const facet = "lists the members";

const USABLE: Rule = {
  rule: "an answer lists endpoints that can be used: an id, a host without brackets, a port from 1 to 65535, flat attributes",
  why: "the poller drops every other entry, so that member is never called",
};
const UNIQUE: Rule = {
  rule: "an answer lists every id once",
  why: "of two endpoints with one id the poller keeps the first and drops the other, so a member is never called",
};
const PURE: Rule = {
  rule: "endpoints() is pure: the same answer gives the same endpoints, and stays as it is",
  why: "poller, store and sinks read the same answer; if it changes under them, clients hear of changes that never happened",
};
const DOWN: Rule = {
  rule: "unavailable() is pure, and names members that endpoints() lists",
  why: "it sets members aside: an id that is not listed says nothing to the poller, and whoever was meant is used although it is down",
};
const PLAIN: Rule = {
  rule: "an answer is plain JSON data (64-bit ids as texts): read back from JSON it says the same",
  why: "snapshots are logged, stored for a restart and sent to workers; what JSON loses is lost there, what it refuses throws there",
};
const KEY: Rule = {
  rule: "key names what is asked: a text, the same for every source that is made alike",
  why: "logs, errors and stored snapshots are found by it, also after a restart",
};

const PIECES: Rule = {
  rule: "an answer that arrives in pieces, of one byte even, is the same answer",
  why: "TCP keeps no boundaries: what is one piece on loopback is several on a network, and as soon as the cluster has grown",
};

async function usable(bench: Bench): Promise<void> {
  const { endpoints } = answered(USABLE, await bench.poll().ask());
  for (const endpoint of endpoints) {
    const problem = endpointProblem(endpoint);
    check(USABLE, problem === undefined, { endpoint, problem });
  }
  check(UNIQUE, new Set(endpoints.map(({ id }) => id)).size === endpoints.length, { listed: listOf(endpoints) });
}

async function pure(bench: Bench): Promise<void> {
  const polling = bench.poll();
  const { metadata, endpoints } = answered(PURE, await polling.ask());
  const before = printed(metadata);
  const again = difference(endpoints, [...polling.source.endpoints(metadata)]);
  check(PURE, again === undefined, { "the second reading": again });
  check(PURE, printed(metadata) === before, { before, after: printed(metadata) });
}

async function down(bench: Bench): Promise<void> {
  const polling = bench.poll();
  const { metadata, endpoints } = answered(DOWN, await polling.ask());
  const before = printed(metadata);
  const read = (): readonly string[] => [...(polling.source.unavailable?.(metadata) ?? [])].sort();
  const [ids, again] = [read(), read()];
  const listed = new Set(endpoints.map(({ id }) => id));
  const strangers = ids.filter((id) => !listed.has(id));
  check(DOWN, strangers.length === 0, { "not listed": strangers, listed: [...listed] });
  check(DOWN, ids.join() === again.join() && printed(metadata) === before, { ids, "the second reading": again });
}

async function plain(bench: Bench): Promise<void> {
  const polling = bench.poll();
  const { metadata, endpoints } = answered(PLAIN, await polling.ask());
  try {
    const copy: unknown = JSON.parse(JSON.stringify(metadata));
    const lost = difference(endpoints, [...polling.source.endpoints(copy)]);
    check(PLAIN, lost === undefined, { lost });
    check(PLAIN, polling.source.sameMetadata?.(metadata, copy) !== false, { "sameMetadata(answer, copy)": false });
  } catch (error) {
    throw error instanceof ConformanceError ? error : new ConformanceError(PLAIN, { error }, error);
  }
}

async function key(bench: Bench): Promise<void> {
  const { seeds } = bench.harness;
  const keys = [bench.poll(seeds).source.key, bench.poll(seeds).source.key];
  check(KEY, typeof keys[0] === "string" && keys[0] !== "" && keys[0] === keys[1], { keys });
}

async function inPieces(bench: Bench): Promise<void> {
  const seed = bench.harness.seeds[0] ?? "";
  const apart = await bench.peer(passesOnInPieces(seed));
  const atOnce = await bench.peer(passesOn(seed, Number.POSITIVE_INFINITY, () => undefined));
  const whole = await bench.poll([atOnce.seed]).ask();
  const polling = bench.poll([apart.seed]);
  const first = await polling.ask();
  // On a busy machine so many pieces may take longer than a source has patience; the next time fewer things are new to it.
  const outcome = first.kind === "error" && first.error.code === "TIMEOUT" ? await polling.ask() : first;
  bench.mustHaveReached(apart);
  if (whole.kind !== "answer") return; // that a seed may be any address is another rule
  const absent = missing(whole.endpoints, answered(PIECES, outcome).endpoints);
  check(PIECES, absent === undefined, { missing: absent });
}

/** An answer as text, with the numbers that JSON refuses: they are another rule's business. */
function printed(metadata: unknown): string {
  return JSON.stringify(metadata, (_name, value: unknown) => (typeof value === "bigint" ? `${value}n` : value));
}

/** What every answer has to be. */
export const listsMembers: readonly SourceCase[] = [
  { facet, name: "as endpoints that a client can use, each id once", run: usable },
  { facet, name: "from an answer that endpoints() does not change", run: pure },
  { facet, name: "and reports as down only whom it lists", run: down },
  { facet, name: "in plain JSON data", run: plain },
  { facet, name: "although the answer arrives in pieces", run: inPieces },
  { facet, name: "under a key that stays the same", run: key },
];
