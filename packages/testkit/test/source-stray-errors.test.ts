import { expect, it } from "vitest";
import { brokenRules } from "./broken-rules.js";
import type { BrokenSource } from "./mistake.js";
import { STRAY_SOURCES } from "./stray-sources.js";

/** Keeps the runner from hearing of errors that belong to nobody: here they are what is looked for. */
async function unheard<R>(run: () => Promise<R>): Promise<R> {
  const events = ["unhandledRejection", "uncaughtException"] as const;
  const listeners = events.map((event) => [event, process.rawListeners(event)] as const);
  for (const event of events) process.removeAllListeners(event).on(event, () => undefined);
  try {
    return await run();
  } finally {
    for (const [event, heard] of listeners) {
      process.removeAllListeners(event);
      for (const listener of heard) process.on(event, listener as () => void);
    }
  }
}

it.each(Object.entries(STRAY_SOURCES))(
  "a source that %s fails in its facet and in no other",
  async (_mistake, source: BrokenSource) => {
    const rules = await unheard(() => brokenRules(source));
    expect(rules.map((rule) => rule.slice(0, source.rule.length))).toContain(source.rule);
  },
  60_000,
);
