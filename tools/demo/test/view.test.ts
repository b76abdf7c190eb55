import { PassThrough } from "node:stream";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { frameLines } from "../src/frame.js";
import { liveView, type Screen } from "../src/view.js";
import { REPLACING } from "./scenes.js";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function screen(rows: number): Screen & PassThrough {
  return Object.assign(new PassThrough({ encoding: "utf8" }), { rows, hasColors: () => false });
}

test("a frame is drawn over the one before, and the last one stays", () => {
  const terminal = screen(40);
  const view = liveView(() => REPLACING, terminal);
  view.step("Step.");
  view.change("joined");
  vi.advanceTimersByTime(200);
  const lines = frameLines({ scene: REPLACING, step: "Step.", changes: ["  4.2 s  joined"] }, 39);
  const drawn = `\x1b[1G${lines.map((line) => `\x1b[K${line}\n`).join("")}\x1b[0J`;
  expect(terminal.read()).toBe(`\x1b[?25l\x1b[?7l${drawn}`);
  view[Symbol.dispose]();
  expect(terminal.read()).toBe(`\x1b[${lines.length}A${drawn}\x1b[?25h\x1b[?7h`);
});

test("the cursor is given back once, and nothing is drawn any more", () => {
  const terminal = screen(40);
  const view = liveView(() => REPLACING, terminal);
  view[Symbol.dispose]();
  terminal.read();
  view[Symbol.dispose]();
  expect(terminal.read()).toBeNull();
  expect(vi.getTimerCount()).toBe(0);
});

test("a frame leaves room for the line below it, on a terminal that does not know its height too", () => {
  for (const [rows, most] of [
    [10, 9],
    [0, 23],
  ] as const) {
    const terminal = screen(rows);
    const view = liveView(() => REPLACING, terminal);
    for (let change = 0; change < 50; change += 1) view.change("joined");
    view[Symbol.dispose]();
    expect(String(terminal.read()).split("\n")).toHaveLength(most + 1);
  }
});
