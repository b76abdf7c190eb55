import * as dns from "node:dns";
import { isIP, type LookupFunction } from "node:net";
import type { Clock } from "../clock.js";
import { DiscoveryError, textOf, toDiscoveryError } from "../discovery-error.js";
import type { NamedFeed } from "./named-feed.js";

/** How long an answer waits for slower names, in milliseconds: the Resolution Delay of RFC 8305, section 3. */
const GRACE_MS = 50;

/** What a lookup is made with. */
export interface LookupSettings {
  /** Resolves members that are listed by name. */
  readonly lookup: LookupFunction;
  /** How long it may take, waiting for a first set included. */
  readonly timeoutMs: number;
  readonly clock: Clock;
}

/**
 * The addresses of a feed's members as `dns.lookup` would give them, each once; at least one.
 * @throws DiscoveryError that says why there is none
 */
export async function lookupAddresses(
  feed: NamedFeed,
  options: dns.LookupOptions,
  settings: LookupSettings,
): Promise<readonly dns.LookupAddress[]> {
  const within = limitOf(settings);
  const hosts = [...new Set((await feed.members()).map(({ host }) => host))];
  const errors: unknown[] = [];
  let open = hosts.length;
  // A name that does not resolve must not hide the others.
  const ask: Ask = async (host) => {
    try {
      return await addressesOf(host, options, settings.lookup);
    } catch (error) {
      errors.push(error);
      return [];
    } finally {
      open -= 1;
    }
  };
  const found = options.all === true ? await fromAll(hosts, ask, within) : await fromFirst(hosts, ask, within);
  if (found.length > 0) return found;
  const wanted = familyOf(options) === 0 ? "an address" : `an IPv${familyOf(options)} address`;
  const late = open > 0 ? ` after ${settings.timeoutMs} ms` : "";
  const why = errors.length === 0 ? "" : `: ${textOf(errors[0])}`;
  throw new DiscoveryError(open > 0 ? "TIMEOUT" : "UNAVAILABLE", `none of the ${hosts.length} hosts in use has ${wanted}${late}${why}`, {
    source: "endpointLookup",
    cause: new AggregateError(errors),
  });
}

/** An error as `dns.lookup` has them, because whoever decides on a retry looks at the code. */
export function lookupError(hostname: string, error: unknown): NodeJS.ErrnoException {
  const cause = toDiscoveryError(error, "endpointLookup");
  const shape = { code: "ENOTFOUND", syscall: "endpointLookup", hostname };
  return Object.assign(new Error(`endpointLookup ENOTFOUND ${hostname}: ${cause.message}`, { cause }), shape);
}

type Addresses = readonly dns.LookupAddress[];
type Ask = (host: string) => Promise<Addresses>;
/** What a promise resolves with; undefined if that takes longer than `atMostMs`, or than is left of the lookup. */
type Within = <T>(promise: Promise<T>, atMostMs?: number) => Promise<T | undefined>;

function limitOf({ timeoutMs, clock }: LookupSettings): Within {
  const endsAt = clock.now() + timeoutMs;
  return (promise, atMostMs = timeoutMs) => {
    let timer: unknown;
    const late = new Promise<undefined>((resolve) => {
      timer = clock.setTimeout(() => resolve(undefined), Math.max(0, Math.min(atMostMs, endsAt - clock.now())));
    });
    return Promise.race([promise, late]).finally(() => clock.clearTimeout(timer));
  };
}

/** Everybody's, without those who are still silent a moment after the first answer: one slow name must not hold up each connection. */
async function fromAll(hosts: readonly string[], ask: Ask, within: Within): Promise<Addresses> {
  const known: Addresses[] = hosts.map(() => []);
  const answers = hosts.map(async (host, at) => {
    known[at] = await ask(host);
    return known[at];
  });
  await within(firstOf(answers));
  await within(Promise.all(answers), GRACE_MS);
  return [...new Map(known.flat().map((one) => [one.address, one])).values()];
}

/** The first host's that has any; the next one is asked when those before are silent, too. */
async function fromFirst(hosts: readonly string[], ask: Ask, within: Within): Promise<Addresses> {
  const answers: Promise<Addresses>[] = [];
  for (const host of hosts) {
    answers.push(ask(host));
    const found = await within(firstOf(answers), GRACE_MS);
    if (found !== undefined) return found;
  }
  return (await within(firstOf(answers))) ?? [];
}

/** The first answer with an address; undefined when all are there and none has any. */
function firstOf(answers: readonly Promise<Addresses>[]): Promise<Addresses | undefined> {
  const some = answers.map(async (answer) => {
    const found = await answer;
    return found.length > 0 ? found : Promise.reject();
  });
  return Promise.any(some).catch(() => undefined);
}

async function addressesOf(host: string, options: dns.LookupOptions, lookup: LookupFunction): Promise<Addresses> {
  const [family, wanted] = [isIP(host), familyOf(options)];
  if (family === 0) return resolved(host, options, lookup);
  if (wanted === 0 || wanted === family) return [{ address: host, family }];
  const isMapped = family === 4 && ((options.hints ?? 0) & dns.V4MAPPED) !== 0;
  return isMapped ? [{ address: `::ffff:${host}`, family: 6 }] : [];
}

function resolved(host: string, options: dns.LookupOptions, lookup: LookupFunction): Promise<Addresses> {
  return new Promise((resolve, reject) => {
    lookup(host, { ...options, all: true }, (error, found, family) => {
      if (error) reject(error);
      else resolve(typeof found === "string" ? [{ address: found, family: family ?? isIP(found) }] : found);
    });
  });
}

function familyOf({ family }: dns.LookupOptions): 0 | 4 | 6 {
  if (family === 4 || family === "IPv4") return 4;
  return family === 6 || family === "IPv6" ? 6 : 0;
}
