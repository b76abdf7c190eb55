import { type DiscoveryError, isDiscoveryError } from "@rollcall/core";
import { beforeEach, describe, expect, it } from "vitest";
import { Watch } from "../src/watch.js";

const [OK, CANCELLED, DEADLINE_EXCEEDED, UNAVAILABLE] = [0, 1, 4, 14];
const [IDLE, CONNECTING, READY, TRANSIENT_FAILURE] = [0, 1, 2, 3];

let suspicions: DiscoveryError[];
let watch: Watch;

beforeEach(() => {
  suspicions = [];
  watch = new Watch({ host: "::1", port: 2379 }, (at, cause) => {
    expect(at).toEqual({ host: "::1", port: 2379 });
    suspicions.push(cause);
  });
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

  it("allocates nothing for calls between two suspicions", () => {
    expect(watch.callEnded).toBe(watch.callEnded);
  });
});

describe("how connections fare", () => {
  const changes = (before: number, now: number, error?: string): void => watch.stateChanged({}, before, now, 0, error);

  it("suspects the member when one is lost, and when none can be made", () => {
    changes(READY, IDLE);
    changes(CONNECTING, TRANSIENT_FAILURE, "connect ECONNREFUSED");
    expect(suspicions.map(String)).toEqual([
      expect.stringContaining("the connection to [::1]:2379 was lost"),
      expect.stringContaining("cannot connect to [::1]:2379: connect ECONNREFUSED"),
    ]);
  });

  it("finds nothing in a connection that is being made, is made, or is given up", () => {
    changes(IDLE, CONNECTING);
    changes(CONNECTING, READY);
    changes(CONNECTING, IDLE);
    changes(TRANSIENT_FAILURE, CONNECTING);
    changes(TRANSIENT_FAILURE, IDLE);
    expect(suspicions).toEqual([]);
  });

  it("counts the calls that were on a lost connection into the same burst", () => {
    const { callEnded } = watch;
    changes(READY, IDLE);
    callEnded.call({}, UNAVAILABLE);
    expect(suspicions).toHaveLength(1);
  });
});
