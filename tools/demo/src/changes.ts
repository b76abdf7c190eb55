import type { Diff, Endpoint } from "@rollcall/core";
import type { Membership } from "./cast.js";

/** Tells, one line each, who joins and leaves what the clients use, and when the poller's state or error changes; until the feed closes. */
export function followChanges(membership: Membership, tell: (line: string) => void): void {
  const name = `poller of ${membership.member}s`;
  let before = `${name}: pending`;
  membership.poller.subscribe({
    update: (_snapshot, diff) => {
      for (const line of changeLines(diff, membership)) tell(line);
    },
    status: ({ state, error }) => {
      const now = `${name}: ${state}${error === undefined ? "" : `, ${error.code}`}`;
      if (now !== before && state !== "closed") tell(now);
      before = now;
    },
  });
}

/** One line per member that joined, left, moved or is not what it was. */
export function changeLines(
  { added, removed, changed }: Diff,
  { member, originals }: Pick<Membership, "member" | "originals">,
): readonly string[] {
  const name = (endpoint: Endpoint): string => {
    const address = addressOf(endpoint);
    return `${address} (${originals.includes(address) ? "original" : "new"})`;
  };
  return [
    ...added.map((endpoint) => `+ ${member} ${name(endpoint)} joined`),
    ...removed.map((endpoint) => `- ${member} ${name(endpoint)} left`),
    ...changed.map(([from, to]) => {
      const now = addressOf(from) === addressOf(to) ? newAttributes(from, to) : name(to);
      return `~ ${member} ${name(from)} is now ${now}`;
    }),
  ];
}

function addressOf({ host, port }: Endpoint): string {
  return `${host}:${port}`;
}

function newAttributes({ attributes: before = {} }: Endpoint, { attributes: after = {} }: Endpoint): string {
  const names = Object.keys({ ...before, ...after }).filter((name) => before[name] !== after[name]);
  return names.map((name) => `${name}: ${after[name] ?? "none"}`).join(", ");
}
