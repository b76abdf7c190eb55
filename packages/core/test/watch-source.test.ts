import { describe, expect, it } from "vitest";
import type { DiagnosticsMessages, WatchContext } from "../src/index.js";
import { watchSource } from "../src/watch-source.js";
import { messagesOf } from "./support/who-serves.js";

/** A source that is told that polling begins, and how often it made itself heard. */
function watching() {
  const polling = new AbortController();
  const contexts: WatchContext[] = [];
  let wanted = 0;
  const source = { key: "k", watch: (context: WatchContext): void => void contexts.push(context) };
  void watchSource(source, polling.signal, () => {
    wanted += 1;
  });
  return { polling, context: contexts[0] as WatchContext, told: contexts.length, wanted: (): number => wanted };
}

describe("a source that watches", () => {
  it("is told once, at once, and gets the signal of the polling", () => {
    const { polling, context, told, wanted } = watching();
    expect([told, context.signal, wanted()]).toEqual([1, polling.signal, 0]);
  });

  it("asks for a poll each time that it says changed(), which needs no `this`", () => {
    const { changed } = watching().context;
    const { context, wanted } = watching();
    const { changed: again } = context;
    again();
    again();
    changed();
    expect(wanted()).toBe(2);
  });

  it("is not heard any more once polling is over", () => {
    const { polling, context, wanted } = watching();
    polling.abort();
    context.changed();
    expect(wanted()).toBe(0);
  });

  it("is called as a method", () => {
    class Source {
      readonly key: string = "k";
      begun = 0;
      watch(): void {
        this.begun += 1;
      }
    }
    const source = new Source();
    void watchSource(source, new AbortController().signal, () => undefined);
    expect(source.begun).toBe(1);
  });

  it("may say changed() before it returns", () => {
    let wanted = 0;
    const source = { key: "k", watch: ({ changed }: WatchContext): void => changed() };
    void watchSource(source, new AbortController().signal, () => {
      wanted += 1;
    });
    expect(wanted).toBe(1);
  });

  it("that throws is one event, and what it threw is in it", () => {
    const rejected = messagesOf<DiagnosticsMessages["rollcall:rejected"]>("rollcall:rejected");
    const error = new Error("no watch");
    const source = {
      key: "k",
      watch: (): never => {
        throw error;
      },
    };
    void watchSource(source, new AbortController().signal, () => undefined);
    expect(rejected).toEqual([{ source: "k", entry: error, reason: "watch threw: polls follow the interval only" }]);
  });

  it("that is asynchronous and rejects is the same event, and no unhandled rejection", async () => {
    const rejected = messagesOf<DiagnosticsMessages["rollcall:rejected"]>("rollcall:rejected");
    const error = new Error("no watch");
    await watchSource({ key: "k", watch: () => Promise.reject(error) as never }, new AbortController().signal, () => undefined);
    expect(rejected).toEqual([{ source: "k", entry: error, reason: "watch threw: polls follow the interval only" }]);
  });
});

it("a source that does not watch is told nothing", () => {
  const rejected = messagesOf("rollcall:rejected");
  expect(() => void watchSource({ key: "k" }, new AbortController().signal, () => undefined)).not.toThrow();
  expect(rejected).toEqual([]);
});
