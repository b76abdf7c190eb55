import type { MetadataSource } from "@rollcall/core";
import { afterEach } from "vitest";
import { type Answer, LoopbackMember } from "./loopback-member.js";
import { votersAt } from "./member-list.js";

const cleanUps: AsyncDisposable[] = [];

afterEach(async () => {
  for (const thing of cleanUps.splice(0).reverse()) await thing[Symbol.asyncDispose]();
});

/** Disposes of a thing when the test ends, the newest first. */
export function use<T extends AsyncDisposable>(thing: T): T {
  cleanUps.push(thing);
  return thing;
}

/** A member on loopback that serves until the test ends. */
export async function member(answer: Answer = () => votersAt("http://h:1")): Promise<LoopbackMember> {
  return use(await new LoopbackMember(answer).start());
}

/** A source that is being polled. */
export interface Polling {
  /** Ends the polling. */
  stop(): void;
  /** Resolves when the source asks for a poll. */
  readonly changed: Promise<void>;
  /** Fetches once. */
  fetch(signal?: AbortSignal): Promise<unknown>;
}

/** Polls a source by hand, as the poller would, and closes it when the test ends. */
export function polling(source: MetadataSource<unknown>): Polling {
  const controller = new AbortController();
  const changed = new Promise<void>((resolve) => source.watch?.({ signal: controller.signal, changed: resolve }));
  use({ [Symbol.asyncDispose]: async () => source.close?.() });
  const idle = new AbortController().signal;
  return {
    stop: () => controller.abort(),
    changed,
    fetch: (signal = idle) => source.fetch({ signal, previous: undefined, known: [], attempt: 0 }),
  };
}
