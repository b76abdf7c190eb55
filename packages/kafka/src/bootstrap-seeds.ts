import { channel } from "node:diagnostics_channel";
import { type DiagnosticsMessages, hostPort, type Seeds } from "@rollcall/core";
import { bootstrapAddress } from "./bootstrap-choice.js";
import type { Patience } from "./bootstrap-patience.js";
import { KAFKA_PORT } from "./kafka-options.js";

const rejected = channel("rollcall:rejected");

/** What is told of an answer that is not, or not wholly, what it should be. */
const WANTED = "the function of seeds must return a list of host:port without a scheme, at least one of them no IPv6 literal";

/** The seeds as kafkajs can read them, whatever the function that names them does: `rollcall:rejected` says what is wrong with it. */
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

  /** The last good answer; empty before it. */
  get known(): readonly string[] {
    return this.#known;
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
    await this.#patience.of(
      async (signal) => this.#heard(await seeds({ signal })),
      ({ message }) => report(undefined, `the function of seeds failed: ${message}`),
    );
    this.#question = undefined;
  }

  #heard(answer: unknown): void {
    const found = readable(answer);
    if (found.length > 0) this.#known = found;
    if (found.length === 0 || parsed(answer).length < (answer as unknown[]).length) report(redacted(answer), WANTED);
  }
}

function report(entry: unknown, reason: string): void {
  rejected.publish({ source: "kafka:bootstrap", entry, reason } satisfies DiagnosticsMessages["rollcall:rejected"]);
}

/** A function may have answered anything. */
function readable(seeds: unknown): readonly string[] {
  return [...new Set(parsed(seeds).flatMap((address) => bootstrapAddress(address) ?? []))];
}

function parsed(seeds: unknown): readonly { readonly host: string; readonly port: number }[] {
  return Array.isArray(seeds) ? seeds.flatMap((seed) => hostPort.parse(seed, KAFKA_PORT) ?? []) : [];
}

/** Without what may be secret: the user information of texts, and all that objects hold. */
function redacted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map((each) => (Array.isArray(each) ? "a list" : redacted(each)));
  if (typeof value === "string") return hostPort.printable(value);
  return typeof value === "object" && value !== null ? "an object" : value;
}
