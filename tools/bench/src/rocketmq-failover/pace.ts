/** How fast clients and Rollcall look, on which everything else depends. */
export interface Pace {
  /** How often a client asks for routes, in milliseconds. */
  readonly clientPollMs: number;
  /** How often the Java client looks up its nameservers, in milliseconds. */
  readonly javaLookUpMs: number;
  /** Whether the Java client must be told to: by itself it does every 120 000 ms, whatever its settings. */
  readonly tellJava: boolean;
  /** How often Rollcall polls, in milliseconds. */
  readonly rollcallMs: number;
  /** Until all clients must have sent something, in milliseconds. */
  readonly beginMs: number;
  /** Who is back has had acknowledgements and no failure for so long at the end, in milliseconds. */
  readonly quietMs: number;
}

/** Clients as they are by themselves. */
export const FULL: Pace = {
  clientPollMs: 30_000,
  javaLookUpMs: 120_000,
  tellJava: false,
  rollcallMs: 3_000,
  beginMs: 60_000,
  quietMs: 2_000,
};

/** Everything ten times as fast, and Java's timer forty times. */
export const SHORT: Pace = { clientPollMs: 3_000, javaLookUpMs: 3_000, tellJava: true, rollcallMs: 300, beginMs: 60_000, quietMs: 2_000 };

/** How much longer than one poll of a client it takes until all clients have polled. */
const SURELY = 5 / 3;

/** Until every client has looked at the routes again that can, in milliseconds. */
export function settleMs({ clientPollMs }: Pace): number {
  return SURELY * clientPollMs;
}

/** How long after the list has changed every client must be back, and some more, in milliseconds: 160 s at full length. */
export function watchMs({ javaLookUpMs, clientPollMs }: Pace): number {
  return javaLookUpMs + (4 / 3) * clientPollMs;
}
