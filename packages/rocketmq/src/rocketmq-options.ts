import { type EndpointFeed, invalidOptions } from "@rollcall/core";
import { tlsProblem } from "@rollcall/core/provider";
import * as z from "zod";
import { readAddress } from "./nsaddr-text.js";
import type { RocketmqNameservers } from "./rocketmq-nameservers-metadata.js";
import { rocketmqRefusal } from "./rocketmq-refusal.js";

/**
 * TLS towards nameservers and brokers. An empty object: TLS, trusting the authorities that Node trusts. Kept, not copied, and read at every connection: a changed field rotates a
 * certificate.
 */
export interface RocketmqTlsOptions {
  /** PEM of the authorities to trust instead. Default: Node's. */
  readonly ca?: string | Uint8Array | undefined;
  /** PEM of the certificate to show; with `key`. Default: none. */
  readonly cert?: string | Uint8Array | undefined;
  /** PEM of its private key; with `cert`. Default: none. */
  readonly key?: string | Uint8Array | undefined;
  /** The name that certificates have to carry, whatever address is dialled. Default: the host that is dialled. */
  readonly serverName?: string | undefined;
}

/** Who asks, for RocketMQ's ACL (HMAC-SHA1 over the fields, `AclUtils.java`). Kept, not copied, and read at every request: a changed field rotates it. */
export interface RocketmqAclOptions {
  /** Required, not empty. */
  readonly accessKey: string;
  /** Required, not empty. Never printed. */
  readonly secretKey: string;
  /** Of temporary credentials. Default: none. Never printed. */
  readonly securityToken?: string | undefined;
}

/** How RocketMQ servers are spoken to. */
export interface RocketmqClientOptions {
  /** Default: no TLS. */
  readonly tls?: RocketmqTlsOptions | undefined;
  /** Default: requests are not signed. */
  readonly acl?: RocketmqAclOptions | undefined;
}

/** What a source that asks nameservers takes. */
export interface RocketmqOptions extends RocketmqClientOptions {
  /**
   * Whom to ask: a list of `host:port` or `host` (then port 9876), IPv6 in brackets, or the feed of a poller on `rocketmqNameservers`, which this source then keeps polling
   * for as long as it is polled itself. Required. A list of at least one.
   */
  readonly nameservers: readonly string[] | EndpointFeed<RocketmqNameservers>;
  /**
   * How many nameservers are asked in one poll; whoever answers is asked again in the next. Default 3; 1 to 16. What any of them lists is there; what only others list is not seen. What none
   * of them lists any more is gone at once if two witnesses say so: nameservers that have listed it, and in every poll since were asked, answered, and listed somebody. With fewer witnesses,
   * as always with 1, it is gone after `removalGraceMs`.
   */
  readonly nameserversPerPoll?: number | undefined;
  /**
   * How long what nobody lists any more stays while there are fewer than two witnesses, in milliseconds: a nameserver that has just started knows nothing until brokers register with it,
   * every 30 s unless they are told otherwise (`registerNameServerPeriod`). It begins anew after a poll that nobody answered. Default 35 000; 0 to 3 600 000.
   */
  readonly removalGraceMs?: number | undefined;
  /**
   * Whether brokers are asked whether they serve (request 28): every 30 s, and on suspicion. A stopped broker that keeps its socket open stays listed for two minutes. Default
   * false: brokers may not be reachable from here. With ACL, `acl` needs no right to it: a refusal is an answer.
   */
  readonly probeBrokers?: boolean | undefined;
  /**
   * How long a silent nameserver may hold up the next one, and the poll once another has answered, in milliseconds. Default 500; 10 to 60 000. If answers take long, because topics are many,
   * twice as long as the slowest of the last poll; at most `attemptTimeoutMs`, and a quarter of the poller's `timeoutMs`.
   */
  readonly hedgeAfterMs?: number | undefined;
  /** How long one nameserver may take from connect to its last answer, in milliseconds. Default 2 000; 10 to 60 000. The poller's `timeoutMs` bounds all of them together. */
  readonly attemptTimeoutMs?: number | undefined;
}

/** What every source takes, with the defaults applied. */
export interface ClientSettings extends RocketmqClientOptions {
  readonly hedgeAfterMs: number;
  readonly attemptTimeoutMs: number;
}

/** The options of a source that asks nameservers, with every default applied. */
export interface RocketmqSettings extends RocketmqOptions, ClientSettings {
  readonly nameserversPerPoll: number;
  readonly removalGraceMs: number;
  readonly probeBrokers: boolean;
  readonly hedgeAfterMs: number;
  readonly attemptTimeoutMs: number;
  /** `h:p,h:p` or `<nameservers feed>`: for the key of a source. */
  readonly nameserverNames: string;
}

/** Where a nameserver listens unless somebody says otherwise. */
export const ROCKETMQ_PORT = 9876;

const NAMESERVERS =
  "the feed of a poller on rocketmqNameservers, or a list of at least one host:port (no scheme; IPv6 in brackets; without a port, 9876)";

const pem = z.union([z.string(), z.instanceof(Uint8Array)], "text or a Buffer in PEM");

const client = {
  tls: z
    .strictObject({ ca: pem.optional(), cert: pem.optional(), key: pem.optional(), serverName: text("a host name").optional() })
    .superRefine((tls, context) => {
      const problem = tlsProblem(tls);
      if (problem !== undefined) context.addIssue({ code: "custom", path: [problem.option], message: problem.allowed });
    })
    .optional(),
  acl: z
    .strictObject({ accessKey: text("an access key"), secretKey: text("a secret key"), securityToken: text("a security token").optional() })
    .optional(),
  hedgeAfterMs: between(10, 60_000).default(500),
  attemptTimeoutMs: between(10, 60_000).default(2_000),
};

const asking = {
  nameservers: z.custom<RocketmqOptions["nameservers"]>((given) => isAddressList(given) || isFeed(given), NAMESERVERS),
  nameserversPerPoll: between(1, 16, "an integer").int("an integer from 1 to 16").default(3),
  removalGraceMs: between(0, 3_600_000).default(35_000),
  probeBrokers: z.boolean("true or false").default(false),
};

/**
 * Checks the options of a source and applies the defaults.
 *
 * @param own - what this source takes besides, by name
 * @param printable - the paths of `own` whose values may be shown to whoever made a mistake there. Default: all of `own`.
 * @throws DiscoveryError `INVALID_OPTIONS` naming the first bad option, what was given and what is allowed; never a secret.
 */
export function clientSettings<O extends RocketmqClientOptions>(
  options: O,
  own: Readonly<Record<string, z.ZodType>>,
  printable: readonly string[] = Object.keys(own),
): O & ClientSettings {
  const all = { ...own, ...client };
  const checked = read(() => z.strictObject(all).safeParse(options));
  if (!checked.success) {
    const names = {
      "": Object.keys(all).join(", "),
      tls: "ca, cert, key, serverName",
      acl: "accessKey, secretKey, securityToken",
    };
    throw invalidOptions("rocketmq", options, checked.error.issues, {
      names,
      printable: [...printable, "hedgeAfterMs", "attemptTimeoutMs"],
    });
  }
  // His own objects: a certificate or key that he changes counts from the next connection or request on.
  return { ...(checked.data as O & ClientSettings), tls: options.tls, acl: options.acl };
}

/** {@link clientSettings} of a source that asks nameservers. */
export function rocketmqSettings<O extends RocketmqOptions>(
  options: O,
  own: Readonly<Record<string, z.ZodType>> = {},
): O & RocketmqSettings {
  const settings = clientSettings(options, { ...asking, ...own }) as O & RocketmqSettings;
  const { nameservers } = settings;
  if ("subscribe" in nameservers) return { ...settings, nameserverNames: "<nameservers feed>" };
  const addresses = nameservers.flatMap((given) => readAddress(given, ROCKETMQ_PORT) ?? []);
  return { ...settings, nameservers: addresses, nameserverNames: addresses.join(",") };
}

/** A number within bounds; the message says which. */
export function between(min: number, max: number, what = "a number"): z.ZodNumber {
  const allowed = `${what} from ${min} to ${max}`;
  return z.number(allowed).min(min, allowed).max(max, allowed);
}

/** A text that is not empty; the message says what it is to be. */
export function text(allowed: string): z.ZodString {
  return z.string(allowed).min(1, allowed);
}

/** Whether this is a list of at least one `host:port` or `host`. */
export function isAddressList(given: unknown): given is readonly string[] {
  const isAddress = (each: unknown): boolean => typeof each === "string" && readAddress(each, ROCKETMQ_PORT) !== undefined;
  return Array.isArray(given) && given.length > 0 && given.every(isAddress);
}

/** By what it can do: it may come from another copy of the package. */
function isFeed(given: unknown): boolean {
  if (typeof given !== "object" || given === null) return false;
  return ["ready", "subscribe", "suspect"].every((name) => typeof (given as Record<string, unknown>)[name] === "function");
}

/** Options may have getters, and these may throw. */
function read<R>(look: () => R): R {
  try {
    return look();
  } catch (cause) {
    throw rocketmqRefusal("INVALID_OPTIONS", "the options cannot be read, a getter threw", cause);
  }
}
