import { expect, test } from "vitest";
import { changeLines } from "../src/changes.js";

test("a change has one line per member that joined, left or moved", () => {
  const at = (id: string, port: number) => ({ id, host: "127.0.0.1", port });
  const diff = { added: [at("d", 4)], removed: [at("a", 1)], changed: [[at("b", 2), at("b", 5)] as const] };
  expect(changeLines(diff, ["127.0.0.1:1", "127.0.0.1:2"])).toEqual([
    "+ 127.0.0.1:4 (new) joined",
    "- 127.0.0.1:1 (original) left",
    "~ 127.0.0.1:2 (original) is now 127.0.0.1:5 (new)",
  ]);
});
