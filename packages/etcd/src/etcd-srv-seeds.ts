import { DiscoveryError, type Seeds, srvSeeds, toDiscoveryError } from "@rollcall/core";
import type { EtcdScheme } from "./etcd-address.js";
import { type EtcdSrvSeedsOptions, type EtcdSrvSettings, etcdSrvSettings } from "./etcd-srv-options.js";

/** How long DNS may hold up seeds that are at hand, in milliseconds. */
const PATIENCE_MS = 500;

/** On a seeds function whose answer is in the order in which to ask; shared between copies of this package. */
const IN_ORDER = Symbol.for("rollcall.etcd.seedsInOrder");

/** What DNS says when there is nothing, as opposed to not answering. */
const NOTHING = ["ENODATA", "ENOTFOUND"];

/**
 * Seeds from the SRV records of a domain, under the names that etcd's own clients ask for (`client/pkg/srv/srv.go`): `https://` for each record of
 * `_etcd-client-ssl._tcp.<domain>`, then `http://` for each of `_etcd-client._tcp.<domain>`. For the option `seeds` of `etcdMembers`; with records of the
 * first kind give it `tls` as well. The dot at the end of a target is stripped, because no certificate carries it. They are asked in the order of
 * RFC 2782: ascending priority, and within one at random by weight.
 *
 * Asked anew at every call, so no answer is older than its TTL. One that the resolver cannot renew (SERVFAIL, timeout, refusal) is kept, and stands in
 * after 500 ms of silence; one that DNS takes back (no such name, no such record) is forgotten.
 *
 * @param domain - such as `example.com`; search domains do not count
 * @param options - a cluster's name, a resolver and a clock
 * @returns a function that rejects with `UNAVAILABLE` or `TIMEOUT` when neither service is known, naming both and what DNS said, and with `ABORTED` when
 * its signal fires
 * @throws DiscoveryError `INVALID_OPTIONS`
 */
export function etcdSrvSeeds(
  domain: string,
  options: EtcdSrvSeedsOptions = {},
): (context: { readonly signal: AbortSignal }) => Promise<readonly string[]> {
  const settings = etcdSrvSettings(domain, options);
  const services = [new Service("https", settings.secure, settings), new Service("http", settings.plain, settings)];
  const known = (): readonly string[] => services.flatMap(({ seeds }) => seeds);
  const ask = ({ signal }: { readonly signal: AbortSignal }): Promise<readonly string[]> =>
    new Promise((resolve, reject) => {
      let patient = true;
      const answer = (): void => {
        if (!patient && known().length > 0) resolve(known());
      };
      const outOfPatience = (): void => {
        patient = false;
        answer();
      };
      const timer = settings.clock.setTimeout(outOfPatience, PATIENCE_MS);
      const asked = services.map((service) => service.ask(signal).finally(answer));
      void Promise.allSettled(asked).then((outcomes) => {
        settings.clock.clearTimeout(timer);
        if (!signal.aborted) outOfPatience();
        reject(signal.aborted ? toDiscoveryError(signal.reason, "dns", "ABORTED") : unknown(outcomes)); // does nothing after an answer
      });
    });
  return Object.assign(ask, { [IN_ORDER]: true });
}

/**
 * Seeds and randomness for core's `candidateOrder`, which shuffles: so that seeds which DNS has put in order keep it, the randomness is 0 (which
 * keeps every order) once they are resolved. By then everybody known has been shuffled.
 */
export function keepingOrder(seeds: Seeds, random: () => number): { readonly seeds: Seeds; readonly random: () => number } {
  if (typeof seeds !== "function" || !(IN_ORDER in seeds)) return { seeds, random };
  let resolved = false;
  return {
    seeds: (context) => seeds(context).finally(() => (resolved = true)),
    random: () => (resolved ? 0 : random()),
  };
}

/** One service, and the last that was heard of it. */
class Service {
  /** Empty when nothing is known. */
  seeds: readonly string[] = [];
  readonly #scheme: EtcdScheme;
  readonly #resolve: (context: { readonly signal: AbortSignal }) => Promise<readonly string[]>;

  constructor(scheme: EtcdScheme, service: string, { resolver, clock }: EtcdSrvSettings) {
    this.#scheme = scheme;
    this.#resolve = srvSeeds(service, { resolver, clock });
  }

  /** Rejects when DNS did not answer, or said that there is none. */
  async ask(signal: AbortSignal): Promise<void> {
    try {
      const addresses = await this.#resolve({ signal });
      this.seeds = addresses.map((address) => `${this.#scheme}://${address}`);
    } catch (error) {
      if (!signal.aborted && saysNo(error)) this.seeds = [];
      throw error;
    }
  }
}

/** Whether DNS answered: there is no such service. */
function saysNo(error: unknown): boolean {
  const { code, cause } = error as DiscoveryError;
  if (cause instanceof AggregateError) return cause.errors.every((one) => NOTHING.includes(String(one?.code)));
  return code === "UNAVAILABLE"; // its only target is "."
}

function unknown(outcomes: readonly PromiseSettledResult<void>[]): DiscoveryError {
  const errors = outcomes.flatMap((outcome) => (outcome.status === "rejected" ? [toDiscoveryError(outcome.reason, "dns")] : []));
  const code = errors.some((error) => error.code === "TIMEOUT") ? "TIMEOUT" : "UNAVAILABLE";
  const message = `no seeds: ${errors.map((error) => error.message).join("; ")}`;
  return new DiscoveryError(code, message, { source: "dns", cause: new AggregateError(errors) });
}
