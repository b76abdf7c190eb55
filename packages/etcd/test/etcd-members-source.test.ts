import { settle } from "@rollcall/testkit";
import { describe, expect, it, vi } from "vitest";
import { refuses, silent } from "./support/fake-transport.js";
import { memberList, votersAt } from "./support/member-list.js";
import { harness, knownAt } from "./support/source-harness.js";

const list = votersAt("http://a:1", "http://b:1", "http://c:1");

describe("asking", () => {
  it("row 4: asks for a linearizable list of a member that has a leader", async () => {
    const { transport, fetch } = harness({ seeds: ["a:1"] });
    transport.members.set("http://a:1", () => list);
    expect((await fetch()).members).toHaveLength(3);
    expect(transport.calls).toMatchObject([{ method: "MemberList", metadata: { hasleader: "true" }, timeoutMs: 2_000 }]);
    expect([...(transport.calls[0]?.request ?? [])]).toEqual([8, 1]);
  });

  it("goes on with the known members and then every seed when one fails", async () => {
    const { transport, fetch } = harness({ seeds: ["s1:1", "s2:1"] });
    transport.members.set("http://s2:1", () => list);
    await fetch({ known: knownAt("a", "b") });
    expect(transport.asked).toEqual(["http://a:1", "http://b:1", "http://s1:1", "http://s2:1"]);
  });

  it("row 12: still asks the seeds after every learned address is gone", async () => {
    const { transport, fetch } = harness({ seeds: ["s:1"] });
    transport.members.set("http://s:1", () => list);
    await fetch();
    transport.connections[0]?.lose();
    await fetch({ known: knownAt("a", "b", "c") });
    expect(transport.asked).toEqual(["http://s:1", "http://a:1", "http://b:1", "http://c:1"]);
    expect(transport.calls.at(-1)?.url).toBe("http://s:1");
  });

  it("row 3: passes a silent member after hedgeAfterMs, and closes its connection once another answered", async () => {
    const { transport, clock, fetch } = harness({ seeds: ["a:1", "b:1"], hedgeAfterMs: 100 });
    transport.members.set("http://a:1", silent).set("http://b:1", () => list);
    const answered = fetch();
    await clock.advance(99);
    expect(transport.asked).toEqual(["http://a:1"]);
    await clock.advance(1);
    await answered;
    expect(transport.open.map(({ url }) => url)).toEqual(["http://b:1"]);
    expect(transport.calls[0]?.signal.aborted).toBe(true);
    expect(clock.pending).toBe(0);
  });

  it("row 3: gives every attempt its own deadline and names every member when all fail", async () => {
    const { transport, clock, fetch } = harness({ seeds: ["a:1", "b:1"], attemptTimeoutMs: 1_000 });
    transport.members.set("http://a:1", silent).set("http://b:1", refuses(14, "etcdserver: no leader"));
    const outcome = fetch().catch((error: unknown) => error);
    await clock.advance(1_000);
    expect(await outcome).toMatchObject({ code: "UNAVAILABLE", source: "etcd", retryable: true });
    expect(String(await outcome)).toMatch(/http:\/\/b:1: .*no leader.*http:\/\/a:1: .*no answer within 1000 ms/);
    expect(transport.open).toEqual([]);
  });

  it("row 25: cancels everything at once when its signal fires", async () => {
    const { transport, clock, fetch } = harness({ seeds: ["a:1"] });
    transport.members.set("http://a:1", silent);
    const controller = new AbortController();
    const outcome = fetch({ signal: controller.signal }).catch((error: unknown) => error);
    await settle();
    controller.abort();
    expect(await outcome).toMatchObject({ code: "ABORTED" });
    expect(transport.calls[0]?.signal.aborted).toBe(true);
    expect(transport.open).toEqual([]);
    expect(clock.pending).toBe(0);
  });

  it("refuses plaintext members while TLS is configured, saying so", async () => {
    const { transport, fetch } = harness({ seeds: ["http://a:1"], tls: {} });
    await expect(fetch()).rejects.toThrow("http://a:1: [etcd] [UNAVAILABLE] TLS is configured");
    expect(transport.connections).toEqual([]);
  });

  it("reports a seeds function that fails, and one that returns nothing", async () => {
    await expect(harness({ seeds: () => Promise.reject(new Error("no DNS")) }).fetch()).rejects.toMatchObject({
      code: "UNAVAILABLE",
      message: expect.stringContaining("no DNS"),
    });
    await expect(harness({ seeds: async () => [] }).fetch()).rejects.toMatchObject({ code: "UNAVAILABLE" });
  });
});

describe("judging an answer", () => {
  it.each([
    ["an empty list", memberList([]), "EMPTY_METADATA"],
    ["nobody usable", memberList([{ id: "1", urls: ["http://h:1"], learner: true }, { id: "2" }]), "EMPTY_METADATA"],
    ["garbage", new Uint8Array([255, 255, 255]), "MALFORMED_RESPONSE"],
    ["a member that was removed", memberList([{ id: "1", urls: ["http://h:1"] }], { from: "9" }), "MALFORMED_RESPONSE"],
  ])("rows 7 and 11: passes %s and asks the next member", async (_what, bytes, code) => {
    const { transport, fetch } = harness({ seeds: ["bad:1", "good:1"] });
    transport.members.set("http://bad:1", () => bytes);
    await expect(fetch()).rejects.toMatchObject({ code });
    transport.members.set("http://good:1", () => list);
    expect((await fetch()).clusterId).toBe("c1");
  });

  it("row 9: never merges another cluster: that member is refused and the next one asked", async () => {
    const { transport, fetch } = harness({ seeds: ["ours:1", "theirs:1"] });
    transport.members.set("http://ours:1", () => list);
    await fetch();
    const theirs = memberList([{ id: "1", urls: ["http://x:1"] }], { cluster: "c2" });
    transport.members.set("http://ours:1", () => theirs).set("http://theirs:1", () => theirs);
    await expect(fetch()).rejects.toMatchObject({ code: "FOREIGN_CLUSTER" });
    transport.members.set("http://theirs:1", () => list);
    expect((await fetch()).clusterId).toBe("c1");
  });

  it("row 9: follows a cluster restored from backup after 90 s, with a warning, but not with foreign: refuse or a clusterId", async () => {
    const warn = vi.spyOn(process, "emitWarning").mockImplementation(() => undefined);
    const restored = memberList([{ id: "1", urls: ["http://x:1"] }], { cluster: "c2" });
    for (const strict of [{}, { foreign: "refuse" as const }, { clusterId: "C1" }]) {
      const { transport, clock, fetch } = harness({ seeds: ["a:1"], ...strict });
      transport.members.set("http://a:1", () => list);
      await fetch();
      transport.members.set("http://a:1", () => restored);
      for (let poll = 0; poll < 3; poll += 1) {
        await expect(fetch()).rejects.toMatchObject({ code: "FOREIGN_CLUSTER" });
        await clock.advance(30_000);
      }
      const outcome = await fetch().catch((error: { code: string }) => error.code);
      expect(outcome).toEqual(Object.keys(strict).length === 0 ? expect.objectContaining({ clusterId: "c2" }) : "FOREIGN_CLUSTER");
    }
    expect(warn).toHaveBeenCalledOnce();
    warn.mockRestore();
  });

  it("row 9: does not let an answer that nobody waits for any more pin its cluster", async () => {
    const { transport, fetch } = harness({ seeds: ["a:1"] });
    let answerLate: (bytes: Uint8Array) => void = () => undefined;
    transport.members.set("http://a:1", () => new Promise((resolve) => (answerLate = resolve)));
    const controller = new AbortController();
    const outcome = fetch({ signal: controller.signal }).catch((error: { code: string }) => error.code);
    await settle();
    controller.abort();
    expect(await outcome).toBe("ABORTED");
    answerLate(memberList([{ id: "1", urls: ["http://x:1"] }], { cluster: "c2" }));
    await settle();
    transport.members.set("http://a:1", () => list);
    expect((await fetch()).clusterId).toBe("c1");
  });

  it("row 9: accepts a grpc-proxy, but not when a clusterId must be checked", async () => {
    const proxied = memberList([{ id: "0", name: "proxy", urls: ["p:1"] }], null);
    const open = harness({ seeds: ["p:1"] });
    open.transport.members.set("http://p:1", () => proxied);
    expect(open.source.endpoints(await open.fetch())).toEqual([
      { id: "p:1", host: "p", port: 1, attributes: { name: "proxy", scheme: "http" } },
    ]);
    const pinned = harness({ seeds: ["p:1"], clusterId: "c1" });
    pinned.transport.members.set("http://p:1", () => proxied);
    await expect(pinned.fetch()).rejects.toMatchObject({ code: "FOREIGN_CLUSTER" });
  });

  it("says that the metadata changed when only a learner joined", async () => {
    const { source, transport, fetch } = harness({ seeds: ["a:1"] });
    transport.members.set("http://a:1", () => memberList([{ id: "1", urls: ["http://a:1"] }]));
    const before = await fetch();
    const same = await fetch();
    transport.members.set("http://a:1", () =>
      memberList([
        { id: "1", urls: ["http://a:1"] },
        { id: "2", learner: true },
      ]),
    );
    expect(source.sameMetadata?.(before, same)).toBe(true);
    expect(source.sameMetadata?.(before, await fetch())).toBe(false);
  });
});
