import { describe, expect, it } from "vitest";
import { HearingRoom } from "./support/hearing-room.js";
import { settle } from "./support/manual-clock.js";

/** Who is asked when `b` is wanted after `a` has been, and the clock has moved by `movedMs` meanwhile. */
async function askedAfter(pause: () => Promise<void> | undefined, movedMs: number): Promise<string> {
  const room = new HearingRoom();
  room.bystanders = ["w", "x"];
  let now = 0;
  room.clock.now = () => now;
  room.hearings.ask(room.member("a"));
  const paused = pause();
  if (paused !== undefined) await paused;
  now += movedMs;
  room.hearings.ask(room.member("b"));
  await settle();
  return room.asked.join(" ");
}

describe("a turn", () => {
  it("is one synchronous run, however long it takes", async () => {
    expect(await askedAfter(() => undefined, 1_000)).toBe("a w b");
  });

  it("is over at the next microtask: whoever is asked then needs a witness, too", async () => {
    expect(await askedAfter(() => Promise.resolve(), 0.001)).toBe("a w b x");
  });

  it("is not over while the clock reads the same", async () => {
    expect(await askedAfter(settle, 0)).toBe("a w b");
  });
});
