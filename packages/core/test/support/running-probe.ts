import type { DiscoveryError, Endpoint } from "../../src/index.js";
import { type Failure, type ProbeEnd, RunningProbe } from "../../src/running-probe.js";
import { ManualClock } from "./manual-clock.js";

/** Who is asked, and in which turn. */
export const OF = { id: "a", host: "a.test", port: 2379 };
export const TURN = 7;

/** A probe of at most 500 ms whose member does what the test says. */
export function running(member?: (context: { readonly signal: AbortSignal }) => Promise<void>, timeoutMs = 500) {
  const clock = new ManualClock();
  const ends: ProbeEnd[] = [];
  const signals: AbortSignal[] = [];
  let answer: () => void = () => undefined;
  let refuse: (error: unknown) => void = () => undefined;
  const said = new Promise<void>((resolve, reject) => {
    answer = resolve;
    refuse = reject;
  });
  const asked: Endpoint[] = [];
  const ask = (endpoint: Endpoint, context: { readonly signal: AbortSignal }): Promise<void> => {
    asked.push(endpoint);
    signals.push(context.signal);
    return member === undefined ? said : member(context);
  };
  const probe = new RunningProbe({ clock, timeoutMs, probe: ask }, OF, TURN, (end) => void ends.push(end));
  return {
    clock,
    probe,
    ends,
    asked,
    signals,
    kinds: () => ends.map(({ kind }) => kind),
    answer: () => answer(),
    refuse: (e: unknown) => refuse(e),
  };
}

/** The same, asked already, with its witness's silences collected. */
export async function witnessed(patienceMs: number, afterMs = 0) {
  const all = running();
  await all.clock.advance(afterMs);
  const silences: { readonly at: number; readonly failure: Failure }[] = [];
  const witness = (ms: number) => all.probe.witness(ms, (failure) => void silences.push({ at: all.clock.now(), failure }));
  witness(patienceMs);
  return { ...all, silences, witness, silentAt: () => silences.map(({ at }) => at) };
}

/** What a silence or a refusal says. */
export function messageOf({ error }: { readonly error?: unknown }): string {
  return (error as DiscoveryError).message;
}
