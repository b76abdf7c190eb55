import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { describe, expect, it, onTestFinished } from "vitest";
import type { DiagnosticsMessages } from "../src/diagnostics.js";
import type { Snapshot } from "../src/snapshot.js";
import { SnapshotKeeper } from "../src/snapshot-keeper.js";
import type { SnapshotStore } from "../src/snapshot-store.js";
import { ManualClock, settle } from "./support/manual-clock.js";

interface Metadata {
  readonly epoch: number;
}

const error = new Error("disk full");

/** A keeper, what its store was asked to save, and what was reported. */
function setup({
  load = async () => undefined,
  save = async () => undefined,
  restore = (stored) => stored as Metadata,
}: Partial<Record<keyof SnapshotStore, (key: string, snapshot: Snapshot) => unknown>> & {
  readonly restore?: (stored: unknown) => Metadata;
} = {}) {
  const saved: string[] = [];
  const store = {
    load,
    save: (key: string, snapshot: Snapshot) => {
      saved.push(`${key} ${snapshot.version}`);
      return save(key, snapshot);
    },
  };
  const rejected: DiagnosticsMessages["rollcall:rejected"][] = [];
  const listener = (message: unknown): void => void rejected.push(message as DiagnosticsMessages["rollcall:rejected"]);
  subscribe("rollcall:rejected", listener);
  onTestFinished(() => void unsubscribe("rollcall:rejected", listener));
  const keeper = new SnapshotKeeper<Metadata>({ key: "k", restore }, { store: store as SnapshotStore, clock: new ManualClock() });
  return { keeper, saved, rejected };
}

function version(number: number, metadata: Metadata = { epoch: number }): Snapshot<Metadata> {
  return { version: number, endpoints: [], aside: [], metadata, changedAt: 0 };
}

const boom = (): never => {
  throw error;
};
const forever = (): Promise<never> => new Promise(() => undefined);
const hostile = {
  [Symbol.toPrimitive]: boom,
};

describe("load", () => {
  it("asks the store for the source's key and gives what the source makes of the stored metadata", async () => {
    const asked: unknown[] = [];
    const { keeper, rejected } = setup({
      load: async (key) => {
        asked.push(key);
        return { version: 9, metadata: { epoch: 3 } };
      },
      restore: (stored) => ({ epoch: (stored as Metadata).epoch + 1 }),
    });
    expect(await keeper.load()).toEqual({ epoch: 4 });
    expect([asked, rejected]).toEqual([["k"], []]);
  });

  it.each([undefined, null])("of %j is nothing, and nothing to report", async (nothing) => {
    const { keeper, rejected } = setup({ load: async () => nothing });
    expect(await keeper.load()).toBeUndefined();
    expect(rejected).toEqual([]);
  });

  const none = "the store gave something that is no snapshot";
  it.each<[string, Parameters<typeof setup>[0], unknown, string]>([
    ["a store that rejects", { load: () => Promise.reject(error) }, error, "disk full"],
    ["a store that throws", { load: boom }, error, "disk full"],
    ["a store that rejects with nothing", { load: () => Promise.reject() }, undefined, "undefined"],
    ["a store that rejects with what cannot be printed", { load: () => Promise.reject(hostile) }, hostile, "something unprintable"],
    ["a number instead of a promise", { load: () => 42 }, new Error(none), none],
    ["a text", { load: async () => "{}" }, new Error(none), none],
    ["no metadata", { load: async () => ({ version: 1 }) }, new Error(none), none],
    [
      "a snapshot that cannot be looked at",
      {
        load: async () => ({
          get metadata(): never {
            return boom();
          },
        }),
      },
      error,
      "disk full",
    ],
    ["a source that throws", { load: async () => version(1), restore: boom }, error, "disk full"],
    ["a source that rejects", { load: async () => version(1), restore: (async () => boom()) as never }, error, "disk full"],
  ])("%s: gives nothing and reports it once", async (_what, faults, entry, reason) => {
    const { keeper, rejected } = setup(faults);
    expect(await keeper.load()).toBeUndefined();
    expect(rejected).toEqual([{ source: "k", entry, reason: `the stored snapshot is not used: ${reason}` }]);
  });

  it("that hangs keeps nobody from saving", async () => {
    const { keeper, saved } = setup({ load: forever });
    void keeper.load();
    keeper.keep(version(1));
    await settle();
    expect(saved).toEqual(["k 1"]);
  });
});

describe("keep", () => {
  it("saves each version, soon but not within the call", async () => {
    const { keeper, saved, rejected } = setup();
    keeper.keep(version(1));
    expect(saved).toEqual([]);
    await settle();
    keeper.keep(version(2));
    await settle();
    expect([saved, rejected]).toEqual([["k 1", "k 2"], []]);
  });

  it("saves one at a time, then only the newest", async () => {
    const done: (() => void)[] = [];
    const { keeper, saved } = setup({ save: () => new Promise<void>((resolve) => done.push(resolve)) });
    keeper.keep(version(1));
    await settle();
    for (const number of [2, 3, 4]) keeper.keep(version(number));
    await settle();
    expect(saved).toEqual(["k 1"]);
    done[0]?.();
    await settle();
    expect(saved).toEqual(["k 1", "k 4"]);
    done[1]?.();
    await settle();
    expect(saved).toHaveLength(2);
  });

  it("saves only the newest of several versions in one go", async () => {
    const { keeper, saved } = setup();
    for (const number of [1, 2, 3]) keeper.keep(version(number));
    await settle();
    expect(saved).toEqual(["k 3"]);
  });

  it("saves a version once, and none that is older", async () => {
    const { keeper, saved } = setup({ save: boom });
    for (const number of [2, 2, 1]) {
      keeper.keep(version(number));
      await settle();
    }
    expect(saved).toEqual(["k 2"]);
  });

  it("skips a version whose metadata is what was saved last, as when a member only went aside", async () => {
    const { keeper, saved } = setup();
    const [one, other] = [{ epoch: 1 }, { epoch: 1 }];
    for (const [at, metadata] of [one, one, other, other, one].entries()) {
      keeper.keep(version(at + 1, metadata));
      await settle();
    }
    expect(saved).toEqual(["k 1", "k 3", "k 5"]);
  });

  it("does not save what was loaded: it must not look younger than it is", async () => {
    const { keeper, saved } = setup({ load: async () => version(7) });
    const restored = (await keeper.load()) as Metadata;
    keeper.keep(version(1, restored));
    await settle();
    expect(saved).toEqual([]);
    keeper.keep(version(2));
    await settle();
    expect(saved).toEqual(["k 2"]);
  });

  it("what is loaded after a save does not count as saved", async () => {
    let give: (stored: unknown) => void = () => undefined;
    const { keeper, saved } = setup({ load: () => new Promise((resolve) => (give = resolve)) });
    const loading = keeper.load();
    const metadata = { epoch: 1 };
    keeper.keep(version(1, metadata));
    await settle();
    give(version(9));
    await loading;
    keeper.keep(version(2, metadata));
    await settle();
    expect(saved).toEqual(["k 1"]);
  });

  it.each<[string, () => unknown]>([
    ["rejects", () => Promise.reject(error)],
    ["throws", boom],
  ])("when the store %s: reports it once, and tries again at the next version only, whatever that says", async (_how, fault) => {
    let failing = true;
    const { keeper, saved, rejected } = setup({ save: () => (failing ? fault() : undefined) });
    const metadata = { epoch: 1 };
    keeper.keep(version(1, metadata));
    await settle();
    expect(rejected).toEqual([{ source: "k", entry: error, reason: "version 1 is not stored: disk full" }]);
    failing = false;
    keeper.keep(version(2, metadata));
    await settle();
    expect([saved, rejected.length]).toEqual([["k 1", "k 2"], 1]);
  });

  it("after a failed save takes nothing for saved, for nobody knows what it left", async () => {
    const { keeper, saved } = setup({ save: async (_key, snapshot) => void (snapshot.version === 2 && boom()) });
    const first = { epoch: 1 };
    for (const [number, metadata] of [
      [1, first],
      [2, { epoch: 2 }],
      [3, first],
    ] as const) {
      keeper.keep(version(number, metadata));
      await settle();
    }
    expect(saved).toEqual(["k 1", "k 2", "k 3"]);
  });

  it("takes a store that returns no promise for one that has saved", async () => {
    const { keeper, saved, rejected } = setup({ save: () => 42 });
    for (const number of [1, 2]) {
      keeper.keep(version(number));
      await settle();
    }
    expect([saved, rejected]).toEqual([["k 1", "k 2"], []]);
  });

  it("waits for no store that hangs, and holds on to the newest version only", async () => {
    const { keeper, saved, rejected } = setup({ save: forever });
    for (let number = 1; number <= 100; number += 1) {
      keeper.keep(version(number));
      await settle();
    }
    expect([saved, rejected]).toEqual([["k 1"], []]);
  });

  it("may be called by the store", async () => {
    const { keeper, saved } = setup({ save: (_key, { version: number }) => number < 3 && keeper.keep(version(number + 1)) });
    keeper.keep(version(1));
    await settle();
    expect(saved).toEqual(["k 1", "k 2", "k 3"]);
  });
});
