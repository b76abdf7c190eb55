import type { DiscoveryError } from "@rollcall/core";
import { describe, expect, it } from "vitest";
import { type EtcdMetadata, memberEndpoints, readMemberList, sameMembers } from "../src/etcd-members-metadata.js";
import { memberList } from "./support/member-list.js";

const metadataOf = (bytes: Uint8Array): EtcdMetadata => readMemberList(bytes).metadata;

function refusal(bytes: Uint8Array): DiscoveryError {
  try {
    readMemberList(bytes);
  } catch (error) {
    return error as DiscoveryError;
  }
  throw new Error("the answer was accepted");
}

describe("readMemberList", () => {
  it("prints ids of 64 bits in lower-case hex, as etcdctl does", () => {
    const bytes = memberList([{ id: "fedcba9876543210", name: "a", urls: ["http://h:1"] }], { cluster: "cdf818194e3a8c32" });
    expect(metadataOf(bytes)).toEqual({
      clusterId: "cdf818194e3a8c32",
      members: [{ id: "fedcba9876543210", name: "a", role: "voter", clientUrls: ["http://h:1"] }],
    });
  });

  it("tells voters, learners and unstarted members apart", () => {
    const { members } = metadataOf(
      memberList([{ id: "1" }, { id: "2", learner: true }, { id: "3", name: "" }, { id: "4", name: "", learner: true }]),
    );
    expect(members.map(({ role }) => role)).toEqual(["voter", "learner", "unstarted", "unstarted"]);
  });

  it("is plain JSON data", () => {
    const metadata = metadataOf(memberList([{ id: "1", urls: ["http://h:1"] }]));
    expect(JSON.parse(JSON.stringify(metadata))).toEqual(metadata);
  });

  it("row 8: sorts members, so that the order of an answer means nothing", () => {
    const [a, b] = [{ id: "1" }, { id: "a" }];
    expect(metadataOf(memberList([b, a], { from: "1" }))).toEqual(metadataOf(memberList([a, b])));
    const [first, second] = ["x", "y"].map((name) => ({ id: "0", name }));
    if (first === undefined || second === undefined) throw new Error("two proxies are needed");
    expect(metadataOf(memberList([second, first], null))).toEqual(metadataOf(memberList([first, second], null)));
  });

  it("accepts the header-less answer of a grpc-proxy, whose members have no ids", () => {
    const bytes = memberList([{ id: "0", name: "proxy", urls: ["127.0.0.1:23790"] }], null);
    expect(metadataOf(bytes)).toEqual({ members: [{ id: "0", name: "proxy", role: "voter", clientUrls: ["127.0.0.1:23790"] }] });
  });

  it("row 11: says who answered, which a grpc-proxy does not", () => {
    expect(readMemberList(memberList([{ id: "1" }, { id: "ab" }], { from: "ab" })).answeredBy).toBe("ab");
    expect(readMemberList(memberList([{ id: "0" }], null)).answeredBy).toBe("0");
  });

  it("refuses ids without a cluster id", () => {
    expect(refusal(memberList([{ id: "1" }], null)).code).toBe("MALFORMED_RESPONSE");
  });

  it("row 11: refuses a member that is not in its own list", () => {
    const error = refusal(memberList([{ id: "1" }], { from: "2" }));
    expect(error.code).toBe("MALFORMED_RESPONSE");
    expect(error.message).toContain("member 2 answered");
  });
});

describe("memberEndpoints", () => {
  it("row 6: lists started voters only", () => {
    const metadata = metadataOf(
      memberList([
        { id: "1", name: "a", urls: ["http://h:1"] },
        { id: "2", urls: ["http://h:2"], learner: true },
        { id: "3", name: "", urls: ["http://h:3"] },
        { id: "4" },
      ]),
    );
    expect(memberEndpoints(metadata, "https")).toEqual([{ id: "1", host: "h", port: 1, attributes: { name: "a", scheme: "http" } }]);
  });

  it("row 8: keeps the id of a member whose address moved", () => {
    const at = (url: string) => memberEndpoints(metadataOf(memberList([{ id: "ab", urls: [url] }])), "http")[0]?.id;
    expect(at("http://h:1")).toBe("ab");
    expect(at("https://elsewhere:2")).toBe("ab");
  });

  it("row 8: lists every client URL of a voter, each once", () => {
    const urls = ["http://h:1", "http://h:1/", "unix:///tmp/x", "https://h:1", "http://[::1]:2"];
    const endpoints = memberEndpoints(metadataOf(memberList([{ id: "ab", urls }])), "http");
    expect(endpoints.map(({ id, host, port, attributes }) => [id, host, port, attributes?.["scheme"]])).toEqual([
      ["ab", "h", 1, "http"],
      ["ab#1", "h", 1, "https"],
      ["ab#2", "::1", 2, "http"],
    ]);
  });

  it("names members without an id by their address", () => {
    const bytes = memberList([{ id: "0", name: "proxy", urls: ["127.0.0.1:23790", "[::1]:1"] }], null);
    expect(memberEndpoints(metadataOf(bytes), "http").map(({ id }) => id)).toEqual(["127.0.0.1:23790", "[::1]:1"]);
  });

  it.each(["http", "https"] as const)("gives URLs without a scheme the scheme of the configuration: %s", (scheme) => {
    const bytes = memberList([{ id: "1", urls: ["h:1"] }]);
    expect(memberEndpoints(metadataOf(bytes), scheme)[0]?.attributes).toEqual({ name: "m1", scheme });
  });
});

describe("sameMembers", () => {
  const base = [{ id: "1", urls: ["http://h:1"] }, { id: "2" }];
  const before = metadataOf(memberList(base));

  it("holds for equal answers, whoever gave them", () => {
    expect(sameMembers(before, metadataOf(memberList(base, { from: "2" })))).toBe(true);
  });

  it.each([
    ["a member joined", [...base, { id: "3" }]],
    ["a member left", base.slice(0, 1)],
    ["a member was replaced", [{ id: "1", urls: ["http://h:1"] }, { id: "3" }]],
    [
      "a role changed",
      [
        { id: "1", urls: ["http://h:1"] },
        { id: "2", learner: true },
      ],
    ],
    [
      "a name changed",
      [
        { id: "1", urls: ["http://h:1"] },
        { id: "2", name: "other" },
      ],
    ],
    ["a URL changed", [{ id: "1", urls: ["http://h:9"] }, { id: "2" }]],
    ["a URL was added", [{ id: "1", urls: ["http://h:1", "http://h:2"] }, { id: "2" }]],
  ])("fails when %s", (_change, members) => {
    expect(sameMembers(before, metadataOf(memberList(members)))).toBe(false);
  });

  it("fails when the cluster is another", () => {
    expect(sameMembers(before, metadataOf(memberList(base, { cluster: "c2" })))).toBe(false);
  });
});
