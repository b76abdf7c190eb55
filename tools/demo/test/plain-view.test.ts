import { expect, test } from "vitest";
import { plainView } from "../src/plain-view.js";
import { BROKERS, REPLACING } from "./scenes.js";

test("every step and change is one line, and the numbers come before a step, once a second at most", () => {
  let elapsedMs = 0;
  let written = "";
  const view = plainView(
    () => ({ ...REPLACING, memberships: [...REPLACING.memberships, BROKERS], elapsedMs }),
    (text) => {
      written += text;
    },
  );
  view.step("First.");
  elapsedMs = 4_210;
  view.step("Second.");
  view.step("Third.");
  view.change("+ 127.0.0.1:1003 (new) joined");
  expect(written.trimEnd().split("\n")).toEqual([
    "  0.0 s  First.",
    "  4.2 s  40 writes/s, 1 failed, 2 retries; poller fresh, version 2, 3 members in use, 2 original; poller stale, version 3, 2 brokers in use, 1 original; control dead",
    "  4.2 s  Second.",
    "  4.2 s  Third.",
    "  4.2 s  + 127.0.0.1:1003 (new) joined",
  ]);
});
