import { type Endpoint, MetadataPoller } from "@rollcall/core";
import { BenchClock } from "./bench-clock.js";
import { counted, type Figure } from "./figure.js";
import { freshMembers } from "./members.js";
import type { Scale } from "./scale.js";
import { of, timeInTurns } from "./stopwatch.js";

/** Members that are suspected one after the other in one timed run. */
const SUSPECTS = 20;
/** Past the floor between two probes of one member, and past the pause before a member that failed is asked again. */
const TURN_MS = 1_200;
const MAX_PROBES = 2;

/** What it costs to find out that a suspected member serves, and to set one aside and take it back, among few members and among many. */
export async function verdicts(scale: Scale): Promise<readonly Figure[]> {
  const figures: Figure[] = [];
  for (const members of [scale.endpoints[1] ?? 30, scale.endpoints.at(-1) ?? 10_000])
    figures.push(...(await verdictFigures(members, scale)));
  return figures;
}

async function verdictFigures(members: number, scale: Scale): Promise<readonly Figure[]> {
  const cluster = await ProbedCluster.of(members);
  await cluster.turns(() => undefined);
  const atRest = cluster.probes;
  await cluster.turns((at) => cluster.suspect(at));
  const perSuspicion = (cluster.probes - atRest) / SUSPECTS;
  const times = await timeInTurns(
    [
      { name: "nothing", run: () => cluster.turns(() => undefined) },
      { name: "serves", run: () => cluster.turns((at) => cluster.suspect(at)) },
      { name: "fails", run: () => cluster.turns((at) => cluster.failOnce(at)) },
    ],
    scale,
  );
  const us = (name: string): number => (of(times, name) - of(times, "nothing")) / SUSPECTS;
  const among = `among ${counted(members)} members`;
  return [
    { what: `probes at rest, ${among}`, unit: "", value: atRest, budget: { atMost: 0 } },
    { what: `probes per suspicion, ${among}`, unit: "", value: perSuspicion, budget: { atMost: MAX_PROBES } },
    { what: `verdict that a suspect serves, ${among}`, unit: "µs", value: us("serves") },
    { what: `set aside and taken back, two new versions, ${among}`, unit: "µs", value: us("fails") },
  ];
}

/** A poller, and a cluster whose members answer probes at once, except those that fail. */
export class ProbedCluster {
  /** Probes so far. */
  probes = 0;
  readonly poller: MetadataPoller<readonly Endpoint[]>;
  readonly #clock = new BenchClock();
  readonly #members: readonly Endpoint[];
  readonly #failing = new Set<string>();
  #next = 0;

  private constructor(members: number) {
    this.#members = freshMembers(members);
    const source = {
      key: "bench",
      fetch: async () => this.#members,
      endpoints: (answer: readonly Endpoint[]) => answer,
      probe: async ({ id }: Endpoint) => {
        this.probes += 1;
        if (this.#failing.delete(id)) throw new Error("it does not serve");
      },
    };
    this.poller = new MetadataPoller(source, { intervalMs: 86_400_000, clock: this.#clock });
    this.poller.subscribe(() => undefined);
  }

  /** A cluster that has been polled once. */
  static async of(members: number): Promise<ProbedCluster> {
    const cluster = new ProbedCluster(members);
    await cluster.#clock.jump(0);
    return cluster;
  }

  /** Does something to one member after the other, and lets time pass after each. */
  async turns(act: (at: number) => void): Promise<void> {
    for (let turn = 0; turn < SUSPECTS; turn += 1) {
      act(this.#next);
      this.#next = (this.#next + 1) % this.#members.length;
      await this.pass(0);
      await this.pass(TURN_MS);
    }
  }

  /** Lets time pass. */
  pass(ms: number): Promise<void> {
    return this.#clock.jump(ms);
  }

  /** A client was failed by a member. */
  suspect(at: number): void {
    const member = this.#members[at];
    if (member !== undefined) this.poller.suspect(member);
  }

  /** A member fails its next probe, which a client causes, and answers the one after. */
  failOnce(at: number): void {
    this.#failing.add(this.#members[at]?.id ?? "");
    this.suspect(at);
  }
}
