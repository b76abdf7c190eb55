import type { Endpoint } from "../../src/index.js";
import { type Life, PROBE_TIMEOUT_MS, type Version } from "./model-life.js";
import type { Probe } from "./model-source.js";

/** Silence shorter than this proves nothing. */
const PATIENCE_MS = 100;
/** Probes that begin within this time are sent together. */
const TOGETHER_MS = 20;
/** Sums of fractions of milliseconds differ in the last bits. */
const ROUNDING_MS = 1e-3;

/** How a probe had ended by some moment. `nothing`: it was called off, or its end came so late that this process must have slept. */
type Finding = "answered" | "failed" | "silent" | "nothing";

/**
 * What the probes prove, by the one rule: a failure counts if another member answered a probe that was sent together with it, or that
 * overlapped it in time.
 */
export class Evidence {
  readonly #life: Life;

  constructor(life: Life) {
    this.#life = life;
  }

  /** Whether a member's last probe may count against it when this version is made. */
  convicts(id: string, version: Version): boolean {
    const probe = this.#lastProbe(id, version);
    const finding = probe && this.#finding(probe, version.order);
    if (probe === undefined || (finding !== "failed" && finding !== "silent")) return false;
    if (finding === "silent" && version.at < probe.at + PATIENCE_MS - ROUNDING_MS) return false;
    const end = endOf(probe, version.order)?.at ?? version.at;
    return this.#answers(version.order).some(({ by, probe: witness, at }) => {
      return by !== id && (Math.abs(witness.at - probe.at) <= TOGETHER_MS || (witness.at <= end && probe.at <= at));
    });
  }

  /** Whether a member that is aside must stay there: it has not answered yet, or others answered when it did not. */
  forbids(id: string, version: Version): boolean {
    const { order, at } = version;
    const asked = this.#life.source.asked.all.filter((probe) => probe.order < order && probe.endpoint.id === id);
    // What has just begun does not count: the decision follows from what ended before it.
    const probe = asked.findLast((candidate) => candidate.at < at || endOf(candidate, order) !== undefined);
    if (probe === undefined || probe.endpoint !== memberOf(version, id)) return false;
    const end = endOf(probe, order);
    if (end === undefined) return true;
    const failed = ["failed", "silent"].includes(this.#finding(probe, order));
    return (
      failed &&
      this.#answers(order).some(({ by, probe: witness, order: answered }) => {
        return by !== id && witness.at === probe.at && witness.order < end.order && probe.order < answered;
      })
    );
  }

  #lastProbe(id: string, version: Version): Probe | undefined {
    const probe = this.#life.source.asked.all.findLast((asked) => asked.order < version.order && asked.endpoint.id === id);
    return probe?.endpoint === memberOf(version, id) ? probe : undefined;
  }

  /** Whether somebody has failed since anybody answered, so that probes may prove nothing. */
  nobodyAnswers(order: number): boolean {
    const answered = this.#answers(order).reduce((last, { order: at }) => Math.max(last, at), 0);
    return this.#life.source.asked.all.some((probe) => {
      const end = endOf(probe, order);
      return end !== undefined && end.order > answered && this.#finding(probe, order) !== "answered";
    });
  }

  #answers(order: number): readonly { readonly by: string; readonly probe: Probe; readonly at: number; readonly order: number }[] {
    return this.#life.source.asked.all.flatMap((probe) => {
      const end = endOf(probe, order);
      if (end === undefined || this.#finding(probe, order) !== "answered") return [];
      return [{ by: probe.endpoint.id, probe, at: end.at, order: end.order }];
    });
  }

  #finding(probe: Probe, order: number): Finding {
    const end = endOf(probe, order);
    const tookMs = (end?.at ?? this.#life.time.now()) - probe.at;
    if (end === undefined) return this.#slept(probe, order) ? "nothing" : "silent";
    if (end === probe.settled) return probe.settled.answered ? "answered" : tookMs > 1.5 * PROBE_TIMEOUT_MS ? "nothing" : "failed";
    return tookMs < PROBE_TIMEOUT_MS - ROUNDING_MS || this.#slept(probe, end.order) ? "nothing" : "silent";
  }

  #slept(probe: Probe, until: number): boolean {
    return this.#life.jumps.some(({ order }) => probe.order < order && order < until);
  }
}

/** What came first, of what had come by then: the member's word, or that it was not wanted any more. */
function endOf({ settled, aborted }: Probe, order: number): Probe["settled"] | Probe["aborted"] {
  const end = aborted ?? settled;
  return end !== undefined && end.order < order ? end : undefined;
}

function memberOf({ snapshot }: Version, id: string): Endpoint | undefined {
  return [...snapshot.endpoints, ...snapshot.aside].find((endpoint) => endpoint.id === id);
}
