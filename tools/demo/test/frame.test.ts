import { expect, test } from "vitest";
import { frameLines } from "../src/frame.js";
import { BROKERS, REPLACING } from "./scenes.js";

const picture = { scene: REPLACING, step: "Replacing 127.0.0.1:1001.", changes: ["first", "second", "third"] };

test("a frame shows the step, the poller, every member, every client and the changes", () => {
  expect(frameLines(picture, 40).map((line) => line.trimEnd())).toEqual([
    "  4.2 s  Replacing 127.0.0.1:1001.",
    "",
    "poller   fresh, version 2, next poll in 30 s",
    "members  127.0.0.1:1001  original  in use, has left",
    "         127.0.0.1:1002  original  in use",
    "         127.0.0.1:1003  new       in use",
    "         127.0.0.1:1004  new       not in use yet",
    "",
    "client           writes/s   writes   failed   retries   longest gap",
    "one                    20      100        0         1         61 ms",
    "two                    20      100        1         1         61 ms",
    "control: alone       dead       90        2         1         61 ms",
    "",
    "first",
    "second",
    "third",
  ]);
});

test("a frame shows one kind of members after the other, each with its poller", () => {
  const nameservers = REPLACING.memberships.map((one) => ({ ...one, member: "nameserver" }));
  const scene = { ...REPLACING, memberships: [...nameservers, BROKERS] };
  expect(frameLines({ ...picture, scene }, 40).slice(2, 10)).toEqual([
    "poller       fresh, version 2, next poll in 30 s",
    "nameservers  127.0.0.1:1001  original  in use, has left",
    "             127.0.0.1:1002  original  in use",
    "             127.0.0.1:1003  new       in use",
    "             127.0.0.1:1004  new       not in use yet",
    "poller       stale, version 3, asking now",
    "brokers      127.0.0.1:2001  original  in use",
    "             127.0.0.1:2002  new       in use",
  ]);
});

test("a frame says what the system says", () => {
  const words = { write: "message", again: "restarts", longest: "slowest write" };
  const lines = frameLines({ ...picture, scene: { ...REPLACING, words } }, 40);
  expect(lines[8]).toMatch(/restarts +slowest write *$/);
});

test("a frame is never higher than the screen and keeps the latest changes", () => {
  expect(frameLines(picture, 15).slice(-2)).toEqual(["second", "third"]);
  expect(frameLines(picture, 13)).toEqual(frameLines({ ...picture, changes: [] }, 40));
  expect(frameLines(picture, 5)).toHaveLength(5);
});
