import { subscribe as listen, unsubscribe as unlisten } from "node:diagnostics_channel";
import { onTestFinished } from "vitest";
import { DiscoveryError, type MetadataPoller } from "../../src/index.js";
import type { ManualClock } from "./manual-clock.js";
import type { Answer } from "./scripted-source.js";
import { codeOf } from "./setup.js";

/** Nobody answers. */
export function fail(): never {
  throw new DiscoveryError("UNAVAILABLE", "nobody answers", { source: "test" });
}

/** Collects what is published on diagnostics channels until the test ends. */
export function record(...channels: readonly string[]): string[] {
  const names: string[] = [];
  for (const channel of channels) {
    const collect = (): void => void names.push(channel);
    listen(channel, collect);
    onTestFinished(() => void unlisten(channel, collect));
  }
  return names;
}

/** One poll more, as soon as the floor allows. */
export async function pollOnce(clock: ManualClock, poller: MetadataPoller<Answer>): Promise<string> {
  const outcome = codeOf(poller.refresh());
  await clock.advance(1_000);
  return outcome;
}

/** Counts the listeners that others leave on it. */
export class CountingSignal extends EventTarget implements AbortSignal {
  readonly aborted = false;
  readonly reason: unknown = undefined;
  onabort = null;
  listeners = 0;

  throwIfAborted(): void {
    // It never aborts.
  }

  override addEventListener(...parameters: Parameters<EventTarget["addEventListener"]>): void {
    this.listeners += 1;
    super.addEventListener(...parameters);
  }

  override removeEventListener(...parameters: Parameters<EventTarget["removeEventListener"]>): void {
    this.listeners -= 1;
    super.removeEventListener(...parameters);
  }
}
