import type { Endpoint } from "./endpoint.js";
import type { Diff } from "./snapshot.js";

const NOTHING: Diff = Object.freeze({ added: Object.freeze([]), removed: Object.freeze([]), changed: Object.freeze([]) });

/** What separates two lists that are sorted by id. Untouched endpoints are recognised by identity. */
export function diffEndpoints(before: readonly Endpoint[], after: readonly Endpoint[]): Diff {
  if (before === after) return NOTHING;
  const added: Endpoint[] = [];
  const removed: Endpoint[] = [];
  const changed: (readonly [Endpoint, Endpoint])[] = [];
  let at = 0;
  for (const next of after) {
    for (let old = before[at]; old !== undefined && old.id < next.id; old = before[++at]) removed.push(old);
    const same = before[at];
    if (same?.id !== next.id) added.push(next);
    else {
      if (same !== next) changed.push(Object.freeze([same, next] as const));
      at += 1;
    }
  }
  for (const old of before.slice(at)) removed.push(old);
  return Object.freeze({ added: Object.freeze(added), removed: Object.freeze(removed), changed: Object.freeze(changed) });
}

/** Whether a diff says that nothing changed. */
export function isEmptyDiff({ added, removed, changed }: Diff): boolean {
  return added.length + removed.length + changed.length === 0;
}

/** {@link diffEndpoints} that remembers its last answer: thousands of sinks that saw the same set share one diff. */
export function rememberingDiff(): typeof diffEndpoints {
  let last: { readonly before: readonly Endpoint[]; readonly after: readonly Endpoint[]; readonly diff: Diff } | undefined;
  return (before, after) => {
    if (last?.before !== before || last.after !== after) last = { before, after, diff: diffEndpoints(before, after) };
    return last.diff;
  };
}
