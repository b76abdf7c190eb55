import { type DiscoveryError, isDiscoveryError } from "@rollcall/core";
import { ManualClock } from "@rollcall/testkit";
import { beforeEach, describe, expect, it } from "vitest";
import { Watch } from "../src/watch.js";

const [OK, CANCELLED, DEADLINE_EXCEEDED, UNAVAILABLE] = [0, 1, 4, 14];
const [IDLE, CONNECTING, READY, TRANSIENT_FAILURE] = [0, 1, 2, 3];

let suspicions: DiscoveryError[];
let clock: ManualClock;
let watch: Watch;

beforeEach(() => {
  suspicions = [];
  clock = new ManualClock();
  const suspect = (at: object, cause: DiscoveryError): void => {
    expect(at).toEqual({ host: "::1", port: 2379 });
    suspicions.push(cause);
  };
  watch = new Watch({ host: "::1", port: 2379 }, suspect, clock);
});

/** A call that begins now and ends with this. */
const call = (code: number, itself: unknown = {}): void => watch.callEnded.call(itself, code);
const codes = (): string[] => suspicions.map(({ code }) => code);

describe("how calls end", () => {
  it.each([DEADLINE_EXCEEDED, UNAVAILABLE])("suspects the member after code %i", (code) => {
    call(code);
    expect(suspicions).toHaveLength(1);
    expect(isDiscoveryError(suspicions[0])).toBe(true);
    expect(suspicions[0]?.message).toMatch(/\[grpc\].* a call to \[::1\]:2379 ended with (DEADLINE_EXCEEDED|UNAVAILABLE)$/);
  });

  it("suspects nobody after success, or any error of an application's own", () => {
    for (let code = OK; code <= 16; code++) if (code !== DEADLINE_EXCEEDED && code !== UNAVAILABLE) call(code);
    expect(suspicions).toEqual([]);
  });

  it("takes CANCELLED for a timeout once the call's deadline has passed, and for the caller's doing before", () => {
    const now = Date.now();
    for (const deadline of [now + 60_000, new Date(now + 60_000), Number.POSITIVE_INFINITY, undefined]) call(CANCELLED, { deadline });
    for (const itself of [null, undefined, {}]) call(CANCELLED, itself);
    expect(codes()).toEqual([]);
    call(CANCELLED, { deadline: now - 1 });
    call(CANCELLED, { deadline: new Date(now - 1) });
    expect(codes()).toEqual(["TIMEOUT", "TIMEOUT"]);
  });

  it("takes UNAVAILABLE for the member's fault unless its stream was refused, or nobody can tell", () => {
    call(UNAVAILABLE, { child: { http2Stream: { rstCode: 7 } } });
    expect(codes()).toEqual([]);
    for (const itself of [{ child: { http2Stream: { rstCode: 8 } } }, { child: {} }, { child: null }, null]) {
      call(UNAVAILABLE, itself);
    }
    expect(codes()).toHaveLength(4);
  });

  it("hears of a burst once, and of calls that began after it again", () => {
    const burst = Array.from({ length: 100 }, () => watch.callEnded);
    for (const ended of burst) ended.call({}, DEADLINE_EXCEEDED);
    expect(codes()).toEqual(["TIMEOUT"]);
    call(UNAVAILABLE);
    expect(codes()).toEqual(["TIMEOUT", "UNAVAILABLE"]);
  });

  it("is not deafened by a call that went well", () => {
    const early = watch.callEnded;
    call(OK);
    early.call({}, UNAVAILABLE);
    expect(codes()).toEqual(["UNAVAILABLE"]);
  });

  it("is in doubt for a moment after a failure, and then not again for a while, however many follow", async () => {
    expect(watch.isInDoubt).toBe(false);
    call(OK);
    expect(watch.isInDoubt).toBe(false);
    call(DEADLINE_EXCEEDED);
    expect(watch.isInDoubt).toBe(true);
    await clock.advance(299);
    call(UNAVAILABLE);
    expect(watch.isInDoubt).toBe(true);
    await clock.advance(1);
    expect(watch.isInDoubt).toBe(false);
    call(UNAVAILABLE);
    expect(watch.isInDoubt).toBe(false);
    await clock.advance(9_700);
    call(UNAVAILABLE);
    expect(watch.isInDoubt).toBe(true);
  });

  it("allocates nothing for calls between two suspicions", () => {
    expect(watch.callEnded).toBe(watch.callEnded);
  });
});

describe("how connections fare", () => {
  const changes = (before: number, now: number, error?: string): void => watch.stateChanged({}, before, now, 0, error);

  it("suspects the member when none can be made", () => {
    changes(CONNECTING, TRANSIENT_FAILURE, "connect ECONNREFUSED");
    changes(CONNECTING, TRANSIENT_FAILURE);
    expect(suspicions.map(String)).toEqual([
      expect.stringContaining("cannot connect to [::1]:2379: connect ECONNREFUSED"),
      expect.stringContaining("cannot connect to [::1]:2379: no reason given"),
    ]);
  });

  it("finds nothing in a connection that is being made, is made, is given up, or ends", async () => {
    changes(IDLE, CONNECTING);
    changes(CONNECTING, READY);
    changes(READY, IDLE);
    changes(IDLE, CONNECTING);
    changes(CONNECTING, IDLE);
    changes(TRANSIENT_FAILURE, CONNECTING);
    changes(TRANSIENT_FAILURE, IDLE);
    await clock.advance(10_000);
    expect([suspicions, clock.pending]).toEqual([[], 0]);
  });

  it.each([
    ["begins", () => changes(IDLE, CONNECTING)],
    ["was begun for another channel", () => watch.begin(CONNECTING)],
  ])("suspects the member once when a connection that %s takes longer than a second", async (_what, begin) => {
    begin();
    await clock.advance(999);
    expect(suspicions).toEqual([]);
    await clock.advance(60_000);
    expect(suspicions.map(String)).toEqual([expect.stringContaining("cannot connect to [::1]:2379: no answer in 1000 ms")]);
  });

  it("waits for no connection that the channel wants no more, and for none that is there", async () => {
    watch.begin(CONNECTING);
    watch.end();
    watch.begin(READY);
    await clock.advance(10_000);
    expect([suspicions, clock.pending]).toEqual([[], 0]);
  });
});
