import type { Endpoint } from "@rollcall/core";
import { describe, expect, it } from "vitest";
import { type Candidate, type CandidateOptions, candidates } from "../src/etcd-candidates.js";

const unshuffled = (): number => 0;
const known: readonly Endpoint[] = [
  { id: "1", host: "a", port: 1, attributes: { scheme: "http" } },
  { id: "2", host: "b", port: 1 },
];

async function row(options: Partial<CandidateOptions>): Promise<readonly Candidate[]> {
  const all: Candidate[] = [];
  const base = { held: [], known: [], seeds: ["seed:1"], secure: false, random: unshuffled, signal: new AbortController().signal };
  for await (const candidate of candidates({ ...base, ...options })) all.push(candidate);
  return all;
}

const urls = (of: readonly Candidate[]): readonly string[] => of.map(({ url }) => url);

describe("candidates", () => {
  it("are whom a connection is held to, then the known members, then every seed", async () => {
    const held = ["last", "spare"].map((host) => ({ scheme: "http", host, port: 1 }) as const);
    expect(urls(await row({ held, known, seeds: ["s1:1", "s2:1"] }))).toEqual([
      "http://last:1",
      "http://spare:1",
      "http://a:1",
      "http://b:1",
      "http://s1:1",
      "http://s2:1",
    ]);
  });

  it("are asked once each, however often they are named", async () => {
    const held = [{ scheme: "http", host: "b", port: 1 }] as const;
    expect(urls(await row({ held, known, seeds: ["http://A:1/path", "c:1", "c:1"] }))).toEqual(["http://b:1", "http://a:1", "http://c:1"]);
  });

  it("row 15: are dialled by the TLS name that the mapping gave their endpoint, which is another address than the same without", async () => {
    const named = (tlsName: string | number): Endpoint => ({ id: "1", host: "h", port: 1, attributes: { tlsName } });
    const row15 = await row({ known: [named("n.test")], seeds: ["h:1"], secure: true });
    expect(row15).toEqual([
      { url: "https://h:1 (as n.test)", address: { scheme: "https", host: "h", port: 1, tlsName: "n.test" } },
      { url: "https://h:1", address: { scheme: "https", host: "h", port: 1 } },
    ]);
    for (const none of ["", "two words", "a\nb", 7]) {
      expect(urls(await row({ known: [named(none)], seeds: ["h:1"], secure: true }))).toEqual(["https://h:1"]);
    }
  });

  it("come in an order drawn by the injected randomness, known members before seeds", async () => {
    const orders = new Set<string>();
    for (const random of [0, 0.4, 0.9]) {
      const order = urls(await row({ known, seeds: ["s1:1", "s2:1", "s3:1"], random: () => random }));
      expect([...order.slice(0, 2)].sort()).toEqual(["http://a:1", "http://b:1"]);
      expect([...order.slice(2)].sort()).toEqual(["http://s1:1", "http://s2:1", "http://s3:1"]);
      orders.add(order.join());
    }
    expect(orders.size).toBeGreaterThan(1);
  });

  it("resolve a function of seeds only when the row reaches them", async () => {
    let resolved = 0;
    const seeds = async (): Promise<readonly string[]> => {
      resolved += 1;
      return ["s:1"];
    };
    const signal = new AbortController().signal;
    const lazy = candidates({ held: [], known, seeds, secure: false, random: unshuffled, signal });
    await lazy.next();
    await lazy.next();
    expect(resolved).toBe(0);
    expect((await lazy.next()).value).toMatchObject({ url: "http://s:1" });
    expect(resolved).toBe(1);
  });

  it("are never plaintext while TLS is configured", async () => {
    const [a, b, c] = await row({ known, seeds: ["http://s:1"], secure: true });
    expect([a, c].map((candidate) => candidate && "refused" in candidate && candidate.refused.message)).toEqual([
      "[etcd] [UNAVAILABLE] TLS is configured, so a plaintext address is not asked",
      "[etcd] [UNAVAILABLE] TLS is configured, so a plaintext address is not asked",
    ]);
    expect(b).toEqual({ url: "https://b:1", address: { scheme: "https", host: "b", port: 1 } });
  });

  it("are not taken from a seeds function over TLS that nobody configured, lest its members be asked in plaintext", async () => {
    const seeds = async (): Promise<readonly string[]> => ["https://s:1"];
    const [refused] = await row({ seeds });
    expect(refused).toHaveProperty("refused.message", expect.stringContaining("needs the option tls"));
    expect(await row({ seeds, secure: true })).toEqual([{ url: "https://s:1", address: { scheme: "https", host: "s", port: 1 } }]);
  });

  it("report a seed that is no address without its secrets, and go on", async () => {
    const [bad, good] = await row({ seeds: async () => ["http://u:secret@h:1", "s:1"] });
    expect(bad?.url).toBe("***@h:1");
    expect(bad).toHaveProperty("refused.code", "UNAVAILABLE");
    expect(good?.url).toBe("http://s:1");
  });
});
