import { describe, expect, it } from "vitest";
import { fromSeeds, MetadataPoller, type MetadataSource, PollerRegistry } from "../src/index.js";
import { settle } from "./support/manual-clock.js";

type Poller = MetadataPoller<readonly string[]>;

const create = (): Poller => new MetadataPoller(fromSeeds(["a.test:1"]));

/** A poller whose source fails to close. */
function unclosable(reason: unknown): Poller {
  return new MetadataPoller({ ...fromSeeds(["a.test:1"]), close: () => Promise.reject(reason) });
}

const closed = ({ status }: Poller): boolean => status.state === "closed";

describe("PollerRegistry", () => {
  it("gives everybody who asks for a key the same poller, made once, and each key its own", () => {
    const registry = new PollerRegistry();
    let made = 0;
    const counting = (): Poller => {
      made += 1;
      return create();
    };
    const poller = registry.get("a", counting);
    expect(registry.get("a", counting)).toBe(poller);
    expect(registry.get("b", counting)).not.toBe(poller);
    expect(registry.get("a", counting)).toBe(poller);
    expect(made).toBe(2);
  });

  it("is not shared with other registries", () => {
    expect(new PollerRegistry().get("a", create)).not.toBe(new PollerRegistry().get("a", create));
  });

  it.each<[string, (poller: Poller) => unknown]>([
    ["close()", (poller) => poller.close()],
    ["asyncDispose", (poller) => poller[Symbol.asyncDispose]()],
  ])("gives a new poller once the owner has closed the one before with %s, at once", (_how, end) => {
    const registry = new PollerRegistry();
    const before = registry.get("a", create);
    void end(before);
    const after = registry.get("a", create);
    expect([after === before, closed(before), closed(after), registry.get("a", create) === after]).toEqual([false, true, false, true]);
  });

  it("passes on what create throws and keeps nothing", () => {
    const registry = new PollerRegistry();
    const error = new Error("no credentials");
    const failing = (): never => {
      throw error;
    };
    expect(() => registry.get("a", failing)).toThrow(error);
    expect(closed(registry.get("a", create))).toBe(false);
  });

  it.each([undefined, null, {}, Promise.resolve()])("refuses a create that gives %j, and keeps nothing", (garbage) => {
    const registry = new PollerRegistry();
    expect(() => registry.get("a", () => garbage as never)).toThrow("[core] [INVALID_OPTIONS] PollerRegistry create, its result: got ");
    expect(closed(registry.get("a", create))).toBe(false);
  });

  it.each([
    ["", create, 'PollerRegistry key: got "", allowed is text that is not empty'],
    [5, create, "PollerRegistry key: got 5, allowed is text that is not empty"],
    [undefined, create, "PollerRegistry key: got undefined"],
    ["a", undefined, "PollerRegistry create: got undefined, allowed is a function that makes a MetadataPoller"],
  ])("refuses get(%j, %j)", (key, make, message) => {
    expect(() => new PollerRegistry().get(key as string, make as never)).toThrow(`[core] [INVALID_OPTIONS] ${message}`);
  });

  it("takes any other text for a key, also one that objects know", () => {
    const registry = new PollerRegistry();
    const pollers = ["__proto__", "constructor", " "].map((key) => registry.get(key, create));
    expect(new Set(pollers).size).toBe(3);
  });
});

describe("create that uses the registry", () => {
  it("may get the poller of another key", () => {
    const registry = new PollerRegistry();
    let inner: Poller | undefined;
    const outer = registry.get("outer", () => {
      inner = registry.get("inner", create);
      return create();
    });
    expect([registry.get("inner", create) === inner, registry.get("outer", create) === outer, inner === outer]).toEqual([
      true,
      true,
      false,
    ]);
  });

  it("for the same key: the first one that was made is everybody's, and the other one is closed", () => {
    const registry = new PollerRegistry();
    const [inner, other] = [create(), create()];
    const given = registry.get("a", () => {
      registry.get("a", () => inner);
      return other;
    });
    expect([given === inner, closed(inner), closed(other), registry.get("a", create) === inner]).toEqual([true, false, true, true]);
  });

  it("may pass on what the registry gave for the same key", () => {
    const registry = new PollerRegistry();
    const poller = registry.get("a", () => registry.get("a", create));
    expect([closed(poller), registry.get("a", create) === poller]).toEqual([false, true]);
  });

  it("and disposes it: is refused, and its poller is closed", async () => {
    const registry = new PollerRegistry();
    const poller = create();
    const ending = (): Poller => {
      void registry[Symbol.asyncDispose]();
      return poller;
    };
    expect(() => registry.get("a", ending)).toThrow("[core] [CLOSED]");
    expect(closed(poller)).toBe(true);
  });
});

describe("a disposed registry", () => {
  it("has closed all its pollers, gives no more, and makes none", async () => {
    const registry = new PollerRegistry();
    const pollers = ["a", "b", "c"].map((key) => registry.get(key, create));
    const disposing = registry[Symbol.asyncDispose]();
    const neverCalled = (): never => expect.unreachable();
    expect(() => registry.get("a", neverCalled)).toThrow("[core] [CLOSED] the registry was disposed");
    await disposing;
    expect(pollers.map(closed)).toEqual([true, true, true]);
    expect(() => registry.get("d", neverCalled)).toThrow("[core] [CLOSED] the registry was disposed");
    expect(registry[Symbol.asyncDispose]()).toBe(disposing);
  });

  it("has waited for every source, and says which failed to close; pollers that others closed are their affair", async () => {
    const registry = new PollerRegistry();
    const reasons = [new Error("one"), new Error("two")];
    let finish: () => void = () => undefined;
    const slow = new MetadataPoller({ ...fromSeeds(["a.test:1"]), close: () => new Promise<void>((resolve) => (finish = resolve)) });
    const pollers = [unclosable(reasons[0]), slow, unclosable(reasons[1]), unclosable("not ours")];
    for (const [at, poller] of pollers.entries()) registry.get(`${at}`, () => poller);
    void pollers[3]?.close();
    let error: unknown;
    const disposing = registry[Symbol.asyncDispose]().catch((thrown: unknown) => (error = thrown));
    await settle();
    expect(error).toBeUndefined();
    finish();
    await disposing;
    expect((error as AggregateError).errors).toEqual(reasons);
    expect((error as AggregateError).message).toBe("2 of 3 pollers did not close cleanly");
    expect(pollers.map(closed)).toEqual([true, true, true, true]);
  });

  it("that nobody awaits causes no unhandled rejection", async () => {
    const unhandled: unknown[] = [];
    const listener = (reason: unknown): void => void unhandled.push(reason);
    process.on("unhandledRejection", listener);
    const registry = new PollerRegistry();
    registry.get("a", () => unclosable(new Error("stuck")));
    void registry[Symbol.asyncDispose]();
    await settle();
    process.off("unhandledRejection", listener);
    expect(unhandled).toEqual([]);
  });

  it("is found disposed by whoever is told of a poller's end", async () => {
    const registry = new PollerRegistry();
    const told: unknown[] = [];
    const ask = (): void => {
      try {
        told.push(registry.get("b", create));
      } catch (error) {
        told.push((error as { readonly code: string }).code);
      }
      told.push(registry[Symbol.asyncDispose]());
    };
    const watch: MetadataSource<readonly string[]>["watch"] = ({ signal }) => signal.addEventListener("abort", ask);
    registry.get("a", () => new MetadataPoller({ ...fromSeeds(["a.test:1"]), watch })).subscribe(() => undefined);
    const disposing = registry[Symbol.asyncDispose]();
    await disposing;
    expect(told).toHaveLength(2);
    expect([told[0], told[1] === disposing]).toEqual(["CLOSED", true]);
  });
});
