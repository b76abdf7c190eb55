import { ManualClock } from "@rollcall/testkit";
import { describe, expect, it, vi } from "vitest";
import type { CallEnded, PickResult, StateChanged, Subchannel } from "../src/balancing.js";
import { Watch } from "../src/watch.js";
import { watchedSubchannelClass, watchingPicker } from "../src/watched-subchannel.js";

/** As grpc-js' own: one that stands in front of another. */
class Wrapper implements Subchannel {
  readonly child: Subchannel;
  constructor(child: Subchannel) {
    this.child = child;
  }
  ref(): void {
    this.child.ref();
  }
  unref(): void {
    this.child.unref();
  }
  addConnectivityStateListener(listener: StateChanged): void {
    this.child.addConnectivityStateListener(listener);
  }
  removeConnectivityStateListener(listener: StateChanged): void {
    this.child.removeConnectivityStateListener(listener);
  }
  getConnectivityState(): number {
    return this.child.getConnectivityState();
  }
}

/** A connection in a pool. */
class Pooled implements Subchannel {
  refs = 0;
  state = 0;
  readonly listeners = new Set<StateChanged>();
  ref(): void {
    this.refs += 1;
  }
  unref(): void {
    this.refs -= 1;
  }
  addConnectivityStateListener(listener: StateChanged): void {
    this.listeners.add(listener);
  }
  removeConnectivityStateListener(listener: StateChanged): void {
    this.listeners.delete(listener);
  }
  getConnectivityState(): number {
    return this.state;
  }
}

const Watched = watchedSubchannelClass(Wrapper);

function scene() {
  const suspect = vi.fn();
  const pooled = new Pooled();
  const clock = new ManualClock();
  const subchannel = new Watched(pooled, new Watch({ host: "10.0.0.1", port: 1 }, suspect, clock));
  return { suspect, pooled, subchannel, clock };
}

describe("a watched subchannel", () => {
  it("listens while anybody holds it, before whoever holds it, and leaves nothing behind in the pool", () => {
    const { pooled, subchannel } = scene();
    const policy = (): void => undefined;
    for (let life = 0; life < 2; life++) {
      expect(pooled.listeners.size).toBe(0);
      subchannel.ref();
      subchannel.addConnectivityStateListener(policy);
      subchannel.ref();
      subchannel.unref();
      expect([...pooled.listeners]).toEqual([subchannel.watch.stateChanged, policy]);
      subchannel.removeConnectivityStateListener(policy);
      subchannel.unref();
    }
    expect([pooled.listeners.size, pooled.refs]).toEqual([0, 0]);
  });

  it("waits only while it is held for a connection that has begun for somebody else", async () => {
    const { suspect, pooled, subchannel, clock } = scene();
    pooled.state = 1; // CONNECTING
    subchannel.ref();
    expect(clock.pending).toBe(1);
    subchannel.unref();
    await clock.advance(10_000);
    expect([suspect.mock.calls.length, clock.pending]).toEqual([0, 0]);
  });
});

describe("a watching picker", () => {
  const picked = (subchannel: Subchannel | null, onCallEnded: CallEnded | null = null): PickResult =>
    watchingPicker({ pick: () => Object.freeze({ subchannel, onCallEnded }) }, Watched).pick({});

  it("gives the watch's ear to the call, and a pick with nobody to watch on as it is", () => {
    const { subchannel } = scene();
    expect(picked(subchannel)).toEqual({ subchannel, onCallEnded: subchannel.watch.callEnded });
    expect(picked(null)).toEqual({ subchannel: null, onCallEnded: null });
    expect(picked(new Pooled()).onCallEnded).toBeNull();
  });

  it("lets both hear how the call ended when the policy wanted to hear it too", () => {
    const { suspect, subchannel } = scene();
    const heard: unknown[] = [];
    const { onCallEnded } = picked(subchannel, function (this: unknown, ...how) {
      heard.push(this, ...how);
    });
    const call = { deadline: 0 };
    onCallEnded?.call(call, 1, "Call cancelled", "metadata");
    expect(heard).toEqual([call, 1, "Call cancelled", "metadata"]);
    expect(suspect).toHaveBeenCalledTimes(1);
  });

  it("rather picks somebody else than whoever has just failed a call, and that one all the same if there is nobody else", () => {
    const members = [scene(), scene(), scene()].map(({ subchannel }) => subchannel);
    let next = 0;
    const roundRobin = watchingPicker({ pick: () => ({ subchannel: members[next++ % 3] ?? null, onCallEnded: null }) }, Watched);
    const picks = (count: number): number[] =>
      Array.from({ length: count }, () => members.indexOf(roundRobin.pick({}).subchannel as (typeof members)[number]));
    expect(picks(4)).toEqual([0, 1, 2, 0]);
    members[2]?.watch.callEnded.call({}, 4);
    expect(picks(4)).toEqual([1, 0, 1, 0]);
    for (const { watch } of members) watch.callEnded.call({}, 4);
    expect(new Set(picks(9))).toEqual(new Set([0, 1, 2]));
    expect(picked(members[0] ?? null).subchannel).toBe(members[0]);
  });
});
