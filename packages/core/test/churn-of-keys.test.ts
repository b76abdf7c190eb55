import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { describe, expect, it } from "vitest";
import { fromSeeds, MetadataPoller, PollerRegistry } from "../src/index.js";
import { settle } from "./support/manual-clock.js";

type Poller = MetadataPoller<readonly string[]>;

const create = (): Poller => new MetadataPoller(fromSeeds(["a.test:1"]));

describe("churn of a registry", () => {
  // These have variables of their own, so that nobody but the registry holds a poller afterwards.
  const open = (registry: PollerRegistry, keys: readonly string[]): readonly WeakRef<Poller>[] =>
    keys.map((key) => new WeakRef(registry.get(key, create)));
  const churn = (registry: PollerRegistry): readonly WeakRef<Poller>[] =>
    Array.from({ length: 1_000 }, (_, at) => {
      const poller = registry.get(`short ${at}`, create);
      void poller.close();
      return new WeakRef(poller);
    });

  it("of 1000 keys leaves no more closed pollers than there are open ones, and nothing after disposal", async () => {
    setFlagsFromString("--expose-gc");
    const collectGarbage = runInNewContext("gc") as () => void;
    const alive = async (pollers: readonly WeakRef<Poller>[]): Promise<number> => {
      await settle();
      collectGarbage();
      return pollers.filter((poller) => poller.deref() !== undefined).length;
    };
    const registry = new PollerRegistry();
    expect(await alive(churn(registry))).toBeLessThanOrEqual(1);
    const long = open(registry, ["a", "b", "c"]);
    const short = churn(registry);
    expect(await alive(long)).toBe(3);
    expect(await alive(short)).toBeLessThanOrEqual(3 + 1);
    await registry[Symbol.asyncDispose]();
    expect(await alive([...long, ...short])).toBe(0);
    expect(() => registry.get("a", create)).toThrow("[CLOSED]"); // so it was alive all the time
  });
});
