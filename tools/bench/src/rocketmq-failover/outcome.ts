import type { RocketmqProducer, SendReport } from "@rollcall/testbed";

/** What became of the sends of one client. */
export interface Outcome {
  readonly ok: number;
  /** Before the old brokers died, though everything else had been replaced. */
  readonly failedBefore: number;
  readonly failedAfter: number;
  /** Refused by a broker that was too busy: the machine's fault, and not in the others. */
  readonly busy: number;
  readonly longestGapMs: number;
  /** How long after the death of the old brokers the last send failed, in milliseconds: 0 when none did. Undefined: it went on failing, or fell silent. */
  readonly backMs: number | undefined;
}

/** What an outcome is reckoned from; times are those of `performance.now()`. */
export interface Marks {
  /** What had become of its sends when everybody had begun: that does not count. */
  readonly begun: SendReport;
  /** And when the old brokers died. */
  readonly killed: SendReport;
  /** When that was. */
  readonly killedAt: number;
  /** When watching ended. */
  readonly endedAt: number;
  /** Who is back has had acknowledgements and no failure for so long at the end, in milliseconds. */
  readonly quietMs: number;
}

/** What became of a producer's sends between two moments: when everybody had begun, and now. */
export function outcomeOf(
  producer: Pick<RocketmqProducer, "report" | "lastFailedAt" | "acknowledgedAfter">,
  { begun, killed, killedAt, endedAt, quietMs }: Marks,
): Outcome {
  const { report, lastFailedAt } = producer;
  const back = Math.max(killedAt, lastFailedAt ?? killedAt);
  const isBack = back <= endedAt - quietMs && producer.acknowledgedAfter(endedAt - quietMs) > 0;
  return {
    ok: report.ok - begun.ok,
    failedBefore: killed.failed.length - begun.failed.length,
    failedAfter: report.failed.length - killed.failed.length,
    busy: report.flowControl - begun.flowControl,
    longestGapMs: report.longestGapMs,
    backMs: isBack ? back - killedAt : undefined,
  };
}
