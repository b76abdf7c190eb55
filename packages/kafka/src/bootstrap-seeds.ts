import { hostPort, type Seeds } from "@rollcall/core";
import { bootstrapAddress } from "./bootstrap-choice.js";
import type { Patience } from "./bootstrap-patience.js";
import { KAFKA_PORT } from "./kafka-options.js";

/** The seeds as kafkajs can read them, whatever the function that names them does. */
export class BootstrapSeeds {
  readonly #seeds: Seeds;
  readonly #patience: Patience;
  #known: readonly string[] = [];
  #question: Promise<void> | undefined;

  constructor(seeds: Seeds, patience: Patience) {
    this.#seeds = seeds;
    this.#patience = patience;
    if (typeof seeds !== "function") this.#known = readable(seeds);
  }

  /** Never rejects. Clients that lost their brokers together share one question; the last good answer outlives a bad one. */
  async read(): Promise<readonly string[]> {
    this.#question ??= this.#ask();
    await this.#question;
    return this.#known;
  }

  async #ask(): Promise<void> {
    const seeds = this.#seeds;
    if (typeof seeds !== "function") return;
    const found = readable(await this.#patience.of((signal) => seeds({ signal })));
    if (found.length > 0) this.#known = found;
    this.#question = undefined;
  }
}

/** A function may have answered anything. */
function readable(seeds: unknown): readonly string[] {
  if (!Array.isArray(seeds)) return [];
  const addresses = seeds.flatMap((seed) => hostPort.parse(seed, KAFKA_PORT) ?? []);
  return [...new Set(addresses.flatMap((address) => bootstrapAddress(address) ?? []))];
}
