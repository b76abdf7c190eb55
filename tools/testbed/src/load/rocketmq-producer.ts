import type { SendReport } from "./send-tally.js";

/** A producer that sends one message every 100 ms, whether or not the earlier ones were acknowledged, and counts. */
export interface RocketmqProducer extends AsyncDisposable {
  /** What became of its sends so far. */
  readonly report: SendReport;
  /** How many sends were acknowledged after `since`, by `performance.now()`. */
  acknowledgedAfter(since: number): number;
  /** When the last send failed, by `performance.now()`; undefined when none did. */
  readonly lastFailedAt: number | undefined;
  /** Begins to send. Resolves when the client is up, which for one without nameservers may be before it can send. */
  start(): Promise<void>;
  /** Sends no more; resolves when what was sent is settled. */
  stop(): Promise<void>;
}

/** Where a stock client gets its nameservers. */
export type RocketmqLookup =
  /** Its list; the very array, so that whoever changes it changes the client's. */
  | { readonly nameservers: string[] }
  /** The URL of an address server, with the path `/rocketmq/nsaddr`. */
  | { readonly addressServer: string };

/** What a {@link RocketmqProducer} does. */
export interface RocketmqLoad {
  /** Where it gets its nameservers. */
  readonly lookup: RocketmqLookup;
  /** Where it sends. */
  readonly topic: string;
  /** Its name among the producers of this process. */
  readonly name: string;
  /** How often it asks for routes, in milliseconds; both clients' own default is 30 000. */
  readonly pollMs: number;
}

/** How often a message is sent, in milliseconds. */
export const SEND_EVERY_MS = 100;
