import {
  askCandidates,
  type Clock,
  candidateOrder,
  clusterPin,
  type Endpoint,
  type FetchContext,
  hostPort,
  type MetadataSource,
  systemClock,
} from "@rollcall/core";
import { natsError, natsRefusal, saidError } from "./nats-error.js";
import { type NatsServers, natsEndpoints, natsServersOf, readInfo, readStored } from "./nats-servers-metadata.js";
import { type NatsServersOptions, type NatsServersSettings, natsServersSettings, seedAddress } from "./nats-servers-options.js";
import { type NatsAddress, type NatsTalk, type NatsTransport, tcpTransport } from "./nats-transport.js";

/** What the source reaches the world through. */
export interface NatsServersContext {
  readonly transport: NatsTransport;
  readonly clock: Clock;
}

/** Somebody to ask. */
interface Candidate {
  /** `host:port` as the cluster lists it, whatever `mapEndpoint` made of it. */
  readonly name: string;
  /** Where it is asked. Absent: a seeds function returned what is no address. */
  readonly address: NatsAddress | undefined;
}

/**
 * The servers of a NATS cluster, as each of them tells in its INFO line to whoever connects, without TLS and credentials. One poll is one connection that ends with that line.
 * Whether a server serves is asked by PING, or, where only TLS or known clients may say that, by INFO alone. Between polls and probes there is no connection.
 *
 * Fetching rejects with `UNAVAILABLE`, `MALFORMED_RESPONSE` or `FOREIGN_CLUSTER`, naming what each server that was asked said.
 *
 * @throws DiscoveryError `INVALID_OPTIONS` naming the option, what was given and what is allowed.
 */
export function natsServers(options: NatsServersOptions): MetadataSource<NatsServers> {
  return natsServersSource(options, { transport: tcpTransport, clock: systemClock });
}

/** `natsServers` with a transport and a clock of one's own. */
export function natsServersSource(options: NatsServersOptions, context: NatsServersContext): MetadataSource<NatsServers> {
  return new NatsServersSource(natsServersSettings(options), context);
}

class NatsServersSource implements MetadataSource<NatsServers> {
  readonly key: string;
  readonly #settings: NatsServersSettings;
  readonly #transport: NatsTransport;
  readonly #clock: Clock;
  readonly #pin: ReturnType<typeof clusterPin> | undefined;
  /** Whose answer was the last. */
  #last: string | undefined;

  constructor(settings: NatsServersSettings, { transport, clock }: NatsServersContext) {
    const { seeds, cluster } = settings;
    this.key = `nats:${typeof seeds === "function" ? "<seeds function>" : seeds.join(",")}`;
    this.#settings = settings;
    this.#transport = transport;
    this.#clock = clock;
    this.#pin = cluster === undefined ? undefined : clusterPin({ clusterId: cluster, foreign: "refuse", source: "nats" });
  }

  /** Whoever answered last, unless it has left or is set aside, then everybody known, then every seed: the first good answer wins. */
  async fetch({ known, aside = [], signal }: FetchContext<NatsServers>): Promise<NatsServers> {
    const order = candidateOrder<Candidate>({
      first: known.filter((endpoint) => endpoint.id === this.#last && !aside.includes(endpoint)).map(knownCandidate),
      known: known.map(knownCandidate),
      seeds: this.#settings.seeds,
      seed: seedCandidate,
      keyOf: ({ name, address }) => (address === undefined ? name : hostPort.format(address)),
      random: () => this.#clock.random(),
      signal,
    });
    const { from, answer } = await askCandidates(order, (candidate, attempt) => this.#ask(candidate, attempt), {
      hedgeAfterMs: this.#settings.hedgeAfterMs,
      describe: ({ name }) => name,
      source: "nats",
      clock: this.#clock,
      signal,
    });
    this.#last = from.name;
    return answer;
  }

  endpoints(metadata: NatsServers): readonly Endpoint[] {
    return natsEndpoints(metadata);
  }

  async probe({ host, port }: Endpoint, { signal }: { readonly signal: AbortSignal }): Promise<void> {
    await this.#talk({ host, port }, signal, async ({ next, say }) => {
      const { tls_required, auth_required } = readInfo(await next());
      if (tls_required || auth_required) return;
      say("PING");
      for (let line = await next(); line !== "PONG"; line = await next()) if (line.startsWith("-ERR")) throw saidError(line);
    });
  }

  restore(stored: unknown): NatsServers {
    return readStored(stored);
  }

  async #ask({ name, address }: Candidate, { signal }: { readonly signal: AbortSignal }): Promise<NatsServers> {
    if (address === undefined) throw natsRefusal("UNAVAILABLE", "this seed is no address; use nats://host:port, host:port or host");
    const info = readInfo(await this.#talk(address, signal, ({ next }) => next()));
    this.#pin?.check(info.cluster ?? "no cluster");
    return natsServersOf(info, name);
  }

  async #talk<A>(address: NatsAddress, signal: AbortSignal, talk: NatsTalk<A>): Promise<A> {
    try {
      return await this.#transport(address, { signal }, talk);
    } catch (thrown) {
      signal.throwIfAborted();
      throw natsError(thrown);
    }
  }
}

function knownCandidate({ id, host, port }: Endpoint): Candidate {
  return { name: id, address: { host, port } };
}

function seedCandidate(seed: string): Candidate {
  const address = seedAddress(seed);
  return { name: address === undefined ? hostPort.printable(seed) : hostPort.format(address), address };
}
