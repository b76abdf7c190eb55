import type { Endpoint } from "@rollcall/core";
import { check, type Rule } from "../rule.js";
import { answered, type Bench, type SourceCase, textOf } from "./bench.js";
import { missing } from "./listed.js";
import { passesOn } from "./peer.js";
import type { Outcome } from "./polling.js";

const facet = "never a partial list in silence";

const WHOLE: Rule = {
  rule: "an answer is whole, or the poll fails: reject rather than return what came so far",
  why: "members that are missing are removed: half a list takes half of a healthy cluster out of use",
};

/** At how many places an answer is cut: enough for every frame of a small one. */
const CUTS = 16;

async function cut(bench: Bench): Promise<void> {
  const seed = bench.harness.seeds[0] ?? "";
  const whole = answered(WHOLE, await bench.poll().ask()).endpoints;
  let size = 0;
  const through = await bench.peer(
    passesOn(seed, Number.POSITIVE_INFINITY, (bytes) => {
      size += bytes;
    }),
  );
  await bench.poll([through.seed]).ask();
  bench.mustHaveReached(through);
  const places = new Set(Array.from({ length: CUTS }, (_, place) => Math.floor((place * size) / CUTS)).concat(Math.max(0, size - 1)));
  await Promise.all([...places].map((most) => cutAt(bench, seed, most, whole, size)));
}

async function cutAt(bench: Bench, seed: string, most: number, whole: readonly Endpoint[], size: number): Promise<void> {
  const peer = await bench.peer(passesOn(seed, most, () => undefined));
  isWhole(whole, await bench.poll([peer.seed]).ask(), { "the connection ended": `after ${most} of about ${size} bytes` });
}

async function fromHalf(bench: Bench): Promise<void> {
  const before = answered(WHOLE, await bench.poll().ask()).endpoints;
  const seeds = await bench.capability("partial")(bench.harness);
  // The others may know more by now: of a member that was cut off before the cluster grew, the old list is the part.
  const others = bench.harness.seeds.filter((seed) => !seeds.includes(seed));
  const now = others.length === 0 ? undefined : await bench.poll(others).ask();
  const whole = now?.kind === "answer" ? [...before, ...now.endpoints] : before;
  isWhole(whole, await bench.poll(seeds).ask(), { "asked at": seeds });
}

function isWhole(whole: readonly Endpoint[], outcome: Outcome, seen: Readonly<Record<string, unknown>>): void {
  check(WHOLE, outcome.kind !== "deaf", { ...seen, outcome: textOf(outcome) });
  if (outcome.kind === "answer") {
    const absent = missing(whole, outcome.endpoints);
    check(WHOLE, absent === undefined, { ...seen, missing: absent });
  }
}

/** Less than everything is nothing. */
export const partial: readonly SourceCase[] = [
  { facet, name: "when the connection ends in the middle of an answer", run: cut },
  { facet, name: "when the cluster itself knows only a part", needs: "partial", run: fromHalf },
];
