import { describe, expect, it } from "vitest";
import type { EtcdMetadata } from "../src/etcd-members-metadata.js";
import type { EtcdMembersOptions } from "../src/etcd-members-options.js";
import { votersAt } from "./support/member-list.js";
import { type Harness, harness } from "./support/source-harness.js";
import { warnings } from "./support/warnings.js";

const member = { id: "8e9e05c52164694d", name: "m1", role: "voter", clientUrls: ["http://a:1"] };
const stored = { clusterId: "c1", members: [member] };

const restore = (data: unknown, clusterId?: string): unknown => harness({ seeds: ["a:1"], clusterId }).source.restore?.(data);

describe("stored metadata", () => {
  it("comes back as what an answer was, after it has been written as JSON", async () => {
    const { source, transport, fetch } = harness({ seeds: ["a:1"] });
    transport.members.set("http://a:1", () => votersAt("http://a:1", "http://b:1"));
    const answer = await fetch();
    const restored = source.restore?.(JSON.parse(JSON.stringify(answer)));
    expect(restored).toEqual(answer);
    expect(restored !== undefined && source.sameMetadata?.(answer, restored)).toBe(true);
  });

  it("has no cluster id where a grpc-proxy answered", () => {
    expect(restore({ members: [member] })).toEqual({ members: [member] });
  });

  it("loses what a newer version may have added", () => {
    expect(restore({ ...stored, more: 1, members: [{ ...member, more: 1 }] })).toEqual(stored);
  });

  it.each<readonly [string, unknown, string]>([
    ["nothing", undefined, "expected object"],
    ["null", null, "expected object"],
    ["text", "members", "expected object"],
    ["a list", [member], "expected object"],
    ["another object", { endpoints: [] }, "at members"],
    ["a member without an id", { members: [{ ...member, id: "" }] }, "at members[0].id"],
    ["an id that is no string", { members: [{ ...member, id: 7 }] }, "at members[0].id"],
    ["an unknown role", { members: [{ ...member, role: "leader" }] }, "at members[0].role"],
    ["URLs that are no list", { members: [{ ...member, clientUrls: "http://a:1" }] }, "at members[0].clientUrls"],
    ["a cluster id that is none", { ...stored, clusterId: "no hex" }, "at clusterId"],
  ])("is refused when it is %s, saying where", (_what, data, where) => {
    expect(() => restore(data)).toThrow(expect.objectContaining({ code: "MALFORMED_RESPONSE", message: expect.stringContaining(where) }));
  });

  it.each<readonly [string, unknown]>([
    ["nobody", { members: [] }],
    ["nobody who can be asked", { members: [{ ...member, role: "learner" }] }],
    ["no usable URL", { members: [{ ...member, clientUrls: ["unix:///etcd"] }] }],
  ])("is refused when it lists %s", (_what, data) => {
    expect(() => restore(data)).toThrow(expect.objectContaining({ code: "EMPTY_METADATA" }));
  });

  it("is refused when it is of another cluster than the option clusterId, or does not say of which", () => {
    expect(restore(stored, "C1")).toEqual(stored);
    for (const data of [{ ...stored, clusterId: "c2" }, { members: [member] }]) {
      expect(() => restore(data, "c1")).toThrow(expect.objectContaining({ code: "FOREIGN_CLUSTER" }));
    }
  });

  it("row 13: is what it was although a seeds function says only later that the cluster is on this machine", async () => {
    const seeds = async (): Promise<readonly string[]> => ["127.0.0.1:1"];
    const local: EtcdMetadata = { clusterId: "c1", members: [{ ...member, role: "voter", clientUrls: ["http://127.0.0.1:1"] }] };
    const restored = (options: Partial<EtcdMembersOptions> = {}): Harness & { readonly hosts: () => readonly string[] } => {
      const setup = harness({ seeds, ...options });
      setup.source.restore?.(local);
      return { ...setup, hosts: () => [...setup.source.endpoints(local)].map(({ host }) => host) };
    };
    const { transport, fetch, hosts } = restored();
    expect(hosts()).toEqual(["127.0.0.1"]);
    transport.members.set("http://127.0.0.1:1", () => votersAt("http://127.0.0.1:1"));
    await fetch();
    expect(hosts()).toEqual(["127.0.0.1"]);
    expect(() => restored({ loopback: "drop" })).toThrow(expect.objectContaining({ code: "EMPTY_METADATA" }));
  });

  it("row 13: counts for less than an answer from elsewhere", async () => {
    const warned = warnings();
    const { source, transport, fetch } = harness({ seeds: async () => ["b:1"] });
    const local: EtcdMetadata = { clusterId: "c1", members: [{ ...member, role: "voter", clientUrls: ["http://127.0.0.1:1"] }] };
    source.restore?.(local);
    transport.members.set("http://b:1", () => votersAt("http://127.0.0.1:1"));
    await expect(fetch()).rejects.toMatchObject({ code: "EMPTY_METADATA" });
    expect([...source.endpoints(local)]).toHaveLength(1); // nothing was learned
    transport.members.set("http://b:1", () => votersAt("http://127.0.0.1:1", "http://b:1"));
    expect([...source.endpoints(await fetch())].map(({ host }) => host)).toEqual(["b"]);
    // A slow store comes too late.
    expect(() => source.restore?.(local)).toThrow(expect.objectContaining({ code: "EMPTY_METADATA" }));
    expect(warned).toHaveLength(1);
  });

  it("does not decide which cluster is ours: the first answer does", async () => {
    const { source, transport, fetch } = harness({ seeds: ["a:1"] });
    source.restore?.({ ...stored, clusterId: "c2" });
    transport.members.set("http://a:1", () => votersAt("http://a:1"));
    expect(await fetch()).toMatchObject({ clusterId: "c1" });
  });
});
