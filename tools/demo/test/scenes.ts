import type { Words } from "../src/cast.js";
import type { LoadLine, MembershipLines, Scene } from "../src/scene.js";

/** As etcd has them. */
export const WORDS: Words = { write: "key", again: "retries", longest: "longest gap" };

/** A client in good health, but for what the test says. */
export function loadLine(change: Partial<LoadLine> = {}): LoadLine {
  return { kind: "client", perSecond: 20, acknowledged: 100, failed: [], again: 1, longestMs: 61, ...change };
}

/** In the middle of the first replacement, 4.2 s into the story. */
export const REPLACING: Scene = {
  words: WORDS,
  elapsedMs: 4_210,
  memberships: [
    {
      member: "member",
      poller: { state: "fresh", version: 2, nextPollInMs: 29_600 },
      members: [
        { address: "127.0.0.1:1001", original: true, inUse: true, listed: false },
        { address: "127.0.0.1:1002", original: true, inUse: true, listed: true },
        { address: "127.0.0.1:1003", original: false, inUse: true, listed: true },
        { address: "127.0.0.1:1004", original: false, inUse: false, listed: true },
      ],
    },
  ],
  clients: [loadLine({ kind: "one" }), loadLine({ kind: "two", failed: ["key, attempt 3: gone"] })],
  control: loadLine({ kind: "alone", perSecond: 0, acknowledged: 90, failed: ["a", "b"] }),
};

/** Brokers of RocketMQ, of which the second is new, while their poller asks. */
export const BROKERS: MembershipLines = {
  member: "broker",
  poller: { state: "stale", version: 3, nextPollInMs: undefined },
  members: [
    { address: "127.0.0.1:2001", original: true, inUse: true, listed: true },
    { address: "127.0.0.1:2002", original: false, inUse: true, listed: true },
  ],
};
