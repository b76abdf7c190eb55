import type { Diff, Endpoint, EndpointFeed } from "@rollcall/core";

/** Tells, one line each, who joins and leaves what the clients use, and when the poller's state or error changes; until the feed closes. */
export function followChanges(feed: EndpointFeed, originals: readonly string[], tell: (line: string) => void): void {
  let before = "poller: pending";
  feed.subscribe({
    update: (_snapshot, diff) => {
      for (const line of changeLines(diff, originals)) tell(line);
    },
    status: ({ state, error }) => {
      const now = `poller: ${state}${error === undefined ? "" : `, ${error.code}`}`;
      if (now !== before && state !== "closed") tell(now);
      before = now;
    },
  });
}

/** One line per member that joined, left or moved. */
export function changeLines({ added, removed, changed }: Diff, originals: readonly string[]): readonly string[] {
  const name = (endpoint: Endpoint): string => {
    const address = `${endpoint.host}:${endpoint.port}`;
    return `${address} (${originals.includes(address) ? "original" : "new"})`;
  };
  return [
    ...added.map((endpoint) => `+ ${name(endpoint)} joined`),
    ...removed.map((endpoint) => `- ${name(endpoint)} left`),
    ...changed.map(([from, to]) => `~ ${name(from)} is now ${name(to)}`),
  ];
}
