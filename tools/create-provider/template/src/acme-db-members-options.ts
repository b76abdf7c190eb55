import { hostPort, invalidOptions, type Seeds } from "@rollcall/core";
import * as z from "zod";

/** The port of an address without one. */
export const ACME_DB_PORT = 7400;

/** What `acmeDbMembers` asks, and how. */
export interface AcmeDbMembersOptions {
  /**
   * Addresses to start from, kept for ever as a fallback: `host:port` or `host` (then port 7400), IPv6 in brackets. Required; a list of at
   * least one, or a function that is asked on every round that reaches the seeds.
   */
  readonly seeds: Seeds;
  /** Sent with every request as `Authorization: Bearer …`. Default: none. Printable ASCII without blanks. */
  readonly token?: string | undefined;
  /** How long a silent member may hold up the next one, in milliseconds. Default 500; 10 to 60 000. */
  readonly hedgeAfterMs?: number | undefined;
  /**
   * How long one member may take to answer, in milliseconds. Default 2 000; 10 to 60 000. The poller's `timeoutMs` bounds all members
   * together.
   */
  readonly attemptTimeoutMs?: number | undefined;
}

/** The options with every default applied. */
export interface AcmeDbMembersSettings extends AcmeDbMembersOptions {
  readonly hedgeAfterMs: number;
  readonly attemptTimeoutMs: number;
  /** Names the source; no secret in it. */
  readonly key: string;
}

const SEEDS = "a function, or a list of at least one host:port (no scheme; IPv6 in brackets; without a port, 7400)";
const TOKEN = "printable ASCII without blanks";

const milliseconds = between(10, 60_000);

const schema = z.strictObject({
  seeds: z.custom<Seeds>(areSeeds, SEEDS),
  token: z
    .string(TOKEN)
    .regex(/^[\x21-\x7e]+$/, TOKEN)
    .optional(),
  hedgeAfterMs: milliseconds.default(500),
  attemptTimeoutMs: milliseconds.default(2_000),
});

const names = { "": "seeds, token, hedgeAfterMs, attemptTimeoutMs" };

/** Everything but the token; seeds are printed without user information. */
const printable = ["hedgeAfterMs", "attemptTimeoutMs"];

/** @throws DiscoveryError `INVALID_OPTIONS` naming the first bad option, what was given and what is allowed. */
export function acmeDbMembersSettings(options: AcmeDbMembersOptions): AcmeDbMembersSettings {
  const { data, error } = schema.safeParse(options);
  if (data === undefined) throw invalidOptions("acme-db", options, error.issues, { names, printable });
  return { ...data, key: `acme-db:${typeof data.seeds === "function" ? "<seeds function>" : data.seeds.join(",")}` };
}

function areSeeds(given: unknown): boolean {
  if (typeof given === "function") return true;
  const isSeed = (seed: unknown): boolean => typeof seed === "string" && hostPort.parse(seed, ACME_DB_PORT) !== undefined;
  return Array.isArray(given) && given.length > 0 && given.every(isSeed);
}

function between(min: number, max: number): z.ZodNumber {
  const allowed = `a number from ${min} to ${max}`;
  return z.number(allowed).min(min, allowed).max(max, allowed);
}
