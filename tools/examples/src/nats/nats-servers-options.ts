import { hostPort, invalidOptions, type Seeds } from "@rollcall/core";
import * as z from "zod";
import type { NatsAddress } from "./nats-transport.js";

/** What `natsServers` asks, and how. */
export interface NatsServersOptions {
  /**
   * Servers to start from, kept for ever as a fallback: `nats://host:port`, `host:port` or `host` (then port 4222), IPv6 in brackets; no user, for the list is told before
   * anybody is asked for one. Required; a list of at least one, or a function that is asked on every round that reaches the seeds.
   */
  readonly seeds: Seeds;
  /** The only cluster whose answers are believed, by its name. Default: any. Not empty. Needs servers with a `cluster { name }` of their own: without, they invent one. */
  readonly cluster?: string | undefined;
  /** How long a silent server may hold up the next one, in milliseconds. Default 500; 10 to 60 000. */
  readonly hedgeAfterMs?: number | undefined;
}

/** The options with every default applied. */
export interface NatsServersSettings extends NatsServersOptions {
  readonly hedgeAfterMs: number;
}

const SEEDS = "a function, or a list of at least one nats://host:port, host:port or host (IPv6 in brackets, no user)";
const PATIENCE = "a number from 10 to 60000";
const NAME = "the name of a cluster";

const schema = z.strictObject({
  seeds: z.custom<Seeds>(areSeeds, SEEDS),
  cluster: z.string(NAME).min(1, NAME).optional(),
  hedgeAfterMs: z.number(PATIENCE).min(10, PATIENCE).max(60_000, PATIENCE).default(500),
}) satisfies z.ZodType<NatsServersSettings>;

/** @throws DiscoveryError `INVALID_OPTIONS` naming the first bad option, what was given and what is allowed. */
export function natsServersSettings(options: NatsServersOptions): NatsServersSettings {
  const { data, error } = schema.safeParse(options);
  if (data !== undefined) return data;
  const known = { names: { "": "seeds, cluster, hedgeAfterMs" }, printable: ["cluster", "hedgeAfterMs"] };
  throw invalidOptions("nats", options, error.issues, known);
}

/** The address that a seed names; undefined if it names none. */
export function seedAddress(seed: string): NatsAddress | undefined {
  return hostPort.parse(seed.replace(/^nats:\/\//i, ""), 4222);
}

function areSeeds(given: unknown): boolean {
  if (typeof given === "function") return true;
  const isSeed = (seed: unknown): boolean => typeof seed === "string" && seedAddress(seed) !== undefined;
  return Array.isArray(given) && given.length > 0 && given.every(isSeed);
}
