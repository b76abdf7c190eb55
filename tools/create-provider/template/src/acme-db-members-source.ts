import {
  askCandidates,
  type Clock,
  candidateOrder,
  type Endpoint,
  type FetchContext,
  hostPort,
  type MetadataSource,
  systemClock,
} from "@rollcall/core";
import { acmeDbError, acmeDbRefusal, refusedStatus } from "./acme-db-error.js";
import { type AcmeDbMetadata, memberEndpoints, readMembers, readStoredMembers } from "./acme-db-members-metadata.js";
import { ACME_DB_PORT, type AcmeDbMembersOptions, type AcmeDbMembersSettings, acmeDbMembersSettings } from "./acme-db-members-options.js";
import { type AcmeDbRequest, type AcmeDbTransport, httpTransport } from "./acme-db-transport.js";

/** What the source reaches the world through. */
export interface AcmeDbContext {
  readonly transport: (token: string | undefined) => AcmeDbTransport;
  readonly clock: Clock;
}

/**
 * The members of a cluster of acme-db. One poll is one `GET /members` to one member, and one probe is `HEAD /ready`, each over a connection
 * of its own: at rest there is none.
 *
 * Fetching rejects with `UNAVAILABLE`, `TIMEOUT`, `UNAUTHENTICATED`, `MALFORMED_RESPONSE` or `EMPTY_METADATA`, naming what each member that
 * was asked said.
 *
 * @throws DiscoveryError `INVALID_OPTIONS` naming the option, what was given and what is allowed.
 */
export function acmeDbMembers(options: AcmeDbMembersOptions): MetadataSource<AcmeDbMetadata> {
  return acmeDbMembersSource(options, { transport: httpTransport, clock: systemClock });
}

/** `acmeDbMembers` with a transport and a clock of one's own. */
export function acmeDbMembersSource(options: AcmeDbMembersOptions, context: AcmeDbContext): MetadataSource<AcmeDbMetadata> {
  return new AcmeDbMembersSource(acmeDbMembersSettings(options), context);
}

class AcmeDbMembersSource implements MetadataSource<AcmeDbMetadata> {
  readonly key: string;
  readonly #settings: AcmeDbMembersSettings;
  readonly #transport: AcmeDbTransport;
  readonly #clock: Clock;
  /** Where the last answer came from. */
  #last: string | undefined;

  constructor(settings: AcmeDbMembersSettings, { transport, clock }: AcmeDbContext) {
    this.key = settings.key;
    this.#settings = settings;
    this.#transport = transport(settings.token);
    this.#clock = clock;
  }

  /** Whoever answered last, unless it left or is set aside, then everybody known, then every seed: the first good answer wins. */
  async fetch({ known, aside = [], signal }: FetchContext<AcmeDbMetadata>): Promise<AcmeDbMetadata> {
    const { seeds, hedgeAfterMs, attemptTimeoutMs } = this.#settings;
    const inUse = known.filter((endpoint) => !aside.includes(endpoint)).map(hostPort.format);
    const candidates = candidateOrder({
      first: inUse.filter((address) => address === this.#last),
      known: known.map(hostPort.format),
      seeds,
      seed: addressOf,
      keyOf: (address) => address,
      random: () => this.#clock.random(),
      signal,
    });
    const { from, answer } = await askCandidates(candidates, (address, attempt) => this.#list(address, attempt), {
      signal,
      hedgeAfterMs,
      attemptTimeoutMs,
      source: "acme-db",
      describe: hostPort.printable,
      clock: this.#clock,
    });
    this.#last = from;
    return answer;
  }

  endpoints(metadata: AcmeDbMetadata): readonly Endpoint[] {
    return memberEndpoints(metadata);
  }

  async probe({ host, port }: Endpoint, options: { readonly signal: AbortSignal }): Promise<void> {
    await this.#ask({ host, port, method: "HEAD", path: "/ready" }, options);
  }

  restore(stored: unknown): AcmeDbMetadata {
    return readStoredMembers(stored);
  }

  async #list(address: string, options: { readonly signal: AbortSignal }): Promise<AcmeDbMetadata> {
    const at = hostPort.parse(address);
    if (at === undefined) throw acmeDbRefusal("UNAVAILABLE", "this seed is no address; use host:port, without a scheme");
    return readMembers(await this.#ask({ ...at, method: "GET", path: "/members" }, options));
  }

  /** The body of an answer that says 200. */
  async #ask(request: AcmeDbRequest, options: { readonly signal: AbortSignal }): Promise<string> {
    const asked = `${request.method} ${request.path} of ${hostPort.format(request)}`;
    try {
      const { status, body } = await this.#transport(request, options);
      if (status !== 200) throw refusedStatus(status, asked);
      return body;
    } catch (thrown) {
      throw acmeDbError(thrown, asked);
    }
  }
}

/** A seed as an address with a port; a text that is none stays as it is, and is refused by name when its turn comes. */
function addressOf(seed: string): string {
  const address = hostPort.parse(seed, ACME_DB_PORT);
  return address === undefined ? seed : hostPort.format(address);
}
