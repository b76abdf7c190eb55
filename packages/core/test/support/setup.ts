import { MetadataPoller } from "../../src/metadata-poller.js";
import type { PollerOptions } from "../../src/poller-options.js";
import { ManualClock } from "./manual-clock.js";
import { type Answer, type Script, ScriptedSource } from "./scripted-source.js";

/** A poller on a manual clock with a scripted source: 10 s interval, 1 s floor, 2 s timeout. */
export function setup(
  script: Script,
  options: PollerOptions = {},
): { readonly clock: ManualClock; readonly source: ScriptedSource; readonly poller: MetadataPoller<Answer> } {
  const clock = new ManualClock();
  const source = new ScriptedSource(clock, script);
  const poller = new MetadataPoller(source, { intervalMs: 10_000, minIntervalMs: 1_000, timeoutMs: 2_000, clock, ...options });
  return { clock, source, poller };
}

/** The code of the error that a promise rejects with, or `resolved`. */
export async function codeOf(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => "resolved",
    (error: { readonly code?: string }) => error.code ?? String(error),
  );
}
