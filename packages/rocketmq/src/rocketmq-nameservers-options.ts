import type { Seeds } from "@rollcall/core";
import * as z from "zod";
import { type ClientSettings, clientSettings, isAddressList, type RocketmqClientOptions, text } from "./rocketmq-options.js";

/**
 * A place that lists nameservers: an HTTP address server, seeds (a list, a function, `dnsSeeds`, `srvSeeds`) or a file.
 *
 * - `addressServer`: an `http://` or `https://` URL, or several that say the same: the next one is asked when one fails or is silent, whoever answered last first. Without a path,
 *   `/rocketmq/nsaddr`. Redirects are not followed. For an authority of your own start Node with `NODE_EXTRA_CA_CERTS`. User information and query are never printed.
 * - `unit`: `-<unit>?nofix=1` is appended, as RocketMQ's clients do with their `unitName`. Default: none.
 * - `params`: go into the query. Default: none. Never printed.
 * - `seeds`: `host:port` or `host` (then port 9876), IPv6 in brackets. At least one; a function is asked at every poll.
 * - `file`: a path, resolved once, now. Read at every poll, so that it can be rewritten: addresses as an address server writes them or one per line; `#` begins a comment.
 */
export type RocketmqNameserverOrigin =
  | {
      readonly addressServer: string | readonly string[];
      readonly unit?: string | undefined;
      readonly params?: Readonly<Record<string, string>> | undefined;
    }
  | { readonly seeds: Seeds }
  | { readonly file: string };

/** What `rocketmqNameservers` reads and asks, and how. */
export interface RocketmqNameserversOptions extends RocketmqClientOptions {
  /**
   * Who lists the nameservers, for they do not know of each other. Required. Several are joined: one that cannot be read counts with what it said last, as long as another can be.
   */
  readonly from: RocketmqNameserverOrigin | readonly RocketmqNameserverOrigin[];
  /**
   * Which route a nameserver is asked for to see whether it serves: one that does not know the topic serves, one that is not ready does not. Default `TBW102`, which
   * brokers have that create topics by themselves. Not empty.
   */
  readonly topic?: string | undefined;
  /**
   * How long a silent address server may hold up the next one, in milliseconds. Default 500; 10 to 60 000. At most a quarter of the poller's `timeoutMs` counts, for all URLs of a place
   * together.
   */
  readonly hedgeAfterMs?: number | undefined;
  /**
   * How long one place may take until it has been read, in milliseconds. Default 2 000; 10 to 60 000. At most half of the poller's `timeoutMs` counts, so that one silent
   * place among several does not use up the poll.
   */
  readonly attemptTimeoutMs?: number | undefined;
}

/** The options with every default applied. */
export interface RocketmqNameserversSettings extends RocketmqNameserversOptions, ClientSettings {
  readonly from: readonly RocketmqNameserverOrigin[];
  readonly topic: string;
  readonly hedgeAfterMs: number;
  readonly attemptTimeoutMs: number;
}

const ORIGIN = "{ addressServer, unit?, params? }, { seeds } or { file }, or a list of at least one of them";
const URLS = "an http:// or https:// URL, or a list of at least one";
const PARAMS = "an object of texts";
const SEEDS = "a function, or a list of at least one host:port (no scheme; IPv6 in brackets; without a port, 9876)";

/** By the option that tells them apart. */
const kinds = {
  addressServer: z.strictObject({
    addressServer: z.custom<string | readonly string[]>(areUrls, URLS),
    unit: text("a unit name").optional(),
    params: z.record(z.string(), z.string(PARAMS), PARAMS).optional(),
  }),
  seeds: z.strictObject({ seeds: z.custom<Seeds>((given) => typeof given === "function" || isAddressList(given), SEEDS) }),
  file: z.strictObject({ file: text("the path of a file") }),
};

const own = {
  from: z.custom<RocketmqNameserversOptions["from"]>().superRefine(checkOrigins),
  topic: text("the name of a topic").default("TBW102"),
};

/** @throws DiscoveryError `INVALID_OPTIONS` naming the first bad option, what was given and what is allowed. */
export function rocketmqNameserversSettings(options: RocketmqNameserversOptions): RocketmqNameserversSettings {
  const { from, ...settings } = clientSettings(options, own, ["topic", ...printablePaths(options?.from)]) as RocketmqNameserversSettings;
  return { ...settings, from: [from].flat() };
}

function checkOrigins(from: unknown, context: z.RefinementCtx): void {
  const origins = Array.isArray(from) ? [...from.entries()] : [[undefined, from] as const];
  if (origins.length === 0) context.addIssue({ code: "custom", message: ORIGIN });
  for (const [index, origin] of origins) {
    const at = index === undefined ? [] : [index];
    const kind = kindOf(origin);
    if (kind === undefined) context.addIssue({ code: "custom", path: at, message: ORIGIN });
    else
      for (const { path, message } of problems(kinds[kind], origin)) context.addIssue({ code: "custom", path: [...at, ...path], message });
  }
}

function problems(kind: z.ZodType, origin: unknown): readonly { readonly path: readonly PropertyKey[]; readonly message: string }[] {
  const issues = kind.safeParse(origin).error?.issues ?? [];
  return issues.flatMap((issue) => {
    if (issue.code !== "unrecognized_keys") return [issue];
    return issue.keys.map((name) => ({ path: [...issue.path, name], message: `no such option; a place is ${ORIGIN}` }));
  });
}

function kindOf(origin: unknown): keyof typeof kinds | undefined {
  if (typeof origin !== "object" || origin === null) return undefined;
  return (Object.keys(kinds) as (keyof typeof kinds)[]).find((kind) => kind in origin);
}

/** Seeds and files may be shown to whoever made a mistake there; a URL may carry a password anywhere, a mistyped one most of all. */
function printablePaths(from: unknown): readonly string[] {
  const places = Array.isArray(from) ? from.map((_, index) => `from.${index}`) : ["from"];
  return places.flatMap((place) => [`${place}.seeds`, `${place}.file`]);
}

function areUrls(given: unknown): boolean {
  const urls: readonly unknown[] = Array.isArray(given) ? given : [given];
  const isUrl = (url: unknown): boolean => typeof url === "string" && /^https?:\/\//i.test(url) && URL.canParse(url);
  return urls.length > 0 && urls.every(isUrl);
}
