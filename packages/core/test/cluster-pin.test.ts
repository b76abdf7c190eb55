import { beforeEach, describe, expect, it, vi } from "vitest";
import { clusterPin } from "../src/index.js";
import { ManualClock } from "./support/manual-clock.js";

const emitWarning = vi.spyOn(process, "emitWarning").mockImplementation(() => undefined);
beforeEach(() => void emitWarning.mockClear());

type ClusterPin = ReturnType<typeof clusterPin>;

function pinned(options: Parameters<typeof clusterPin>[0] = {}): { readonly clock: ManualClock; readonly pin: ClusterPin } {
  const clock = new ManualClock();
  const pin = clusterPin({ clock, staleAfterMs: 1_000, source: "test", ...options });
  return { clock, pin };
}

function refuses(pin: ClusterPin, clusterId: string): boolean {
  try {
    pin.check(clusterId);
    return false;
  } catch (error) {
    expect(error).toMatchObject({ code: "FOREIGN_CLUSTER", source: "test", retryable: false });
    return true;
  }
}

describe("clusterPin", () => {
  it("pins the first answer's id and refuses every other, naming both", () => {
    const { pin } = pinned();
    expect(pin.id).toBeUndefined();
    pin.check("ours");
    expect(pin.id).toBe("ours");
    expect(() => pin.check("theirs")).toThrow("[test] [FOREIGN_CLUSTER] the answer is of cluster theirs, but ours is pinned");
    expect(pin.id).toBe("ours");
  });

  it("follows a replacement, with a warning, once nobody of ours has answered for staleAfterMs and all others agree", async () => {
    const { clock, pin } = pinned();
    pin.check("old");
    expect(refuses(pin, "new")).toBe(true);
    await clock.advance(999);
    expect(refuses(pin, "new")).toBe(true);
    await clock.advance(1);
    expect(refuses(pin, "new")).toBe(false);
    expect(pin.id).toBe("new");
    expect(emitWarning).toHaveBeenCalledExactlyOnceWith(expect.stringMatching(/old.*following new/), {
      type: "RollcallWarning",
      code: "ROLLCALL_CLUSTER_REPLACED",
    });
    expect(refuses(pin, "old")).toBe(true);
  });

  it("starts waiting anew whenever one of ours answers", async () => {
    const { clock, pin } = pinned();
    pin.check("ours");
    for (let round = 0; round < 10; round += 1) {
      expect(refuses(pin, "theirs")).toBe(true);
      await clock.advance(999);
      pin.check("ours");
    }
    expect([pin.id, emitWarning.mock.calls.length]).toEqual(["ours", 0]);
  });

  it("follows nobody while the others disagree", async () => {
    const { clock, pin } = pinned();
    pin.check("ours");
    for (let round = 0; round < 10; round += 1) {
      expect([refuses(pin, "x"), refuses(pin, "y")]).toEqual([true, true]);
      await clock.advance(1_000);
    }
    expect(pin.id).toBe("ours");
  });

  it.each([{ foreign: "refuse" }, { clusterId: "ours" }, { clusterId: "ours", foreign: "follow" }] as const)(
    "never follows with %j",
    async (options) => {
      const { clock, pin } = pinned(options);
      pin.check("ours");
      for (let round = 0; round < 10; round += 1) {
        expect(refuses(pin, "new")).toBe(true);
        await clock.advance(10_000);
      }
      expect([pin.id, emitWarning.mock.calls.length]).toEqual(["ours", 0]);
    },
  );

  it("with a given id refuses even a first answer of another cluster", () => {
    const { pin } = pinned({ clusterId: "ours" });
    expect(pin.id).toBe("ours");
    expect(refuses(pin, "theirs")).toBe(true);
  });

  it("waits 90 seconds by default", async () => {
    const clock = new ManualClock();
    const pin = clusterPin({ clock, source: "test" });
    pin.check("old");
    expect(refuses(pin, "new")).toBe(true);
    await clock.advance(89_999);
    expect(refuses(pin, "new")).toBe(true);
    await clock.advance(1);
    expect(refuses(pin, "new")).toBe(false);
  });
});
