import { expect, test } from "vitest";
import { LOST_BY_ETCD } from "../scenarios/lost-by-etcd.js";

const dropped = "headline/0/000042, attempt 1: 2 UNKNOWN: raft proposal dropped";
const hung =
  "headline/1/000042, attempt 1: 4 DEADLINE_EXCEEDED: Deadline exceeded after 5.001s,name resolution: 0.001s,remote_addr=127.0.0.1:20007";
const aborted = "headline/2/000042, attempt 1: The operation has been aborted";

/** What a test says that expects no failures. */
const message = (...failures: string[]): string => `${failures.join("\n")}: expected [ …(${failures.length}) ] to deeply equal []`;

test("a write that a member dropped or never answered is lost by etcd", () => {
  for (const line of [dropped, hung]) expect(message(line)).toMatch(LOST_BY_ETCD);
  expect(message(dropped, hung, dropped)).toMatch(LOST_BY_ETCD);
});

test("one failure of any other kind, or more failures than writes in flight, are not etcd's doing", () => {
  const refused = "headline/0/000043, attempt 3: 14 UNAVAILABLE: connect ECONNREFUSED 127.0.0.1:20001";
  const nobody = "headline/0/000043, attempt 1: 4 DEADLINE_EXCEEDED: Deadline exceeded after 5.002s,Waiting for LB pick";
  for (const line of [refused, nobody, aborted]) {
    expect(message(dropped, line)).not.toMatch(LOST_BY_ETCD);
    expect(message(line, dropped)).not.toMatch(LOST_BY_ETCD);
  }
  expect(message(dropped, dropped, dropped, dropped)).not.toMatch(LOST_BY_ETCD);
  expect("a channel on the old addresses must die, else this run proves nothing").not.toMatch(LOST_BY_ETCD);
});

let tries = 0;
test("a test that failed so is run once more", { retry: { count: 1, condition: LOST_BY_ETCD } }, ({ task }) => {
  tries += 1;
  const failed = tries === 1 ? [dropped, hung] : [];
  expect(failed, failed.join("\n")).toEqual([]);
  expect(task.result?.retryCount).toBe(1);
});

let otherTries = 0;
test.fails("a test that failed in any other way is not", { retry: { count: 1, condition: LOST_BY_ETCD } }, () => {
  otherTries += 1;
  const failed = otherTries === 1 ? [dropped, "14 UNAVAILABLE: connect ECONNREFUSED"] : [];
  expect(failed, failed.join("\n")).toEqual([]);
});
