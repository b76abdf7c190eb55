import type { Outcome, Replaced } from "./story.js";
import { tableLines } from "./table.js";

/** What the story proved, or why it did not: every reason in one line; none = everything as promised. */
export function problems({ words, clients, control, memberships }: Outcome): readonly string[] {
  const wrong: readonly (readonly [boolean, string])[] = [
    ...clients.flatMap(({ kind, acknowledged, failed, lost }) => [
      [acknowledged === 0, `${kind}: wrote nothing`] as const,
      [lost > 0, `${kind}: ${lost} acknowledged ${words.write}s are missing`] as const,
      ...failed.map((failure) => [true, `${kind}: ${failure}`] as const),
    ]),
    [control.acknowledged === 0, "the control never worked, so its death proves nothing"],
    [!control.dead, "the control did not die, so this run proves nothing"],
    ...memberships.flatMap(({ member, before, after, inUse }) => {
      const left = before.filter((address) => after.includes(address));
      return [
        [left.length > 0, `still there: ${left.join(", ")}`] as const,
        [!sameSet(after, inUse), `the poller of ${member}s believes in ${inUse.join(", ")}`] as const,
      ];
    }),
  ];
  return wrong.filter(([is]) => is).map(([, reason]) => reason);
}

/** The summary in lines; the last one says how many writes failed for good. */
export function summaryLines(outcome: Outcome): readonly string[] {
  const { words, clients, control, memberships } = outcome;
  const rows = clients.map(({ kind, acknowledged, failed, again, longestMs, lost }) => [
    kind,
    acknowledged,
    failed.length,
    again,
    `${longestMs} ms`,
    lost,
  ]);
  return [
    ...tableLines(["client", "writes", "failed", words.again, words.longest, "lost"], rows),
    ...memberships.flatMap(membershipLines),
    `control (${control.kind}) dead: ${control.dead ? "yes" : "no"}, ${control.acknowledged} writes, ${control.failed.length} failed`,
    ...problems(outcome).map((reason) => `problem: ${reason}`),
    `failed: ${clients.reduce((sum, { failed }) => sum + failed.length, 0)}`,
  ];
}

function membershipLines({ member, before, after }: Replaced): readonly string[] {
  return [`${member}s before: ${before.join(", ")}`, `${member}s after:  ${after.join(", ")}`];
}

function sameSet(some: readonly string[], others: readonly string[]): boolean {
  return [...some].sort().join() === [...others].sort().join();
}
