import { promises as dns, type SrvRecord } from "node:dns";
import { checkNumber, checkOptionNames, invalid } from "./check-options.js";
import { type Clock, systemClock } from "./clock.js";
import { DiscoveryError, toDiscoveryError } from "./discovery-error.js";
import { endpointProblem } from "./endpoint-value.js";
import { onAbort } from "./on-abort.js";

/**
 * Seeds from the addresses (A and AAAA) of one name, such as a Kubernetes headless service, which lists the pods that are ready.
 * Resolved anew whenever they are asked for; sorted, each once, IPv6 in brackets.
 *
 * @param host - a host name. It is resolved as every other program on the system does it (getaddrinfo), so `/etc/hosts` and search
 * domains count: `my-service` is the service of one's own namespace.
 * @param port - goes with every address; 1 to 65535
 * @param options - `resolver`: asks name servers directly, for example a `Resolver` of `node:dns/promises`; these know full names
 * only. It is not cancelled, since others may use it: its own timeout ends what nobody waits for. Default: the system, as above.
 * @returns a function that rejects when neither family has an address, or one was not answered (the rest would look like everything):
 * with `TIMEOUT` if either timed out, else `UNAVAILABLE`, naming host and DNS codes; and with `ABORTED` when its signal fires
 * @throws DiscoveryError `INVALID_OPTIONS`
 */
export function dnsSeeds(
  host: string,
  port: number,
  options: {
    readonly resolver?:
      | { resolve4(host: string): Promise<readonly string[]>; resolve6(host: string): Promise<readonly string[]> }
      | undefined;
  } = {},
): (context: { readonly signal: AbortSignal }) => Promise<readonly string[]> {
  checkOptionNames("dnsSeeds", options, ["resolver"]);
  const { resolver } = options;
  checkName("dnsSeeds host", host, "a host name");
  if (!Number.isInteger(checkNumber("dnsSeeds port", port, undefined, 1, 65_535))) throw invalid("dnsSeeds port", port, "an integer");
  checkResolver("dnsSeeds resolver", resolver, ["resolve4", "resolve6"]);
  const resolve = async (): Promise<readonly string[]> => {
    const asked = resolver === undefined ? [() => systemAddresses(host)] : [() => resolver.resolve4(host), () => resolver.resolve6(host)];
    const addresses = new Set(await answered(host, asked));
    return [...addresses].sort().map((address) => `${address.includes(":") ? `[${address}]` : address}:${port}`);
  };
  return ({ signal }) => untilAborted(signal, resolve);
}

/**
 * Seeds from the SRV records of one service, each with its own port; the trailing dot of a target is stripped. Resolved anew
 * whenever they are asked for. In the order of RFC 2782: ascending priority, and within one at random by weight, so that a record of
 * weight 0 hardly ever comes before others.
 *
 * @param service - the full name, such as `_etcd-client._tcp.example.com`; search domains do not count
 * @param options - `resolver`: whom to ask; not cancelled, since others may use it. Default: a new `Resolver` of `node:dns/promises`
 * each time, so that changed name servers of the system are noticed. `clock`: the randomness. Default: the system clock.
 * @returns a function that rejects with `UNAVAILABLE` (also when the only target is `.`: there is no such service) or `TIMEOUT`,
 * naming service and DNS code, and with `ABORTED` when its signal fires
 * @throws DiscoveryError `INVALID_OPTIONS`
 */
export function srvSeeds(
  service: string,
  options: {
    readonly resolver?: { resolveSrv(service: string): Promise<readonly SrvRecord[]> } | undefined;
    readonly clock?: Clock | undefined;
  } = {},
): (context: { readonly signal: AbortSignal }) => Promise<readonly string[]> {
  checkOptionNames("srvSeeds", options, ["resolver", "clock"]);
  const { resolver, clock = systemClock } = options;
  checkName("srvSeeds service", service, "a name such as _etcd-client._tcp.example.com");
  checkResolver("srvSeeds resolver", resolver, ["resolveSrv"]);
  return ({ signal }) => {
    const own = new dns.Resolver();
    const resolve = async (): Promise<readonly string[]> => {
      const records = await answered(service, [() => (resolver ?? own).resolveSrv(service)]);
      const seeds = ordered(records, clock).flatMap(({ name, port }) => (/^\.?$/.test(name) ? [] : `${name.replace(/\.$/, "")}:${port}`));
      if (seeds.length === 0) {
        throw new DiscoveryError("UNAVAILABLE", `there is no service ${service}: its SRV target is "."`, { source: "dns" });
      }
      return [...new Set(seeds)];
    };
    return untilAborted(signal, resolve, () => own.cancel());
  };
}

function checkName(name: string, given: unknown, allowed: string): void {
  if (endpointProblem({ id: "seed", host: given, port: 1 }) !== undefined) throw invalid(name, given, allowed);
}

function checkResolver(name: string, given: object | undefined, methods: readonly string[]): void {
  if (given === undefined) return;
  const missing = methods.find((method) => typeof (given as Record<string, unknown> | null)?.[method] !== "function");
  if (missing !== undefined) throw invalid(name, given, `an object with the method ${missing}`);
}

async function systemAddresses(host: string): Promise<readonly string[]> {
  return (await dns.lookup(host, { all: true })).map(({ address }) => address);
}

/** What DNS says when there is nothing of that kind, as opposed to not answering. */
const NOTHING = ["ENODATA", "ENOTFOUND"];

/** Everything that the answers say together. Fails if one of them fails: what is left would look like the whole list. */
async function answered<R>(name: string, asked: readonly (() => Promise<readonly R[]>)[]): Promise<readonly R[]> {
  const answers = await Promise.allSettled(asked.map(async (ask) => ask()));
  const found = answers.flatMap((answer) => (answer.status === "fulfilled" ? answer.value : []));
  const errors = answers.map((answer): { code?: unknown } => (answer.status === "rejected" ? answer.reason : { code: "ENODATA" }));
  if (found.length > 0 && errors.every((error) => NOTHING.includes(String(error?.code)))) return found;
  const codes = [...new Set(errors.map((error) => String(error?.code ?? error)))];
  const code = codes.includes("ETIMEOUT") ? "TIMEOUT" : "UNAVAILABLE";
  const cause = new AggregateError(errors);
  throw new DiscoveryError(code, `DNS has no answer for ${name}: ${codes.join(", ")}`, { source: "dns", cause });
}

/**
 * Within a priority every record gets a random moment, on average the sooner the greater its weight (an exponential distribution),
 * which makes the same odds as drawing one after another by weight. Weight 0 counts as a hundredth: RFC 2782's "very small chance".
 */
function ordered(records: readonly SrvRecord[], clock: Clock): readonly SrvRecord[] {
  return records
    .map((record) => ({ record, moment: -Math.log(1 - clock.random()) / (record.weight || 0.01) }))
    .sort((a, b) => a.record.priority - b.record.priority || a.moment - b.moment)
    .map(({ record }) => record);
}

/** The result, unless `signal` fires first: then its reason, and `cancel` is called. */
function untilAborted<R>(signal: AbortSignal, ask: () => Promise<R>, cancel: () => void = () => undefined): Promise<R> {
  return new Promise((resolve, reject) => {
    const stopListening = onAbort(signal, () => {
      reject(toDiscoveryError(signal.reason, "dns", "ABORTED"));
      cancel();
    });
    if (signal.aborted) return;
    void ask().finally(stopListening).then(resolve, reject);
  });
}
