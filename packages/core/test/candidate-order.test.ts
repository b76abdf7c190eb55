import { describe, expect, it } from "vitest";
import { candidateOrder, type Seeds } from "../src/index.js";

type Options = Parameters<typeof candidateOrder<string>>[0];

const { signal } = new AbortController();

function order(options: Partial<Options>): AsyncGenerator<string, void> {
  const base = { first: [], known: [], seeds: [], seed: (text: string) => text, keyOf: String, random: () => 0, signal };
  return candidateOrder({ ...base, ...options });
}

/** Everybody who was named, and the error that ended it. */
async function all(options: Partial<Options>): Promise<readonly unknown[]> {
  const named: unknown[] = [];
  try {
    for await (const candidate of order(options)) named.push(candidate);
  } catch (error) {
    named.push(error);
  }
  return named;
}

const broken = new Error("no such file");
const breaks: Seeds = () => Promise.reject(broken);

describe("candidateOrder", () => {
  it("names the first in their order, then everybody known, then every seed", async () => {
    const options = { first: ["z", "y"], known: ["b", "a"], seeds: ["s", "r"] };
    expect(await all(options)).toEqual(["z", "y", "b", "a", "s", "r"]);
    expect(await all({ ...options, seed: (text) => `seed ${text}` })).toEqual(["z", "y", "b", "a", "seed s", "seed r"]);
  });

  it("names each key once, whichever list it is in", async () => {
    const keyOf = (candidate: string): string => candidate.toLowerCase();
    expect(await all({ first: ["a", "A"], known: ["b", "a", "B"], seeds: ["c", "B", "C"], keyOf })).toEqual(["a", "b", "c"]);
  });

  it("shuffles known and seeds apart from each other, and never the first", async () => {
    const drawn = new Set<string>();
    for (const random of [0, 0.4, 0.99]) {
      const named = await all({ first: ["z", "y"], known: ["a", "b"], seeds: ["s", "t"], random: () => random });
      expect(named.slice(0, 2)).toEqual(["z", "y"]);
      expect([named.slice(2, 4).sort(), named.slice(4).sort()]).toEqual([
        ["a", "b"],
        ["s", "t"],
      ]);
      drawn.add(named.join());
    }
    expect(drawn.size).toBe(2);
  });

  it("calls a function of seeds only when it is reached, once, with the signal", async () => {
    const given: unknown[] = [];
    const seeds: Seeds = async (options) => {
      given.push(options.signal);
      return ["s"];
    };
    const lazy = order({ first: ["z"], known: ["a"], seeds });
    await lazy.next();
    await lazy.next();
    expect(given).toEqual([]);
    expect(await lazy.next()).toEqual({ done: false, value: "s" });
    expect(await lazy.next()).toEqual({ done: true, value: undefined });
    expect(given).toEqual([signal]);
  });

  it("names the seeds next when told so, and the rest of known after them", async () => {
    let wanted = false;
    const lazy = order({ first: ["z"], known: ["a", "b", "s"], seeds: ["s", "t", "a"], seedsNext: () => wanted });
    const named = [(await lazy.next()).value, (await lazy.next()).value];
    wanted = true;
    for await (const candidate of lazy) named.push(candidate);
    expect(named).toEqual(["z", "a", "s", "t", "b"]);
  });

  it("lets a seeds function that fails take nobody's turn", async () => {
    expect(await all({ known: ["a", "b"], seeds: breaks })).toEqual(["a", "b", broken]);
    expect(await all({ known: ["a", "b"], seeds: breaks, seedsNext: () => true })).toEqual(["a", "b", broken]);
    const throws: Seeds = () => {
      throw broken;
    };
    expect(await all({ first: ["z"], known: ["a"], seeds: throws, seedsNext: () => true })).toEqual(["z", "a", broken]);
  });

  it.each([null, "h:1", {}, ["h:1", 5]])("says so when a seeds function returns %j", async (nonsense) => {
    const error = expect.objectContaining({ code: "MALFORMED_RESPONSE" });
    expect(await all({ known: ["a"], seeds: async () => nonsense as never, seedsNext: () => true })).toEqual(["a", error]);
  });

  it("can be left in the middle", async () => {
    const left = order({ known: ["a", "b"], seeds: ["s"], seedsNext: () => true });
    await left.next();
    expect(await left.return()).toEqual({ done: true, value: undefined });
    expect(await left.next()).toEqual({ done: true, value: undefined });
  });
});
