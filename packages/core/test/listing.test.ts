import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Endpoint, MapEndpoint } from "../src/index.js";
import { Listing } from "../src/listing.js";
import { answer, ids, member } from "./support/scripted-source.js";

/** Reads an answer and says what was rejected, and why. */
function read(listing: Listing, entries: unknown, mapEndpoint?: MapEndpoint) {
  const rejected: (readonly [unknown, string])[] = [];
  const next = listing.read(entries as Iterable<Endpoint>, mapEndpoint, (entry, reason) => void rejected.push([entry, reason]));
  return { next, rejected };
}

function listed(...members: readonly string[]): Listing {
  return read(new Listing([]), answer(...members).endpoints).next;
}

/** Answers in which members come, go, move and are listed twice, in any order. */
const answers = fc
  .array(fc.record({ id: fc.constantFrom("a", "b", "c", "d", "e"), host: fc.constantFrom("x", "y") }), { maxLength: 8 })
  .map((entries) => entries.map((entry) => ({ ...entry, port: 1 })));

/** What an answer says, worked out in the plainest way. */
function truth(entries: readonly Endpoint[]): readonly Endpoint[] {
  const first = new Map<string, Endpoint>();
  for (const entry of entries) if (!first.has(entry.id)) first.set(entry.id, entry);
  return [...first.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
}

describe("Listing.read", () => {
  it("after any row of answers lists what the last one says, sorted, frozen, with untouched endpoints kept", () => {
    fc.assert(
      fc.property(fc.array(answers, { maxLength: 6 }), (rows) => {
        let listing = new Listing([]);
        for (const entries of rows) {
          const { next } = read(listing, entries);
          expect(next.endpoints).toEqual(truth(entries));
          expect([next.endpoints, ...next.endpoints].every(Object.isFrozen)).toBe(true);
          for (const endpoint of next.endpoints) {
            const before = listing.endpoints.find(({ id }) => id === endpoint.id);
            if (before?.host === endpoint.host) expect(endpoint).toBe(before);
          }
          const same =
            listing.endpoints.length === next.endpoints.length &&
            next.endpoints.every((endpoint, at) => endpoint === listing.endpoints[at]);
          expect(next === listing).toBe(same);
          listing = next;
        }
      }),
    );
  });

  it("is the same object for the same members in another order", () => {
    const listing = listed("a", "b", "c");
    expect(read(listing, answer("c", "a", "b").endpoints).next).toBe(listing);
    expect(read(listing, new Set(answer("b", "c", "a").endpoints)).next).toBe(listing);
  });

  it("copies, so that a source that reuses its objects changes nobody's list", () => {
    const reused = { ...member("a"), attributes: { role: "follower" } };
    const { next: before } = read(new Listing([]), [reused]);
    reused.attributes.role = "leader";
    const { next: after } = read(before, [reused]);
    expect([before, after].map(({ endpoints }) => endpoints[0]?.attributes)).toEqual([{ role: "follower" }, { role: "leader" }]);
  });

  it("rejects a bad entry with its reason and lists the others", () => {
    const bad = [null, "b.test:1", { ...member("c"), port: 0 }, { ...member("d"), host: "" }];
    const { next, rejected } = read(new Listing([]), [...bad, member("a")]);
    expect(ids(next.endpoints)).toBe("a");
    expect(rejected.map(([entry]) => entry)).toEqual(bad);
  });

  it("rejects a known member that turned bad, which is then not listed", () => {
    const { next, rejected } = read(listed("a", "b"), [{ ...member("a"), port: -1 }, member("b")]);
    expect([ids(next.endpoints), rejected.length]).toEqual(["b", 1]);
  });

  it("lists the first of two entries with one id, whether it is known, moved or new", () => {
    const { next, rejected } = read(listed("a", "b"), answer("a", "a@other", "b@moved", "b", "c", "c@other").endpoints);
    expect(next.endpoints.map(({ host }) => host)).toEqual(["a.test", "moved", "c.test"]);
    expect(rejected.map(([, reason]) => reason)).toEqual(new Array(3).fill("its id came before"));
  });

  it("throws what the answer throws while it is read, and reads the next answer as if nothing had happened", () => {
    const listing = listed("a", "b");
    function* broken(): Generator<Endpoint> {
      yield member("a@moved");
      yield member("b");
      throw new Error("cut off");
    }
    expect(() => read(listing, broken())).toThrow("cut off");
    expect(() => read(listing, undefined)).toThrow(TypeError);
    expect(read(listing, answer("a", "b").endpoints).next).toBe(listing);
    expect(ids(read(listing, answer("b").endpoints).next.endpoints)).toBe("b");
  });
});

describe("mapEndpoint", () => {
  it("is applied before anything is compared, so that a rewritten member is no move", () => {
    const nat: MapEndpoint = (endpoint) => ({ ...endpoint, host: "gateway.test" });
    const { next: listing } = read(new Listing([]), answer("a", "b").endpoints, nat);
    expect(listing.endpoints.map(({ host }) => host)).toEqual(["gateway.test", "gateway.test"]);
    expect(read(listing, answer("a@elsewhere", "b").endpoints, nat).next).toBe(listing);
  });

  it("drops quietly with undefined, and with a report when it throws, changes the id or returns nonsense", () => {
    const results: Readonly<Record<string, () => unknown>> = {
      dropped: () => undefined,
      thrown: () => {
        throw new Error("no route");
      },
      renamed: () => member("other"),
      nothing: () => null,
      portless: () => ({ id: "portless", host: "h" }),
    };
    const map = ((endpoint) => (results[endpoint.id] ?? (() => endpoint))()) as MapEndpoint;
    const { next, rejected } = read(new Listing([]), answer("a", ...Object.keys(results)).endpoints, map);
    expect(ids(next.endpoints)).toBe("a");
    expect(rejected.map(([entry, reason]) => `${(entry as Endpoint).id}: ${reason}`)).toEqual([
      "thrown: reading it threw: no route",
      "renamed: mapEndpoint changed its id, or is not synchronous",
      "nothing: mapEndpoint changed its id, or is not synchronous",
      expect.stringMatching(/^portless: its port/),
    ]);
  });
});

describe("held removals", () => {
  it("isKeptBy tells whether nobody of the list is missing, moved or not", () => {
    const listing = listed("a", "b");
    expect(
      ["a b", "a b c", "a@moved b", "a", "c d", ""].map((text) => listing.isKeptBy(listed(...text.split(" ").filter(Boolean)))),
    ).toEqual([true, true, true, false, false, false]);
  });

  it("withoutRemovals is what the answer says, and whoever it does not mention", () => {
    fc.assert(
      fc.property(answers, answers, (first, second) => {
        const { next: listing } = read(new Listing([]), first);
        const { next } = read(listing, second);
        const union = listing.withoutRemovals(next);
        expect(union.endpoints).toEqual(truth([...second, ...first]));
        const unchanged =
          union.endpoints.length === listing.endpoints.length &&
          union.endpoints.every((endpoint, at) => endpoint === listing.endpoints[at]);
        expect(union === listing).toBe(unchanged);
      }),
    );
  });
});

describe("get", () => {
  it("is the member with that id, itself", () => {
    const listing = listed("a", "b");
    expect([listing.get("b") === listing.endpoints[1], listing.get("c"), new Listing([]).get("a")]).toEqual([true, undefined, undefined]);
  });

  it("is the member as it is listed now, after a move and a removal", () => {
    const { next } = read(listed("a", "b"), answer("a@moved").endpoints);
    expect([next.get("a")?.host, next.get("b")]).toEqual(["moved", undefined]);
  });
});

describe("at", () => {
  it("is everybody at an address, in the order of the list, the members themselves", () => {
    const listing = listed("a@shared", "b", "c@shared", "d@shared");
    const there = listing.at({ host: "shared", port: 2379 });
    expect([ids(there), there[0] === listing.endpoints[0]]).toEqual(["a c d", true]);
    expect(listing.at({ host: "shared", port: 2379 })).toEqual(there);
    expect(ids(listing.at({ host: "b.test", port: 2379 }))).toBe("b");
  });

  it("is nobody at an address that is unknown; host and port belong together", () => {
    const { next: listing } = read(new Listing([]), [
      { id: "a", host: "h", port: 11 },
      { id: "b", host: "h1", port: 1 },
    ]);
    const at = (host: string, port: number) => ids(listing.at({ host, port }));
    expect([at("h", 11), at("h1", 1), at("h", 1), at("h1", 11), at("x", 11)]).toEqual(["a", "b", "", "", ""]);
    expect(new Listing([]).at({ host: "h", port: 1 })).toEqual([]);
  });

  it("knows the new address of who moved, and not the old one", () => {
    const before = listed("a", "b");
    expect(ids(before.at({ host: "a.test", port: 2379 }))).toBe("a");
    const { next } = read(before, answer("a@moved", "b").endpoints);
    expect(["moved", "a.test"].map((host) => ids(next.at({ host, port: 2379 })))).toEqual(["a", ""]);
    expect(["moved", "a.test"].map((host) => ids(before.at({ host, port: 2379 })))).toEqual(["", "a"]);
  });
});
