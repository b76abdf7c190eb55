import { DiscoveryError, hostPort, invalidOptions, type Seeds } from "@rollcall/core";
import * as z from "zod";
import type { KafkaClientOptions } from "./kafka-transport.js";

/** What every Kafka source asks, and how. */
export interface KafkaOptions {
  /**
   * Addresses to start from, kept for ever as a fallback: `host:port` or `host` (then port 9092), IPv6 in brackets. All of one
   * listener. Required; a list of at least one, or a function that is asked on every round that reaches the seeds.
   */
  readonly seeds: Seeds;
  /**
   * How brokers are spoken to: the object that the application gives to `new Kafka`; its `brokers` are ignored. Default: plaintext and no
   * user. It is kept, not copied, and read at every connection.
   */
  readonly client?: KafkaClientOptions | undefined;
  /** The only cluster id that is accepted. Default: the id of the first answer. 1 to 255 characters. Then `foreign` does not matter. */
  readonly clusterId?: string | undefined;
  /**
   * What to do when only another cluster answers any more: `follow` it after 90 s, with a process warning, or `refuse` it for
   * ever. Default `follow`.
   */
  readonly foreign?: "refuse" | "follow" | undefined;
  /** How long a silent broker may hold up the next one, in milliseconds. Default 500; 10 to 60 000. */
  readonly hedgeAfterMs?: number | undefined;
  /**
   * How long one broker may take from connect to answer, in milliseconds. Default 2 000; 10 to 60 000. The poller's `timeoutMs` bounds
   * all brokers together.
   */
  readonly attemptTimeoutMs?: number | undefined;
}

/** The options with every default applied. */
export interface KafkaSettings extends KafkaOptions {
  readonly client: KafkaClientOptions;
  readonly foreign: "refuse" | "follow";
  readonly hedgeAfterMs: number;
  readonly attemptTimeoutMs: number;
  /** `h:p,h:p` or `<seeds function>`: for the key of a source. */
  readonly seedNames: string;
}

/** Where a Kafka broker listens unless somebody says otherwise. */
export const KAFKA_PORT = 9092;

const SEEDS = "a function, or a list of at least one host:port (no scheme; IPv6 in brackets; without a port, 9092)";
const CLIENT = "the object given to new Kafka";
const CLUSTER_ID = "1 to 255 characters";
const MILLISECONDS = "a number from 10 to 60000";

const milliseconds = z.number(MILLISECONDS).min(10, MILLISECONDS).max(60_000, MILLISECONDS);

/** Seeds of every kind that this package takes; its message says what is allowed. */
export const seedsOption: z.ZodType<Seeds> = z.custom<Seeds>(areSeeds, SEEDS);

/** How brokers are spoken to, looked at as far as a mistake would otherwise show only as a connection that fails. */
export const clientOption: z.ZodType<KafkaClientOptions> = z
  .custom<KafkaClientOptions>(isObject, { error: CLIENT, abort: true })
  .superRefine(checkClient);

const shape = {
  seeds: seedsOption,
  client: clientOption.default({}),
  clusterId: z.string(CLUSTER_ID).min(1, CLUSTER_ID).max(255, CLUSTER_ID).optional(),
  foreign: z.enum(["refuse", "follow"], '"refuse" or "follow"').default("follow"),
  hedgeAfterMs: milliseconds.default(500),
  attemptTimeoutMs: milliseconds.default(2_000),
};

/**
 * Checks the options of a source and applies the defaults.
 *
 * @param own - what this source takes besides {@link KafkaOptions}, by name
 * @throws DiscoveryError `INVALID_OPTIONS` naming the first bad option, what was given and what is allowed.
 */
export function kafkaSettings<O extends KafkaOptions>(options: O, own: Readonly<Record<string, z.ZodType>> = {}): O & KafkaSettings {
  const all = { ...shape, ...own };
  const checked = z.strictObject(all).safeParse(options);
  if (!checked.success) {
    const [, , ...printable] = Object.keys(all); // neither seeds, which have a rule of their own, nor client
    throw invalidOptions("kafka", options, checked.error.issues, { names: { "": Object.keys(all).join(", ") }, printable });
  }
  const { seeds } = checked.data as KafkaOptions;
  const kept = typeof seeds === "function" ? seeds : [...seeds];
  return { ...(checked.data as O & KafkaSettings), seeds: kept, seedNames: namesOf(kept) };
}

/** Why nobody is asked: a refusal of our own, for want of something to believe or to ask. */
export function kafkaRefusal(code: DiscoveryError["code"], message: string): DiscoveryError {
  return new DiscoveryError(code, message, { source: "kafka" });
}

function namesOf(seeds: Seeds): string {
  if (typeof seeds === "function") return "<seeds function>";
  return seeds
    .flatMap((seed) => hostPort.parse(seed, KAFKA_PORT) ?? [])
    .map(hostPort.format)
    .join(",");
}

function areSeeds(given: unknown): boolean {
  if (typeof given === "function") return true;
  const isSeed = (seed: unknown): boolean => typeof seed === "string" && hostPort.parse(seed, KAFKA_PORT) !== undefined;
  return Array.isArray(given) && given.length > 0 && given.every(isSeed);
}

function isObject(given: unknown): given is object {
  return typeof given === "object" && given !== null && !Array.isArray(given);
}

/** Of a client, as far as a mistake would otherwise show only as a connection that fails. */
const CLIENT_FIELDS = [
  { name: "ssl", allowed: "true, false or an object", fits: (ssl: unknown) => typeof ssl === "boolean" || isObject(ssl) },
  {
    name: "sasl",
    allowed: "an object with a mechanism",
    fits: (sasl: unknown) => typeof (Object(sasl) as { mechanism?: unknown }).mechanism === "string",
  },
  { name: "socketFactory", allowed: "a function", fits: (factory: unknown) => typeof factory === "function" },
  {
    name: "producer",
    allowed: `nothing: client is ${CLIENT}, not the Kafka itself`,
    fits: (method: unknown) => typeof method !== "function",
  },
] as const;

function checkClient(client: KafkaClientOptions, context: z.RefinementCtx): void {
  for (const { name, allowed, fits } of CLIENT_FIELDS) {
    try {
      const given: unknown = Reflect.get(client, name);
      if (given !== undefined && !fits(given)) context.addIssue({ code: "custom", path: [name], message: allowed });
    } catch (cause) {
      throw new DiscoveryError("INVALID_OPTIONS", `client.${name}: it cannot be read, a getter threw`, { source: "kafka", cause });
    }
  }
}
