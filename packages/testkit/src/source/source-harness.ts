import type { Endpoint, MetadataSource } from "@rollcall/core";
import type { Runner } from "../runner.js";

/**
 * A cluster to test a source against: three things that any simulator can give. Whatever else the object carries is handed to
 * the capabilities, so keep the simulator in it. Every case gets a cluster of its own.
 */
export interface SourceHarness {
  /** Where the cluster can be asked, as `host:port` (IPv6 in brackets); at least one. Plain TCP: the suite puts itself in between. */
  readonly seeds: readonly string[];
  /**
   * A source as a user of this cluster would make it, with the right credentials. `seeds` are some of the cluster's, or lead to
   * peers of the suite that are dead, silent or mad. Short timeouts make a short suite.
   */
  source(seeds: readonly string[]): MetadataSource<unknown>;
  /** Ends the cluster. Called once per case, after every source was closed. */
  close(): PromiseLike<unknown>;
}

/**
 * What the source and its simulator can do beyond the contract's minimum, and how the suite runs; `harness` is what `make` made for
 * the case. What is left out is listed as skipped, by its name here, and never counts as passed.
 */
export interface SourceCapabilities<H extends SourceHarness = SourceHarness> {
  /** The functions of your test runner. Default: the global `describe` and `it`, where the runner provides them. */
  readonly runner?: Runner | undefined;
  /**
   * How long a fetch may take to settle after an abort, and a socket to be gone once nobody needs it, in milliseconds of the real
   * clock. Default 1 000. 1 to 600 000.
   */
  readonly settleWithinMs?: number | undefined;
  /**
   * How long one poll may take before it is aborted, in milliseconds. Default 3 000; a poller's own default is 10 000. 1 to 600 000.
   * The runner is told to leave a case ten times this and `settleWithinMs`; one that does not listen (mocha) needs a limit above it.
   */
  readonly answerWithinMs?: number | undefined;
  /** The source takes several seeds. Default, here and below: absent (or false), then the cases about it are listed as skipped. */
  readonly severalSeeds?: boolean | undefined;
  /** The members themselves can be asked for the list, so `known` leads back to the cluster when all seeds are dead. */
  readonly known?: boolean | undefined;
  /** The source has `restore`. */
  readonly restore?: boolean | undefined;
  /** Texts that the sources of this harness are given and must never show: passwords, tokens. */
  readonly secrets?: readonly string[] | undefined;
  /** How many client connections are open, over all members. */
  connections?(harness: H): number;
  /** Gives one member another address under the same identity; resolves once the cluster lists it there. */
  move?(harness: H): PromiseLike<unknown>;
  /** The source has `probe`, and this makes one member stop serving while it stays listed (a frozen process will do). */
  stopServing?(harness: H, endpoint: Endpoint): PromiseLike<unknown>;
  /** A source on the same cluster with credentials that it refuses. */
  wrongCredentials?(harness: H): MetadataSource<unknown>;
  /** Makes somebody answer, within the protocol, what the protocol does not promise; resolves with the seeds that lead there. */
  malformed?(harness: H): PromiseLike<readonly string[]>;
  /**
   * Brings about the system's own way of knowing only a part (a page that fails, a member cut off from its peers); resolves with
   * the seeds of those who know no more.
   */
  partial?(harness: H): PromiseLike<readonly string[]>;
}

/** How long the suite waits, in milliseconds. */
export interface SourceLimits {
  readonly settleWithinMs: number;
  readonly answerWithinMs: number;
  /** After which a silent member does not serve. */
  readonly probeMs: number;
}

/** The name of something that can be claimed. */
export type Capability = Exclude<keyof SourceCapabilities, "runner" | keyof SourceLimits>;
