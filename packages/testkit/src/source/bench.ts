import type { Socket } from "node:net";
import type { MetadataSource } from "@rollcall/core";
import { ConformanceError, type Rule } from "../rule.js";
import { claims } from "./check-capabilities.js";
import { listOf } from "./listed.js";
import { deadAddress, Peer, says } from "./peer.js";
import { type Answer, type Outcome, Polling } from "./polling.js";
import type { Capability, SourceCapabilities, SourceHarness, SourceLimits } from "./source-harness.js";

/** One thing that the suite checks of a source. */
export interface SourceCase {
  readonly facet: string;
  /** What must hold, as a sentence without its subject. */
  readonly name: string;
  /** What has to be claimed for it; absent = nothing. */
  readonly needs?: Capability;
  /** Rejects with a `ConformanceError` when it does not hold. */
  readonly run: (bench: Bench) => Promise<void>;
}

/** What a case works with: the cluster, sources on it and peers beside it. All of it ends with the case. */
export class Bench {
  readonly harness: SourceHarness;
  readonly limits: SourceLimits;
  readonly #capabilities: SourceCapabilities;
  readonly #pollings: Polling[] = [];
  readonly #peers: { close(): Promise<unknown> }[] = [];

  constructor(harness: SourceHarness, capabilities: SourceCapabilities, limits: SourceLimits) {
    this.harness = harness;
    this.#capabilities = capabilities;
    this.limits = limits;
  }

  /** Whether a capability was claimed. */
  claims(name: Capability): boolean {
    return claims(this.#capabilities, name);
  }

  /** What was claimed. The suite runs a case only if what it needs was. */
  capability<K extends Capability>(name: K): NonNullable<SourceCapabilities[K]> {
    const claimed = this.#capabilities[name];
    if (claimed === undefined) throw new Error(`the capability ${name} is not claimed`);
    return claimed;
  }

  /** Begins to poll a new source from these seeds. */
  poll(seeds?: readonly string[]): Polling {
    return this.asker(seeds).begin();
  }

  /** Begins to poll a source. */
  pollSource(source: MetadataSource<unknown>): Polling {
    return this.#asker(source).begin();
  }

  /** Asks a new source that nobody watches. */
  asker(seeds: readonly string[] = this.harness.seeds): Polling {
    return this.#asker(this.harness.source(seeds));
  }

  #asker(source: MetadataSource<unknown>): Polling {
    const polling = new Polling(source, this.limits);
    this.#pollings.push(polling);
    return polling;
  }

  /** Somebody on loopback who treats every connection like this. */
  async peer(behaviour: (socket: Socket) => void): Promise<Peer> {
    const peer = await Peer.listen(behaviour);
    this.#peers.push(peer);
    return peer;
  }

  /** @throws Error when a case would prove nothing, because nobody connected to the peer that it is about */
  mustHaveReached({ seed, wasReached }: Peer): void {
    if (wasReached) return;
    throw new Error(`source() of the harness was given the seed ${seed}, but what it made did not connect there: let it use its argument`);
  }

  /** @throws Error when a case would prove nothing, because `source()` of the harness does not use the seeds that it is given */
  async mustUseSeeds(): Promise<void> {
    const peer = await this.peer(says(""));
    await this.poll([peer.seed]).ask();
    this.mustHaveReached(peer);
  }

  /** A port of 127.0.0.1 that refuses. */
  async deadPort(): Promise<number> {
    const dead = await deadAddress();
    this.#peers.push(dead);
    return dead.port;
  }

  /** A seed that refuses. */
  async deadSeed(): Promise<string> {
    return `127.0.0.1:${await this.deadPort()}`;
  }

  /** Ends everything. How a source closes is a case of its own; here the rest has to end whatever it does. */
  async close(): Promise<void> {
    await Promise.allSettled(this.#pollings.map((polling) => polling.close()));
    await Promise.all(this.#peers.map((peer) => peer.close()));
    await this.harness.close();
  }
}

/** The answer that a poll must have come to. @throws ConformanceError when it came to anything else */
export function answered(rule: Rule, outcome: Outcome): Answer {
  if (outcome.kind === "answer") return outcome;
  throw new ConformanceError(rule, { outcome: textOf(outcome) }, outcome.kind === "error" ? outcome.error : undefined);
}

/** An outcome, for messages. */
export function textOf(outcome: Outcome): string {
  if (outcome.kind === "answer") return `an answer that lists ${listOf(outcome.endpoints)}`;
  return outcome.kind === "error" ? outcome.error.message : "the fetch did not settle after its signal fired";
}
