import { type Clock, invalidOptions, type Seeds, systemClock } from "@rollcall/core";
import * as z from "zod";
import { clientOption, seedsOption } from "./kafka-options.js";
import type { KafkaClientOptions } from "./kafka-transport.js";

/** How `bootstrapBrokers` answers. */
export interface BootstrapBrokersOptions {
  /**
   * Addresses to answer with while the poller has none, or cannot reach the cluster itself: `host:port` or `host` (then port 9092). Default: none.
   * A list of at least one, or a function that is asked whenever they are needed, one question at a time; while it fails or names nobody, its
   * last answer counts. IPv6 literals are skipped.
   */
  readonly seeds?: Seeds | undefined;
  /**
   * How brokers are spoken to: the object that the application gives to `new Kafka`; its `brokers` are ignored. Default: none, then nobody is
   * looked at. It is kept, not copied. With it an address is handed out only after a broker there has just answered, one small connection
   * with TLS and login per call (a silent one holds up the next by 250 ms at most, and fails after 1 s at most); those that fail are suspected. If
   * nobody answers within `waitMs`, it is somebody who refused, else the best guess: kafkajs then says what is wrong. So it does where the user
   * is refused, which counts as an answer.
   */
  readonly client?: KafkaClientOptions | undefined;
  /**
   * Whose brokers come first while any of them is in use: the `broker.rack` near this process. Default: none, then all brokers are alike. Not
   * empty. Leave it out with a poller whose option `probe` is false: a dead broker then stays in use until the cluster itself reports it.
   */
  readonly rack?: string | undefined;
  /**
   * How long a call waits for the poller's first snapshot, then for a function of seeds (with `client` half of it), and (with `client`) for a
   * broker to answer, in milliseconds each. Default 3 000; 0 to 60 000. Once there is a snapshot, or a poll has failed, nothing waits for the snapshot.
   */
  readonly waitMs?: number | undefined;
  /** Time and randomness. Default: the system's. */
  readonly clock?: Clock | undefined;
}

/** The options with every default applied. */
export interface BootstrapBrokersSettings extends BootstrapBrokersOptions {
  readonly seeds: Seeds;
  readonly waitMs: number;
  readonly clock: Clock;
}

const RACK = "text that is not empty";
const WAIT = "a number from 0 to 60000";
const METHODS = ["now", "setTimeout", "clearTimeout", "random"] as const;

const schema = z.strictObject({
  seeds: seedsOption.default([]),
  client: clientOption.optional(),
  rack: z.string(RACK).min(1, RACK).optional(),
  waitMs: z.number(WAIT).min(0, WAIT).max(60_000, WAIT).default(3_000),
  clock: z.custom<Clock>(isClock, `a clock: an object with ${METHODS.join(", ")}`).default(systemClock),
});

const known = { names: { "": Object.keys(schema.shape).join(", ") }, printable: ["rack", "waitMs"] };

/** @throws DiscoveryError `INVALID_OPTIONS` naming the first bad option, what was given and what is allowed. */
export function bootstrapBrokersSettings(options: BootstrapBrokersOptions): BootstrapBrokersSettings {
  const checked = schema.safeParse(options);
  if (checked.success) return checked.data;
  throw invalidOptions("kafka", options, checked.error.issues, known);
}

function isClock(given: unknown): boolean {
  return typeof given === "object" && given !== null && METHODS.every((name) => typeof (given as Partial<Clock>)[name] === "function");
}
