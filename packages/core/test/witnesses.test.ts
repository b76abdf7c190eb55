import { describe, expect, it } from "vitest";
import type { Endpoint } from "../src/index.js";
import { type Candidates, chooseWitnesses } from "../src/witnesses.js";
import { answer, ids, member } from "./support/scripted-source.js";

/** Who is chosen of `listed`, as one text. */
function chosen(count: number, listed: readonly Endpoint[], candidates: Partial<Candidates> = {}): string {
  return ids(chooseWitnesses(count, { likely: [], from: 0, free: () => true, used: () => true, ...candidates, listed }));
}

function noneOf(text: string): (endpoint: Endpoint) => boolean {
  return ({ id }) => !text.split(" ").includes(id);
}

const LISTED = answer("a", "b", "c", "d", "e").endpoints;
const [a, , , d] = LISTED as readonly [Endpoint, Endpoint, Endpoint, Endpoint];

describe("chooseWitnesses", () => {
  it("chooses as many as wanted, or as there are", () => {
    expect([0, 1, 3, 5, 9].map((count) => chosen(count, LISTED))).toEqual(["", "a", "a b c", "a b c d e", "a b c d e"]);
    expect(chosen(1, [])).toBe("");
  });

  it("begins anywhere in the list, and goes round", () => {
    expect([1, 4].map((from) => chosen(3, LISTED, { from }))).toEqual(["b c d", "e a b"]);
    expect(chosen(5, LISTED, { from: 3 })).toBe("d e a b c");
  });

  it("takes whoever answered last first, and nobody twice", () => {
    expect(chosen(1, LISTED, { likely: [d, a] })).toBe("d");
    expect(chosen(3, LISTED, { likely: [d, a] })).toBe("d a b");
    expect(chosen(9, LISTED, { likely: [d, a] })).toBe("d a b c e");
  });

  it("takes nobody who is not free, likely or not, used or not", () => {
    expect(chosen(9, LISTED, { likely: [d, a], free: noneOf("b d") })).toBe("a c e");
    expect(chosen(9, LISTED, { used: () => false, free: noneOf("b d") })).toBe("a c e");
    expect(chosen(9, LISTED, { free: () => false })).toBe("");
  });

  it("takes who is used before who is aside, and those only when nobody else is left", () => {
    const used = noneOf("a b");
    expect(chosen(2, LISTED, { used })).toBe("c d");
    expect(chosen(4, LISTED, { used })).toBe("c d e a");
    expect(chosen(2, LISTED, { used: () => false, from: 2 })).toBe("c d");
  });

  it("looks for somebody in use no further than 32 from where it begins", () => {
    const many = Array.from({ length: 40 }, (_, at) => member(`m${10 + at}`));
    const only = (at: number) => (endpoint: Endpoint) => endpoint === many[at];
    expect([31, 32].map((at) => chosen(1, many, { used: only(at) }))).toEqual(["m41", "m10"]);
    expect([1, 2].map((at) => chosen(1, many, { used: only(at), from: 10 }))).toEqual(["m11", "m20"]);
  });

  it("looks through the whole list for anybody free", () => {
    const many = Array.from({ length: 40 }, (_, at) => member(`m${10 + at}`));
    expect(chosen(1, many, { free: (endpoint) => endpoint === many[39], from: 0 })).toBe("m49");
    expect(chosen(1, many, { free: (endpoint) => endpoint === many[4], from: 5 })).toBe("m14");
  });

  it("asks of nobody more than it must", () => {
    const asked: string[] = [];
    const free = ({ id }: Endpoint): boolean => asked.push(id) > 0;
    chosen(2, LISTED, { likely: [d], free });
    expect(asked).toEqual(["d", "a"]);
  });
});
