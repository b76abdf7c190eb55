import { create, toBinary } from "@bufbuild/protobuf";
import { describe, expect, it } from "vitest";
import { AuthenticateResponseSchema, type StatusResponse, StatusResponseSchema } from "../src/gen/rpc_pb.js";
import { type Behaviour, refuses, status } from "./support/fake-transport.js";
import { votersAt } from "./support/member-list.js";
import { type Harness, harness } from "./support/source-harness.js";

const C1 = { clusterId: String(0xc1), memberId: "1", revision: "1", raftTerm: "2" };

/** A member that answers Status as a voter of cluster c1 with a leader, unless said otherwise. */
function reports(status: Partial<Pick<StatusResponse, "leader" | "isLearner" | "errors">> & { header?: object } = {}): Behaviour {
  const answer = toBinary(StatusResponseSchema, create(StatusResponseSchema, { header: C1, leader: "1", ...status }));
  return ({ method }) => (method === "Status" ? answer : votersAt("http://a:1"));
}

const { signal } = new AbortController();
const A = { id: "1", host: "a", port: 1 };

/** A source with one seed `a` that has been polled once. */
async function polledOnce(member: Behaviour): Promise<Harness> {
  const setup = harness({ seeds: ["a:1"] });
  setup.transport.members.set("http://a:1", member);
  await setup.fetch();
  return setup;
}

describe("what is sent", () => {
  it("is Status to the address given, with hasleader and without a deadline of its own, on a connection that is closed then", async () => {
    const { source, transport } = harness({ seeds: ["a:1"] });
    transport.members.set("http://[fd00::7]:9", reports());
    await source.probe?.({ ...A, host: "fd00::7", port: 9, attributes: { scheme: "http" } }, { signal });
    expect(transport.calls).toMatchObject([{ method: "Status", url: "http://[fd00::7]:9", metadata: { hasleader: "true" }, signal }]);
    expect(transport.calls[0]?.timeoutMs).toBeUndefined();
    expect([transport.connections.length, transport.open.length]).toEqual([1, 0]);
  });

  it("goes over TLS where the member or the configuration says so, and never in plaintext while TLS is configured", async () => {
    const { source, transport } = harness({ seeds: ["a:1"], tls: {} });
    transport.members.set("https://a:1", reports()).set("http://a:1", reports());
    await source.probe?.(A, { signal });
    await source.probe?.({ ...A, attributes: { scheme: "https" } }, { signal });
    await expect(source.probe?.({ ...A, attributes: { scheme: "http" } }, { signal })).rejects.toThrow(
      "Status of member 1 at http://a:1 is not asked for: [etcd] [UNAVAILABLE] TLS is configured",
    );
    expect(transport.calls.map(({ url }) => url)).toEqual(["https://a:1", "https://a:1"]);
  });
});

describe("a member serves", () => {
  it.each<readonly [string, Behaviour]>([
    ["when it follows a leader", reports()],
    ["row 22: whatever alarms the cluster has", reports({ errors: ["memberID:1 alarm:NOSPACE ", "memberID:2 alarm:CORRUPT "] })],
    ["when it wants a token", refuses(3, "etcdserver: user name is empty")],
    ["when a token has expired", refuses(16, "etcdserver: invalid auth token")],
    ["when the user may not ask that", refuses(7, "etcdserver: permission denied")],
  ])("%s", async (_when, member) => {
    const { source, transport } = await polledOnce(reports());
    transport.members.set("http://a:1", member);
    await source.probe?.(A, { signal });
    expect(transport.calls.at(-1)?.method).toBe("Status");
  });

  it("whichever cluster it is of, while it is not known which one is polled", async () => {
    const { source, transport } = harness({ seeds: ["a:1"] });
    transport.members.set("http://a:1", reports({ header: { ...C1, clusterId: "9" } }));
    await source.probe?.(A, { signal });
    expect(transport.calls).toHaveLength(1);
  });
});

describe("row 16: with a user, a probe", () => {
  const auth = { username: "root", password: "pw" };

  /** A member that hands out tokens t1, t2, … and answers Status only with one that is not refused. */
  function guarded(refused: Set<unknown>, header = C1): Behaviour {
    let issued = 0;
    return (call) => {
      if (call.method === "Authenticate") {
        issued += 1;
        return toBinary(AuthenticateResponseSchema, create(AuthenticateResponseSchema, { token: `t${issued}` }));
      }
      const { token } = call.metadata;
      if (call.method === "Status" && token === undefined) return refuses(3, "etcdserver: user name is empty")(call);
      if (call.method === "Status" && refused.has(token)) return refuses(16, "etcdserver: invalid auth token")(call);
      return reports({ header })(call);
    };
  }

  it("carries the token that is known, and fetches none", async () => {
    const { source, transport, fetch } = harness({ seeds: ["a:1"], auth });
    transport.members.set("http://a:1", guarded(new Set()));
    await source.probe?.(A, { signal });
    await fetch();
    await source.probe?.(A, { signal });
    const asked = transport.calls.map(({ method, metadata }) => [method, metadata["token"]]);
    expect(asked.filter(([method]) => method === "Status")).toEqual([
      ["Status", undefined],
      ["Status", "t1"],
    ]);
    expect(asked.filter(([method]) => method === "Authenticate")).toHaveLength(1);
  });

  it("is told of which cluster the member is, which has to be the one that is polled", async () => {
    const { source, transport, fetch } = harness({ seeds: ["a:1"], auth });
    transport.members.set("http://a:1", guarded(new Set()));
    await fetch();
    transport.members.set("http://a:1", guarded(new Set(), { ...C1, clusterId: "9" }));
    await expect(source.probe?.(A, { signal })).rejects.toMatchObject({ code: "FOREIGN_CLUSTER" });
  });

  // Every member counts for itself how long ago it was shown a token, so one may know it still while another does not.
  it("that shows an expired token proves that the member serves, and the next poll renews it although it would not be refused", async () => {
    const { source, transport, fetch } = harness({ seeds: ["a:1"], auth });
    transport.members.set("http://a:1", guarded(new Set(["t1"])));
    await fetch();
    await source.probe?.(A, { signal });
    await fetch();
    await source.probe?.(A, { signal });
    expect(transport.calls.map(({ method, metadata }) => [method, metadata["token"]]).slice(2)).toEqual([
      ["Status", "t1"],
      ["Authenticate", undefined],
      ["MemberList", "t2"],
      ["Status", "t2"],
    ]);
  });

  it("whose refusal comes when the token has been renewed already does not cost the new one", async () => {
    const { source, transport, fetch } = harness({ seeds: ["a:1"], auth });
    const member = guarded(new Set());
    const expired = status(16, "etcdserver: invalid auth token");
    let [isExpired, refuse] = [false, (): void => undefined];
    transport.members.set("http://a:1", (call) => {
      if (call.method === "Status") return new Promise((_resolve, reject) => (refuse = () => reject(expired)));
      return isExpired && call.metadata["token"] === "t1" ? Promise.reject(expired) : member(call);
    });
    await fetch();
    const probed = source.probe?.(A, { signal });
    isExpired = true;
    await fetch();
    refuse();
    await probed;
    await fetch();
    expect(transport.calls.map(({ method, metadata }) => [method, metadata["token"]]).slice(2)).toEqual([
      ["Status", "t1"],
      ["MemberList", "t1"],
      ["Authenticate", undefined],
      ["MemberList", "t2"],
      ["MemberList", "t2"],
    ]);
  });

  it("that is refused by a stranger does not cost the token", async () => {
    const { source, transport, fetch } = harness({ seeds: ["a:1"], auth });
    transport.members.set("http://a:1", guarded(new Set())).set("http://b:1", refuses(16, "invalid auth token"));
    await fetch();
    await expect(source.probe?.({ ...A, host: "b" }, { signal })).rejects.toMatchObject({ code: "UNAUTHENTICATED" });
    await fetch();
    expect(transport.calls.at(-1)?.metadata["token"]).toBe("t1");
  });
});

describe("a member does not serve", () => {
  it.each<readonly [string, Behaviour, string, string]>([
    ["without a leader", reports({ leader: "0" }), "UNAVAILABLE", "says that it has no leader"],
    ["as a learner that does not know yet of its vote", reports({ isLearner: true }), "UNAVAILABLE", "still a learner"],
    ["when it refuses to", refuses(14, "etcdserver: server stopped"), "UNAVAILABLE", "gRPC status 14: etcdserver: server stopped"],
    ["when it was removed", refuses(2, "raft: stopped"), "UNAVAILABLE", "gRPC status 2: raft: stopped"],
    ["when its own time is over", refuses(4, "Deadline exceeded"), "TIMEOUT", "gRPC status 4: Deadline exceeded"],
    ["when it is no etcd", refuses(12, "unknown service"), "MALFORMED_RESPONSE", "gRPC status 12: unknown service"],
    ["when it is a stranger that wants a token", refuses(16, "Jwt is missing"), "UNAUTHENTICATED", "gRPC status 16: Jwt is missing"],
    ["when it is a stranger that refuses", refuses(7, "RBAC: access denied"), "UNAUTHENTICATED", "status 7: RBAC: access denied"],
    ["when a stranger says the same in its own words", refuses(16, "invalid auth token"), "UNAUTHENTICATED", "16: invalid auth token"],
    ["when it answers garbage", () => new Uint8Array([255, 255, 255]), "MALFORMED_RESPONSE", "came back as something else"],
    ["in another cluster", reports({ header: { ...C1, clusterId: "9" } }), "FOREIGN_CLUSTER", "is of cluster 9, not of c1"],
    ["without saying in which cluster", reports({ header: undefined as never }), "FOREIGN_CLUSTER", "is of cluster 0, not of c1"],
  ])("%s, and the error names it and says what came back", async (_when, member, code, said) => {
    const { source, transport } = await polledOnce(reports());
    transport.members.set("http://a:1", member);
    const error: unknown = await source.probe?.(A, { signal }).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code, source: "etcd", message: expect.stringContaining("Status of member 1 at http://a:1") });
    expect(String(error)).toContain(said);
    expect(transport.open.length).toBe(1);
  });
});
