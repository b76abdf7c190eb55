import { settle } from "@rollcall/testkit";
import { describe, expect, it } from "vitest";
import { readMemberList } from "../src/etcd-members-metadata.js";
import { memberList, votersAt } from "./support/member-list.js";
import { harness } from "./support/source-harness.js";

const proxies = (...urls: readonly string[]): Uint8Array =>
  memberList(
    urls.map((url) => ({ id: "0", name: "host", urls: [url] })),
    null,
  );
const members = votersAt("http://a:1", "http://b:1", "http://c:1");

describe("answers of a grpc-proxy", () => {
  it("mean the same in whatever order they list proxies of one host", () => {
    const [one, other] = [proxies("p:1", "p:2", "p:3"), proxies("p:3", "p:1", "p:2")];
    expect(readMemberList(one)).toEqual(readMemberList(other));
  });

  it("come over one connection, which is kept", async () => {
    const { transport, fetch } = harness({ seeds: ["p:1"] });
    transport.members.set("http://p:1", () => proxies("p:1"));
    await fetch();
    await fetch();
    expect([transport.calls.length, transport.connections.length, transport.open.length]).toEqual([2, 1, 1]);
  });

  it("row 9: are refused once members of a cluster have answered, and whoever else is a seed is asked", async () => {
    const { transport, fetch } = harness({ seeds: ["a:1", "p:1"] });
    transport.members.set("http://a:1", () => members).set("http://p:1", () => proxies("p:1"));
    await fetch();
    transport.connections[0]?.lose();
    transport.members.delete("http://a:1");
    await expect(fetch()).rejects.toMatchObject({
      message: expect.stringMatching(/http:\/\/p:1: .*no cluster id \(a grpc-proxy\?\), but members of cluster c1 have answered/),
    });
    transport.members.set("http://a:1", () => members);
    expect((await fetch()).clusterId).toBe("c1");
  });

  it("row 9: are left for those of members when these answer, for good", async () => {
    const { source, transport, fetch } = harness({ seeds: ["p:1", "a:1"] });
    transport.members.set("http://p:1", () => proxies("p:1")).set("http://a:1", () => members);
    expect([...source.endpoints(await fetch())].map(({ id }) => id)).toEqual(["p:1"]);
    transport.connections[0]?.lose();
    await settle();
    transport.members.delete("http://p:1");
    expect([...source.endpoints(await fetch())].map(({ id }) => id)).toEqual(["1", "2", "3"]);
    transport.members.set("http://p:1", () => proxies("p:1")).delete("http://a:1");
    transport.connections.at(-1)?.lose();
    await expect(fetch()).rejects.toMatchObject({ message: expect.stringContaining("seeds are either proxies or members") });
  });
});
