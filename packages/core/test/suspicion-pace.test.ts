import { describe, expect, it } from "vitest";
import { SuspicionPace } from "../src/suspicion-pace.js";

const NEVER = Number.POSITIVE_INFINITY;
const AT_ONCE = Number.NEGATIVE_INFINITY;

/** Distances of 1 to 6. Each call is one poll, without duration, that a suspicion caused or not, and that brought news or not. */
function pacing() {
  const pace = new SuspicionPace(1, 6);
  const poll = (now: number, { suspected = true, news = false } = {}): void => {
    if (suspected) pace.suspected();
    pace.pollStarted();
    pace.pollEnded(now, news);
  };
  /** When a suspicion that comes now would want its poll. */
  const next = (): number => {
    pace.suspected();
    return pace.wantedAt;
  };
  return { pace, poll, next };
}

describe("SuspicionPace", () => {
  it("wants no poll while nobody is suspected, and one at once for the first suspicion", () => {
    const { pace, next } = pacing();
    expect([pace.wantedAt, next()]).toEqual([NEVER, AT_ONCE]);
  });

  it("a poll that starts answers every suspicion so far, whatever it brings", () => {
    const { pace, poll } = pacing();
    poll(10);
    expect(pace.wantedAt).toBe(NEVER);
    poll(20, { news: true });
    expect(pace.wantedAt).toBe(NEVER);
  });

  it("a suspicion during a poll is answered by the next one", () => {
    const { pace } = pacing();
    pace.suspected();
    pace.pollStarted();
    pace.suspected();
    pace.pollEnded(10, false);
    expect(pace.wantedAt).toBe(12);
    pace.pollStarted();
    expect(pace.wantedAt).toBe(NEVER);
  });

  it("the distance doubles while such polls bring nothing new, up to its maximum", () => {
    const { poll, next } = pacing();
    const distances = [100, 200, 300, 400].map((now) => {
      poll(now);
      return next() - now;
    });
    expect(distances).toEqual([2, 4, 6, 6]);
  });

  it("news brings it back to its minimum, and counts as a poll even when no suspicion caused it", () => {
    for (const suspected of [true, false]) {
      const { poll, next } = pacing();
      poll(100);
      poll(200);
      poll(300, { suspected, news: true });
      expect(next()).toBe(301);
      poll(400);
      expect(next()).toBe(402);
    }
  });

  it("a poll that no suspicion caused and that brings nothing new changes nothing", () => {
    const { poll, next } = pacing();
    poll(100, { suspected: false });
    expect(next()).toBe(AT_ONCE);
    poll(200);
    poll(201, { suspected: false });
    expect(next()).toBe(202);
  });
});
