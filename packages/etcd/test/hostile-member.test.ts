import { inspect } from "node:util";
import { hostPort, isDiscoveryError, MetadataPoller, type MetadataSource } from "@rollcall/core";
import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import { type EtcdMetadata, etcdMembers } from "../src/index.js";
import { hostileAnswers, SECRET, UNUSABLE_URLS, USABLE_URLS } from "./support/hostile-list.js";
import type { Answer, LoopbackMember } from "./support/loopback-member.js";
import { memberList, votersAt } from "./support/member-list.js";
import { member, use } from "./support/polling.js";

/** Client URLs that refuse connections at once. */
const NOBODY = [1, 2, 3].map((port) => `http://127.0.0.1:${port}`);

/** A poller of one member, which answers its first poll well. */
async function polled(): Promise<{ readonly server: LoopbackMember; readonly poller: MetadataPoller<EtcdMetadata> }> {
  const server = await member(() => votersAt(...NOBODY));
  const poller = use(new MetadataPoller(silentSource(server), { probe: false, minIntervalMs: 10 }));
  await poller.refresh();
  return { server, poller };
}

/** Polls this member, and dials nobody else: without `watch` there is no spare connection. */
function silentSource({ url }: LoopbackMember): MetadataSource<EtcdMetadata> {
  const source = etcdMembers({ seeds: [url], foreign: "refuse", attemptTimeoutMs: 10_000 });
  return {
    key: source.key,
    fetch: (context) => source.fetch(context),
    endpoints: (metadata) => source.endpoints(metadata),
    close: async () => source.close?.(),
  };
}

/** What the next poll ends with when the member answers so. */
async function outcomeOf({ server, poller }: Awaited<ReturnType<typeof polled>>, answer: Answer): Promise<unknown> {
  server.answer = answer;
  return await poller.refresh().catch((error: unknown) => error);
}

const many = (count: number): Uint8Array =>
  memberList(Array.from({ length: count }, (_, at) => ({ id: (at + 1).toString(16), urls: [`http://10.0.0.1:${at + 1}`] })));

describe("row 7: a hostile member over real gRPC", () => {
  it.each([
    ["100 000 members", () => many(100_000)],
    ["as many empty members as grpc-js would let by", () => new Uint8Array(4 * 1024 * 1024).map((_, at) => (at % 2 === 0 ? 0x12 : 0))],
    ["groups that nest without end", () => new Uint8Array(200_000).fill(0x3b)],
    ["a member that claims to be of 4 GiB", () => Uint8Array.of(0x12, 0xff, 0xff, 0xff, 0xff, 0x0f)],
    ["a header that is a number", () => Uint8Array.of(0x08, 0x01)],
    ["no bytes of a list", () => Buffer.from("HTTP/1.1 200 OK\r\n\r\n")],
  ])(
    "is refused for %s, and the last good set stays",
    async (_what, answer) => {
      const setup = await polled();
      const { snapshot } = setup.poller;
      const bytes = answer();
      expect(await outcomeOf(setup, () => bytes)).toMatchObject({ code: "MALFORMED_RESPONSE" });
      expect(setup.poller.snapshot).toBe(snapshot);
      expect(setup.poller.snapshot?.endpoints).toHaveLength(3);
      expect(await outcomeOf(setup, () => votersAt(...NOBODY.slice(1)))).toMatchObject({ version: 2 });
    },
    30_000,
  );

  it("is believed up to 3 000 members", async () => {
    const setup = await polled();
    const bytes = many(3_000);
    expect(await outcomeOf(setup, () => bytes)).toMatchObject({ endpoints: { length: 3_000 } });
  });

  it("loses its bad client URLs, and only these; nothing is printed of their secrets", async () => {
    const setup = await polled();
    const urls = [...UNUSABLE_URLS, ...Object.keys(USABLE_URLS)];
    await outcomeOf(setup, () => memberList([{ id: "1", name: "\u001b[2J", urls }]));
    const { endpoints = [] } = setup.poller.snapshot ?? {};
    expect(new Set(endpoints.map(hostPort.format))).toEqual(new Set(Object.values(USABLE_URLS)));
    expect(JSON.stringify(setup.poller) + inspect(setup.poller)).not.toContain(SECRET);
  });

  it("row 8: makes one endpoint of a member that is listed twice", async () => {
    const setup = await polled();
    const twice = memberList([
      { id: "1", urls: ["http://a:1"] },
      { id: "1", urls: ["http://x:1"] },
      { id: "2", urls: ["http://b:1"] },
    ]);
    await outcomeOf(setup, () => twice);
    expect(setup.poller.snapshot?.endpoints.map(({ id }) => id)).toEqual(["1", "2"]);
  });

  it("cannot write into logs with the text of its refusal", async () => {
    const setup = await polled();
    const details = "\u001b[2J\r\nrollcall: all is well";
    const outcome = await outcomeOf(setup, () => Promise.reject(Object.assign(new Error(details), { code: 14, details })));
    expect(String(outcome)).toContain("[2J rollcall: all is well");
    expect(String(outcome)).not.toMatch(/\p{Cc}/u);
  });

  it("1 000 hostile answers: neither crash, nor silence, nor anything but a DiscoveryError or a list", async () => {
    const warn = vi.spyOn(process, "emitWarning");
    let answer: Uint8Array = new Uint8Array();
    const server = await member(() => answer);
    const source = silentSource(server);
    use({ [Symbol.asyncDispose]: async () => source.close?.() });
    const context = { signal: new AbortController().signal, previous: undefined, known: [], attempt: 0 };
    const codes = new Set<string>();
    const property = fc.asyncProperty(hostileAnswers, async (bytes) => {
      answer = bytes;
      const outcome = await source.fetch(context).then(
        (metadata) => [...source.endpoints(metadata)].length > 0,
        (error: unknown) => error,
      );
      if (outcome !== true && !isDiscoveryError(outcome)) throw outcome;
      codes.add(isDiscoveryError(outcome) ? outcome.code : "read");
    });
    await fc.assert(property, { numRuns: 1_000, seed: 7, endOnFailure: true });
    expect([...codes].sort()).toEqual(["EMPTY_METADATA", "FOREIGN_CLUSTER", "MALFORMED_RESPONSE", "read"]);
    expect(server.listener.open).toBeLessThanOrEqual(1);
    expect(warn).not.toHaveBeenCalled();
    warn.mockRestore();
  }, 120_000);
});
