import { getEventListeners } from "node:events";
import { describe, expect, it } from "vitest";
import { onAbort } from "../src/on-abort.js";

function listening(signal: AbortSignal | undefined) {
  const calls: string[] = [];
  const stop = onAbort(signal, () => void calls.push("aborted"));
  return { calls, stop, listeners: () => (signal === undefined ? 0 : getEventListeners(signal, "abort").length) };
}

describe("onAbort", () => {
  it("calls back once when the signal fires, and leaves no listener behind", () => {
    const controller = new AbortController();
    const { calls, stop, listeners } = listening(controller.signal);
    expect([calls.length, listeners()]).toEqual([0, 1]);
    controller.abort();
    controller.signal.dispatchEvent(new Event("abort"));
    stop();
    expect([calls.length, listeners()]).toEqual([1, 0]);
  });

  it("calls back at once when the signal has fired already, without a listener", () => {
    const { calls, stop, listeners } = listening(AbortSignal.abort());
    expect([calls.length, listeners()]).toEqual([1, 0]);
    stop();
    expect(calls).toHaveLength(1);
  });

  it("never calls back once it is stopped, however often that is said", () => {
    const controller = new AbortController();
    const { calls, stop, listeners } = listening(controller.signal);
    stop();
    stop();
    expect(listeners()).toBe(0);
    controller.abort();
    expect(calls).toEqual([]);
  });

  it("takes off its own listener only", () => {
    const controller = new AbortController();
    const first = listening(controller.signal);
    const second = listening(controller.signal);
    first.stop();
    controller.abort();
    expect([first.calls.length, second.calls.length]).toEqual([0, 1]);
  });

  it("without a signal there is nothing to wait for and nothing to stop", () => {
    const { calls, stop } = listening(undefined);
    stop();
    expect(calls).toEqual([]);
  });
});
