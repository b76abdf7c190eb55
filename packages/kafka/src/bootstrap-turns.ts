import type { Clock } from "@rollcall/core";
import { bootstrapOrder, type Tier } from "./bootstrap-choice.js";
import type { BootstrapSeeds } from "./bootstrap-seeds.js";

/** Whose turn it is, whoever asks. */
export class BootstrapTurns {
  readonly #seeds: BootstrapSeeds;
  readonly #clock: Clock;
  /** Who had a turn, each address once, the latest last; without those that are not listed any more. */
  #recent: readonly string[] = [];

  constructor(seeds: BootstrapSeeds, clock: Clock) {
    this.#seeds = seeds;
    this.#clock = clock;
  }

  /**
   * Everybody who may be handed out, best first. Whoever is reached has had a turn, so that calls of the same moment are spread; seeds are
   * asked for only when they are reached.
   */
  async *inOrder(tiers: readonly Tier[], lost: boolean): AsyncGenerator<string, void> {
    const known = tiers.flat();
    const listed = new Set([...known, ...this.#seeds.known]);
    this.#recent = this.#recent.filter((text) => listed.has(text));
    if (!lost) yield* this.#taken(tiers, [], lost);
    const seeds = await this.#seeds.read();
    if (lost) yield* this.#taken(tiers, seeds, lost);
    else yield* this.#taken([seeds.filter((seed) => !known.includes(seed))], [], lost);
  }

  /** This address has just been handed out. */
  take(address: string): void {
    this.#recent = [...this.#recent.filter((text) => text !== address), address];
  }

  *#taken(tiers: readonly Tier[], seeds: Tier, lost: boolean): Generator<string, void> {
    for (const address of bootstrapOrder({ tiers, seeds, lost, recent: this.#recent, random: () => this.#clock.random() })) {
      this.take(address);
      yield address;
    }
  }
}
