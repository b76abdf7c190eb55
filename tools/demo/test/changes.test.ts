import { expect, test } from "vitest";
import { changeLines } from "../src/changes.js";

test("a change has one line per member that joined, left or moved", () => {
  const at = (id: string, port: number) => ({ id, host: "127.0.0.1", port });
  const diff = { added: [at("d", 4)], removed: [at("a", 1)], changed: [[at("b", 2), at("b", 5)] as const] };
  expect(changeLines(diff, { member: "broker", originals: ["127.0.0.1:1", "127.0.0.1:2"] })).toEqual([
    "+ broker 127.0.0.1:4 (new) joined",
    "- broker 127.0.0.1:1 (original) left",
    "~ broker 127.0.0.1:2 (original) is now 127.0.0.1:5 (new)",
  ]);
});

test("of a member that stays where it is, a change says what else is new of it", () => {
  const before = { id: "a", host: "127.0.0.1", port: 1, attributes: { writable: true, readable: true, zone: "z" } };
  const after = { ...before, attributes: { writable: false, readable: true } };
  const diff = { added: [], removed: [], changed: [[before, after] as const] };
  expect(changeLines(diff, { member: "broker", originals: [] })).toEqual(["~ broker 127.0.0.1:1 (new) is now writable: false, zone: none"]);
});
