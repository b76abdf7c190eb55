import { DiscoveryError, type EndpointFeed, hostPort, type Snapshot, type Subscription } from "@rollcall/core";
import type { BootstrapBrokersSettings } from "./bootstrap-brokers-options.js";
import { firstServing } from "./bootstrap-check.js";
import { bootstrapTiers } from "./bootstrap-choice.js";
import { Patience } from "./bootstrap-patience.js";
import { BootstrapSeeds } from "./bootstrap-seeds.js";
import { BootstrapTurns } from "./bootstrap-turns.js";
import type { KafkaAddress, KafkaTransport } from "./kafka-transport.js";

/** RFC 2606: it never resolves. kafkajs tries again, and its log says why. */
const NOBODY = "no-kafka-broker-is-known-yet.invalid:9092";

/** kafkajs calls only when it has no connection: two calls within this time are a client whose pick failed, or clients that start. */
const FAILED_WITHIN_MS = 5_000;

/** What each call is answered with: one address, and never an error. */
export class BootstrapPicks {
  readonly #feed: EndpointFeed;
  readonly #settings: BootstrapBrokersSettings;
  readonly #transport: KafkaTransport | undefined;
  readonly #patience: Patience;
  readonly #seedsPatience: Patience;
  readonly #turns: BootstrapTurns;
  #life: "unused" | "used" | "ended" = "unused";
  #subscription: Subscription | undefined;
  /** What was handed out last, unchecked. */
  #latest: { readonly address: string; readonly at: number } | undefined;

  /** @param transport - looks at whoever is to be handed out; undefined: nobody does */
  constructor(feed: EndpointFeed, settings: BootstrapBrokersSettings, transport: KafkaTransport | undefined) {
    this.#feed = feed;
    this.#settings = settings;
    this.#transport = transport;
    this.#patience = new Patience(settings.clock, settings.waitMs);
    // Seeds are reached in the middle of a check: they must leave it some time.
    this.#seedsPatience = transport === undefined ? this.#patience : new Patience(settings.clock, settings.waitMs / 2);
    this.#turns = new BootstrapTurns(new BootstrapSeeds(settings.seeds, this.#seedsPatience), settings.clock);
  }

  /** One `host:port`. Never rejects. */
  async next(): Promise<string> {
    this.#listen();
    const tiers = bootstrapTiers(await this.#snapshot(), this.#settings.rack);
    const row = this.#turns.inOrder(tiers, this.#isLost());
    const { value: guess } = await row.next();
    if (guess === undefined) return NOBODY;
    const transport = this.#transport;
    if (transport === undefined) {
      this.#latest = { address: guess, at: this.#settings.clock.now() };
      return guess;
    }
    const address = await this.#checked(transport, guess, row, tiers.flat().length);
    this.#turns.take(address);
    return address;
  }

  /** Leaves the feed; whoever waits is answered at once. */
  end(): void {
    this.#life = "ended";
    this.#patience.end();
    this.#seedsPatience.end();
    this.#subscription?.[Symbol.dispose]();
  }

  /** Whoever has just answered. If nobody does in time, somebody who refused, since kafkajs turns away from those and not from the silent. */
  async #checked(transport: KafkaTransport, guess: string, row: AsyncIterator<string, void>, count: number): Promise<string> {
    const refused: string[] = [];
    const failed = (address: KafkaAddress, cause: DiscoveryError): void => {
      if (cause.code !== "TIMEOUT") refused.push(hostPort.format(address));
      if (cause.code !== "INVALID_OPTIONS") this.#feed.suspect(address, { cause });
    };
    const { clock, waitMs } = this.#settings;
    const options = { transport, clock, failed, waitMs, count };
    const serving = await this.#patience.of((signal) => firstServing(this.#whileAlive(guess, row), { ...options, signal }));
    return serving ?? refused[0] ?? guess;
  }

  async *#whileAlive(guess: string, row: AsyncIterator<string, void>): AsyncGenerator<string, void> {
    // Nobody is connected to any more once the application shuts down.
    const isOver = (): boolean => this.#life === "ended" || this.#feed.status.state === "closed";
    for (let next: string | undefined = guess; next !== undefined && !isOver(); next = (await row.next()).value ?? undefined) yield next;
  }

  #listen(): void {
    const before = this.#life;
    if (before === "ended") return;
    this.#life = "used";
    try {
      if (before === "unused") this.#subscription = this.#feed.subscribe(() => undefined);
      else this.#hint();
    } catch {
      // A feed that is closed. What it knew, and the seeds, are good for an answer all the same.
    }
  }

  /** Being called again says that some client has lost its brokers. */
  #hint(): void {
    const { address, at = Number.NEGATIVE_INFINITY } = this.#latest ?? {};
    const sinceMs = Math.round(this.#settings.clock.now() - at);
    const suspect = address !== undefined && sinceMs < FAILED_WITHIN_MS ? hostPort.parse(address) : undefined;
    if (suspect !== undefined) {
      const message = `kafkajs asked for another broker ${sinceMs} ms after it was given ${address}`;
      this.#feed.suspect(suspect, { cause: new DiscoveryError("UNAVAILABLE", message, { source: "kafka" }) });
    }
    this.#feed.refresh({ signal: AbortSignal.abort(), reason: "kafkajs asked for a broker" }).catch(() => undefined);
  }

  /** The poller cannot say who is up: its polls fail, or it has ended. */
  #isLost(): boolean {
    const { failures, state } = this.#feed.status;
    return failures > 0 || state === "closed";
  }

  async #snapshot(): Promise<Snapshot | undefined> {
    const feed = this.#feed;
    // Once a poll has failed, the next one is no closer than a seed.
    if (feed.snapshot === undefined && this.#life === "used" && feed.status.failures === 0)
      await this.#patience.of((signal) => feed.ready({ signal }));
    return feed.snapshot;
  }
}
