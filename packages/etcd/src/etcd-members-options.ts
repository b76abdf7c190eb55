import { hostPort, invalidOptions, type Seeds } from "@rollcall/core";
import * as z from "zod";
import { parseEtcdAddress } from "./etcd-address.js";
import { authOptions, type EtcdAuthOptions } from "./etcd-auth-options.js";
import { type EtcdTlsOptions, tlsOptions } from "./etcd-tls-options.js";

/** What `etcdMembers` asks, and how. */
export interface EtcdMembersOptions {
  /**
   * Addresses to start from, kept for ever as a fallback: `http://host:port`, `https://host:port`, `host:port` or `host`
   * (then TLS if it is configured, and port 2379), IPv6 in brackets. Required; a list of at least one, or a function that is
   * asked on every round that reaches the seeds. One seed with `https://` in a list configures TLS as `tls: {}` does; with a
   * function give `tls`.
   */
  readonly seeds: Seeds;
  /** TLS for every connection. Default: none, unless a seed says `https://`. While TLS is configured, an `http://` member is never asked. */
  readonly tls?: EtcdTlsOptions | undefined;
  /** The user to ask as, or a token. Default: none. Needed where etcd has authentication on, since 3.4.42, 3.5.28 and 3.6.9 (CVE-2026-33413). */
  readonly auth?: EtcdAuthOptions | undefined;
  /** The only cluster id that is accepted, in hex. Default: the id of the first answer. 1 to 16 hex digits. Then `foreign` does not matter. */
  readonly clusterId?: string | undefined;
  /**
   * What to do when only another cluster answers any more: `follow` it after 90 s, with a process warning, or `refuse` it for
   * ever. Default `follow`.
   */
  readonly foreign?: "refuse" | "follow" | undefined;
  /** How long a silent member may hold up the next one, in milliseconds. Default 500; 10 to 60 000. */
  readonly hedgeAfterMs?: number | undefined;
  /**
   * How long one member may take to answer, or to accept a spare connection, in milliseconds. Default 2 000; 10 to 60 000. The
   * poller's `timeoutMs` bounds all members together.
   */
  readonly attemptTimeoutMs?: number | undefined;
  /**
   * What becomes of client URLs that lead every client back to its own machine (127.0.0.0/8, `::1`, `localhost`, `0.0.0.0`, `::`; names are not
   * resolved): `keep` them as they are, or `drop` them: no endpoints, and one process warning. Default: `keep` while a seed in a list is such an
   * address, or once a member has answered at one; else `drop`. With a seeds function, what was stored is kept until the first answer if it has
   * no other URLs. The poller's `mapEndpoint` sees only what is kept.
   */
  readonly loopback?: "drop" | "keep" | undefined;
}

/** The options with every default applied. */
export interface EtcdMembersSettings extends EtcdMembersOptions {
  readonly foreign: "refuse" | "follow";
  readonly hedgeAfterMs: number;
  readonly attemptTimeoutMs: number;
  /** Whether TLS is configured: what an address without a scheme means, and whether `http://` is refused. */
  readonly secure: boolean;
  /** Names the source; no secret in it. */
  readonly key: string;
}

const SEEDS = "a function, or a list of at least one http://host:port, https://host:port or host:port (IPv6 in brackets, no Unix sockets)";

const milliseconds = between(10, 60_000);

const schema = z.strictObject({
  seeds: z.custom<Seeds>(areSeeds, SEEDS),
  tls: tlsOptions.optional(),
  auth: authOptions.optional(),
  clusterId: z
    .string("1 to 16 hex digits")
    .regex(/^[0-9a-f]{1,16}$/i, "1 to 16 hex digits")
    .transform((hex) => BigInt(`0x${hex}`).toString(16))
    .optional(),
  foreign: z.enum(["refuse", "follow"], '"refuse" or "follow"').default("follow"),
  hedgeAfterMs: milliseconds.default(500),
  attemptTimeoutMs: milliseconds.default(2_000),
  loopback: z.enum(["drop", "keep"], '"drop" or "keep"').optional(),
});

const names = {
  "": "seeds, tls, auth, clusterId, foreign, hedgeAfterMs, attemptTimeoutMs, loopback",
  tls: "ca, cert, key, serverName",
  "tls.ca": "file",
  "tls.cert": "file",
  "tls.key": "file",
  auth: "username and password, or token",
};

/** All that is neither TLS nor a user; seeds are printed without user information. */
const printable = ["clusterId", "foreign", "hedgeAfterMs", "attemptTimeoutMs", "loopback"];

/** @throws DiscoveryError `INVALID_OPTIONS` naming the first bad option, what was given and what is allowed. */
export function etcdMembersSettings(options: EtcdMembersOptions): EtcdMembersSettings {
  const checked = schema.safeParse(options);
  if (!checked.success) throw invalidOptions("etcd", options, checked.error.issues, { names, printable });
  const { seeds, tls } = checked.data;
  if (typeof seeds === "function") return { ...checked.data, secure: tls !== undefined, key: "etcd:<seeds function>" };
  const named = seeds.flatMap((seed) => parseEtcdAddress(seed, "http") ?? []);
  const secure = tls !== undefined || named.some(({ scheme }) => scheme === "https");
  return { ...checked.data, seeds: [...seeds], secure, key: `etcd:${named.map(hostPort.format).join(",")}` };
}

function areSeeds(given: unknown): boolean {
  if (typeof given === "function") return true;
  const isSeed = (seed: unknown): boolean => typeof seed === "string" && parseEtcdAddress(seed, "http") !== undefined;
  return Array.isArray(given) && given.length > 0 && given.every(isSeed);
}

function between(min: number, max: number): z.ZodNumber {
  const allowed = `a number from ${min} to ${max}`;
  return z.number(allowed).min(min, allowed).max(max, allowed);
}
