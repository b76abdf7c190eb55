import type { Endpoint } from "@rollcall/core";
import { check, type Rule } from "../rule.js";
import { answered, type Bench, type SourceCase } from "./bench.js";
import { difference } from "./listed.js";
import type { Polling } from "./polling.js";

const facet = "restore refuses garbage";

const TAKES: Rule = {
  rule: "restore() takes back an answer that was written as JSON, and it says the same",
  why: "otherwise a restart during an outage begins with nobody instead of the last good set",
};
const REFUSES: Rule = {
  rule: "restore() throws for what is no stored answer",
  why: "a file that was damaged, or written by another program, would become members that do not exist",
};
const READABLE: Rule = {
  rule: "what restore() lets pass, endpoints() can read",
  why: "a damaged file has to be ignored; let through, it makes every start fail until somebody deletes it",
};

/** What nobody has ever stored. */
const GARBAGE: readonly unknown[] = [undefined, null, true, 7, "", "text", [7], [null], [[]], { members: 7 }, { version: 1 }];
/** What takes the place of one part of a stored answer. */
const DAMAGE: readonly unknown[] = [null, 7, "no address", [null], {}];

type Restored =
  | { readonly kind: "refused" | "unreadable"; readonly error: unknown }
  | { readonly kind: "restored"; readonly metadata: unknown; readonly endpoints: readonly Endpoint[] };

async function takes(bench: Bench): Promise<void> {
  const polling = bench.poll();
  const { metadata, endpoints } = answered(TAKES, await polling.ask());
  const restored = restore(polling, JSON.parse(JSON.stringify(metadata)));
  check(TAKES, restored.kind === "restored", { restored });
  const lost = difference(endpoints, restored.endpoints);
  check(TAKES, lost === undefined, { lost });
  check(TAKES, polling.source.sameMetadata?.(metadata, restored.metadata) !== false, { "sameMetadata(answer, restored)": false });
}

async function refuses(bench: Bench): Promise<void> {
  const polling = bench.poll();
  answered(REFUSES, await polling.ask());
  for (const stored of GARBAGE) {
    const restored = restore(polling, stored);
    check(REFUSES, restored.kind === "refused", { stored, restored });
  }
}

async function readable(bench: Bench): Promise<void> {
  const polling = bench.poll();
  const { metadata } = answered(READABLE, await polling.ask());
  for (const stored of damaged(JSON.parse(JSON.stringify(metadata)), 2)) {
    const restored = restore(polling, stored);
    check(READABLE, restored.kind !== "unreadable", { stored, restored });
  }
}

function restore({ source }: Polling, stored: unknown): Restored {
  let metadata: unknown;
  try {
    if (source.restore === undefined) return { kind: "unreadable", error: new Error("the source has no restore") };
    metadata = source.restore(stored);
  } catch (error) {
    return { kind: "refused", error };
  }
  try {
    return { kind: "restored", metadata, endpoints: [...source.endpoints(metadata)] };
  } catch (error) {
    return { kind: "unreadable", error };
  }
}

/** Copies of a value in each of which one part, so deep at most, is something else; of a list only the first element. */
function damaged(value: unknown, depth: number): readonly unknown[] {
  if (depth === 0 || typeof value !== "object" || value === null) return DAMAGE;
  const parts = Array.isArray(value) ? Object.entries(value).slice(0, 1) : Object.entries(value);
  return parts.flatMap(([name, part]) =>
    damaged(part, depth - 1)
      .concat(DAMAGE)
      .map((wrong) => (Array.isArray(value) ? [wrong, ...value.slice(1)] : { ...value, [name]: wrong })),
  );
}

/** What was written once is read with care. */
export const restoring: readonly SourceCase[] = [
  { facet, name: "and takes back what was stored", needs: "restore", run: takes },
  { facet, name: "that is no answer at all", needs: "restore", run: refuses },
  { facet, name: "that was an answer and is damaged", needs: "restore", run: readable },
];
