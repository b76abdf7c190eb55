import type { Endpoint } from "@rollcall/core";
import { describe, expect, it } from "vitest";
import { sameAddresses, spread } from "../src/spread.js";
import { endpoint } from "./support/fake-feed.js";

const members = Array.from({ length: 6 }, (_, i) => endpoint("10.0.0.1", 1_000 + i, `member-${i}`));
const ports = (list: ReturnType<typeof spread>): (number | undefined)[] => list.map(({ addresses }) => addresses[0]?.port);

describe("spread", () => {
  it("orders the same members in the same way for one seed, whatever order they come in", () => {
    expect(ports(spread([...members].reverse(), "a"))).toEqual(ports(spread(members, "a")));
  });

  it('row "pick_first spread": puts every member first for about as many seeds as any other', () => {
    const firsts = new Map<number | undefined, number>();
    for (let seed = 0; seed < 600; seed++) {
      const [first] = ports(spread(members, String(seed)));
      firsts.set(first, (firsts.get(first) ?? 0) + 1);
    }
    expect(firsts.size).toBe(6);
    for (const count of firsts.values()) expect(count).toBeGreaterThan(60);
  });

  it("keeps the order of those that stay when others come and go", () => {
    const before = ports(spread(members, "a"));
    const after = ports(spread([...members.slice(2), endpoint("10.0.0.2", 2_000)], "a"));
    expect(after.filter((port) => port !== 2_000)).toEqual(before.filter((port) => port !== 1_000 && port !== 1_001));
  });

  it("keeps the place of a member that moves", () => {
    const moved = members.map((member) => (member.id === "member-3" ? { ...member, port: 9_000 } : member));
    expect(ports(spread(moved, "a"))).toEqual(ports(spread(members, "a")).map((port) => (port === 1_003 ? 9_000 : port)));
  });

  it("lists an address that two members share once, because round_robin would weigh it double", () => {
    expect(spread([endpoint("10.0.0.1", 1, "a"), endpoint("10.0.0.1", 1, "b")], "a")).toHaveLength(1);
  });

  it("leaves names and IPv6 hosts as they are", () => {
    const list = spread([endpoint("db.example", 1), endpoint("::1", 2)], "a");
    expect(list.flatMap(({ addresses }) => addresses.map(({ host }) => host)).sort()).toEqual(["::1", "db.example"]);
  });

  const named = (id: string, tlsName: string | number): Endpoint => ({ ...endpoint("10.0.0.1", 1, id), attributes: { tlsName } });
  const names = (...list: Endpoint[]): string[] => spread(list, "a").flatMap(({ addresses }) => addresses.map(({ tlsName }) => tlsName));

  it("takes the attribute tlsName for the TLS name, else the host", () => {
    expect(names(named("a", "db.example"))).toEqual(["db.example"]);
    expect(names(named("a", ""))).toEqual(["10.0.0.1"]);
    expect(names(named("a", 7))).toEqual(["10.0.0.1"]);
    expect(names(named("a", "db example"))).toEqual(["10.0.0.1"]);
    expect(names(named("a", "db.example\n"))).toEqual(["10.0.0.1"]);
    expect(names(endpoint("::1", 2))).toEqual(["::1"]);
  });

  it("leaves the dot that makes a name absolute to dialling: no TLS name ends in one", () => {
    expect(names(named("a", "db.example."))).toEqual(["db.example"]);
    const [absolute] = spread([endpoint("db.example.", 1)], "a");
    expect(absolute?.addresses).toEqual([{ host: "db.example.", port: 1, tlsName: "db.example" }]);
  });

  it("gives an address that two members share the TLS name of the first by id, whoever has the better place", () => {
    for (const seed of "abcdefgh") {
      const [shared] = spread([named("a", "a.example"), named("b", "b.example")], seed);
      expect(shared?.addresses).toEqual([{ host: "10.0.0.1", port: 1, tlsName: "a.example" }]);
    }
  });

  it("tells lists apart by a TLS name, and by nothing else than the addresses", () => {
    const list = spread([named("a", "a.example")], "a");
    expect(sameAddresses(list, spread([named("b", "a.example")], "a"))).toBe(true);
    expect(sameAddresses(list, spread([named("a", "b.example")], "a"))).toBe(false);
    expect(sameAddresses(list, [])).toBe(false);
  });
});
