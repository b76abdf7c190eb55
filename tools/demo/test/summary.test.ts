import { expect, test } from "vitest";
import type { Outcome } from "../src/story.js";
import { problems, summaryLines } from "../src/summary.js";
import { loadLine, WORDS } from "./scenes.js";

const REPLACED = { member: "member", before: ["a:1", "b:2"], after: ["c:3", "d:4"], inUse: ["d:4", "c:3"] };
const GOOD: Outcome = {
  words: WORDS,
  clients: [{ ...loadLine(), lost: 0 }],
  control: { ...loadLine({ kind: "ipv4:, no discovery", failed: ["x"] }), dead: true },
  memberships: [REPLACED],
};

test("the summary ends with how many writes failed", () => {
  expect(problems(GOOD)).toEqual([]);
  expect(summaryLines(GOOD)).toEqual([
    "┌────────┬────────┬────────┬─────────┬─────────────┬──────┐",
    "│ client │ writes │ failed │ retries │ longest gap │ lost │",
    "├────────┼────────┼────────┼─────────┼─────────────┼──────┤",
    "│ client │    100 │      0 │       1 │       61 ms │    0 │",
    "└────────┴────────┴────────┴─────────┴─────────────┴──────┘",
    "members before: a:1, b:2",
    "members after:  c:3, d:4",
    "control (ipv4:, no discovery) dead: yes, 100 writes, 1 failed",
    "failed: 0",
  ]);
});

test.each<[problem: string, change: Partial<Outcome>]>([
  ["client: key 7, attempt 3: gone", { clients: [{ ...loadLine({ failed: ["key 7, attempt 3: gone"] }), lost: 0 }] }],
  ["client: wrote nothing", { clients: [{ ...loadLine({ acknowledged: 0 }), lost: 0 }] }],
  ["client: 2 acknowledged keys are missing", { clients: [{ ...loadLine(), lost: 2 }] }],
  ["the control did not die, so this run proves nothing", { control: { ...GOOD.control, dead: false } }],
  ["the control never worked, so its death proves nothing", { control: { ...GOOD.control, acknowledged: 0 } }],
  ["still there: b:2", { memberships: [{ ...REPLACED, after: ["b:2", "c:3"], inUse: ["b:2", "c:3"] }] }],
  ["the poller of members believes in c:3", { memberships: [REPLACED, { ...REPLACED, inUse: ["c:3"] }] }],
])("a run is not good when: %s", (problem, change) => {
  expect(problems({ ...GOOD, ...change })).toEqual([problem]);
  expect(summaryLines({ ...GOOD, ...change })).toContain(`problem: ${problem}`);
});

test("the summary says what the system says", () => {
  const words = { write: "message", again: "restarts", longest: "slowest write" };
  const lines = summaryLines({ ...GOOD, words, clients: [{ ...loadLine(), lost: 1 }], memberships: [{ ...REPLACED, member: "broker" }] });
  expect(lines[1]).toContain("│ restarts │ slowest write │");
  expect(lines).toEqual(expect.arrayContaining(["brokers before: a:1, b:2", "problem: client: 1 acknowledged messages are missing"]));
});

test("failures are added up over all clients", () => {
  const clients = [1, 2].map((count) => ({ ...loadLine({ failed: Array<string>(count).fill("x") }), lost: 0 }));
  expect(summaryLines({ ...GOOD, clients }).at(-1)).toBe("failed: 3");
});
