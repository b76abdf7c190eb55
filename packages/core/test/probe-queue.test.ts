import { describe, expect, it } from "vitest";
import { ProbeQueue } from "../src/probe-queue.js";
import { ProbedMember } from "../src/probed-member.js";
import { Timer } from "../src/timer.js";
import { ManualClock } from "./support/manual-clock.js";
import { member as endpoint } from "./support/scripted-source.js";

function fresh(id: string): ProbedMember {
  return new ProbedMember(endpoint(id), new Timer(new ManualClock(), () => undefined));
}

describe("ProbeQueue", () => {
  it("whoever is taken waits no longer and is being asked, the urgent first", () => {
    const queue = new ProbeQueue();
    const [other, urgent] = [fresh("a"), fresh("b")];
    queue.add(other, "other");
    queue.add(urgent, "urgent");
    expect([queue.take(), queue.isUrgent(urgent), [...queue.running]]).toEqual([urgent, false, [urgent]]);
    expect([queue.take(), queue.take(), urgent.urgency, other.urgency]).toEqual([other, undefined, "urgent", "other"]);
    expect([queue.placesFor("urgent"), queue.placesFor("other")]).toEqual([9, 5]);
  });

  it("whoever finds no place waits on, untouched", () => {
    const queue = new ProbeQueue();
    const running = Array.from({ length: 5 }, (_, at) => fresh(`m${at}`));
    for (const member of running) queue.start(member, "other");
    const waiting = fresh("z");
    queue.add(waiting, "other");
    queue.start(running[0] ?? waiting, "urgent");
    queue.start(fresh("y"), "other");
    expect([queue.take(), waiting.urgency, queue.running.has(waiting)]).toEqual([undefined, "other", false]);
    queue.delete(running[1] ?? waiting);
    expect(queue.take()).toBe(waiting);
  });
});
