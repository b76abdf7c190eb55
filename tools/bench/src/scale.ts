/** How large and how often everything is measured. */
export interface Scale {
  /** Members per answer. */
  readonly endpoints: readonly number[];
  /** Subscribers per poller; the first is what the others are compared with. */
  readonly sinks: readonly number[];
  /** Endpoints, or calls of sinks, that one timed wave handles in all its pollers together. */
  readonly wave: number;
  /** At most so many pollers in one wave. */
  readonly pollers: number;
  /** Timed runs per round, and as many untimed ones before. */
  readonly iterations: number;
  /** Rounds in which everything that is compared takes its turn. The best one counts: nothing but noise makes a round slower. */
  readonly rounds: number;
  /** Objects whose memory is measured together. */
  readonly objects: number;
  /** Pollers of the herd, and how long it is watched. */
  readonly herd: { readonly pollers: number; readonly minutes: number };
}

/** What `pnpm bench` measures. */
export const FULL: Scale = {
  endpoints: [3, 30, 300, 3_000, 10_000],
  sinks: [1, 10, 100, 1_000, 10_000],
  wave: 6_000,
  pollers: 1_000,
  iterations: 12,
  rounds: 4,
  objects: 20_000,
  herd: { pollers: 10_000, minutes: 10 },
};
