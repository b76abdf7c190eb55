import { settle } from "@rollcall/testkit";
import { describe, expect, it } from "vitest";
import { refuses, silent } from "./support/fake-transport.js";
import { type ListedMember, memberList } from "./support/member-list.js";
import { harness, knownAt } from "./support/source-harness.js";
import { cluster, type Polled, polled, watched } from "./support/watched-harness.js";

const open = ({ transport }: Pick<Polled, "transport">): readonly string[] => transport.open.map(({ url }) => url);

describe("the spare connection", () => {
  it("leads only where the poller's own mapping allows, and to the address that it says", async () => {
    const state = watched();
    await state.fetch({ mapEndpoint: (endpoint) => (endpoint.host === "c" ? { ...endpoint, host: "nat-c" } : undefined) });
    await settle();
    expect(state.transport.connections.map(({ url }) => url)).toEqual(["http://a:1", "http://nat-c:1"]);
    const thrown = watched();
    await thrown.fetch({ mapEndpoint: () => JSON.parse("{") });
    await settle();
    expect(thrown.transport.connections.map(({ url }) => url)).toEqual(["http://a:1"]);
  });

  it("leads to another member after a poll, and no call is made on it", async () => {
    const state = await polled();
    expect(open(state)).toEqual(["http://a:1", "http://b:1"]);
    expect(state.transport.asked).toEqual(["http://a:1"]);
  });

  it("is not dialled again while nothing changes", async () => {
    const state = await polled();
    for (let poll = 0; poll < 5; poll += 1) {
      await state.fetch();
      await settle();
    }
    expect(state.transport.connections).toHaveLength(2);
    expect(state.clock.pending).toBe(0);
  });

  it("is chosen among the others by the injected randomness", async () => {
    const state = watched({ seeds: ["a:1"] }, () => 0.9);
    await state.fetch();
    await settle();
    expect(open(state)).toEqual(["http://a:1", "http://c:1"]);
  });

  it("goes to a member that was listed before rather than to a newcomer, which may not serve yet", async () => {
    const state = await polled();
    const members = [
      { id: "4", urls: ["http://d:1"] },
      { id: "2", urls: ["http://b:1"] },
      { id: "3", urls: ["http://c:1"] },
    ];
    state.transport.members.set("http://b:1", cluster("2", members)).set("http://d:1", cluster("4", members));
    state.transport.connections[0]?.lose();
    await state.fetch();
    await settle();
    expect(open(state)).toEqual(["http://b:1", "http://c:1"]);
  });

  it("is made only while somebody watches", async () => {
    const state = harness({ seeds: ["a:1"] });
    state.transport.members.set("http://a:1", cluster("1")).set("http://b:1", cluster("2"));
    await state.fetch();
    await settle();
    expect(open(state)).toEqual(["http://a:1"]);
  });

  it.each<readonly [string, readonly ListedMember[]]>([
    ["a member that is alone", [{ id: "1", urls: ["http://a:1"] }]],
    ["a further URL of the same member", [{ id: "1", urls: ["http://a:1", "http://b:1"] }]],
    [
      "a learner",
      [
        { id: "1", urls: ["http://a:1"] },
        { id: "2", urls: ["http://b:1"], learner: true },
      ],
    ],
  ])("is not made to %s", async (_whom, members) => {
    const state = watched();
    state.transport.members.set("http://a:1", cluster("1", members));
    await state.fetch();
    await settle();
    expect(state.transport.connections).toHaveLength(1);
  });

  it("is not made in plaintext while TLS is configured", async () => {
    const state = watched({ seeds: ["https://a:1"], tls: {} });
    state.transport.members.set("https://a:1", cluster("1"));
    await state.fetch();
    await settle();
    expect(state.transport.connections).toHaveLength(1);
  });

  it("does not lead to the member that answered, although that was reached under a name nobody lists", async () => {
    const state = watched({ seeds: ["alias:1"] });
    state.transport.members.set("http://alias:1", cluster("1"));
    await state.fetch();
    await settle();
    expect(open(state)).toEqual(["http://alias:1", "http://b:1"]);
  });

  it("leads to another grpc-proxy, which the address alone tells apart", async () => {
    const state = watched({ seeds: ["a:1"] });
    const proxies = ["a", "b"].map((name) => ({ id: "0", name, urls: [`${name}:1`] }));
    state.transport.members.set("http://a:1", () => memberList(proxies, null));
    await state.fetch();
    await settle();
    expect(open(state)).toEqual(["http://a:1", "http://b:1"]);
  });
});

describe("a spare that is established", () => {
  it("asks for a poll when it is lost; the poll goes to whoever answered last, and another member gets the spare", async () => {
    const state = await polled();
    state.transport.connections[1]?.lose();
    expect(state.changed).toBe(1);
    expect(open(state)).toEqual(["http://a:1"]);
    await state.fetch();
    await settle();
    expect(state.transport.asked).toEqual(["http://a:1"]);
    expect(open(state)).toEqual(["http://a:1", "http://c:1"]);
  });

  it("is what the poll uses after the other connection was lost, and then there is a spare again, elsewhere", async () => {
    const state = await polled();
    state.transport.connections[0]?.lose();
    await state.fetch({ known: knownAt("a", "c", "b") });
    await settle();
    expect(state.transport.calls.map(({ url }) => url)).toEqual(["http://a:1", "http://b:1"]);
    expect(open(state)).toEqual(["http://b:1", "http://c:1"]);
    expect(state.transport.connections).toHaveLength(3);
  });

  it("is asked next when whoever answered last stays silent, and takes over", async () => {
    const state = await polled({ hedgeAfterMs: 100 });
    state.transport.members.set("http://a:1", silent);
    const answered = state.fetch({ known: knownAt("a", "c", "b") });
    await state.clock.advance(100);
    await answered;
    await settle();
    expect(state.transport.calls.slice(1).map(({ url }) => url)).toEqual(["http://a:1", "http://b:1"]);
    expect(state.transport.connections[0]?.closed).toBe(true);
    expect(open(state)).toEqual(["http://b:1", "http://c:1"]);
  });

  it("is let go when its member is no longer listed, and another one is made", async () => {
    const state = await polled();
    const members = ["a", "c", "d"].map((host, index) => ({ id: `${index + 1}`, urls: [`http://${host}:1`] }));
    state.transport.members.set("http://a:1", cluster("1", members));
    await state.fetch();
    await settle();
    expect(open(state)).toEqual(["http://a:1", "http://c:1"]);
    expect(state.changed).toBe(0);
  });
});

describe("while every member is replaced, one by one", () => {
  /** Members named by hex digits, each at the host of its name. */
  const named = (names: string): readonly ListedMember[] => [...names].map((id) => ({ id, urls: [`http://${id}:1`] }));

  it.each(["abc", "acb", "bac", "bca", "cab", "cba"])("the loss of the last one is noticed, in the order %s", async (order) => {
    for (const random of [0, 0.5, 0.99]) {
      const state = watched({}, () => random);
      let names = "abc";
      const serve = (): void => {
        state.transport.members.clear();
        for (const from of names) state.transport.members.set(`http://${from}:1`, cluster(from, named(names)));
      };
      serve();
      let believed = await state.fetch();
      for (const [index, leaving] of [...order].entries()) {
        await settle();
        names = names.replace(leaving, "def".charAt(index));
        serve();
        const { changed } = state;
        state.transport.open.find(({ url }) => url === `http://${leaving}:1`)?.lose();
        if (state.changed > changed) believed = await state.fetch({ known: [...state.source.endpoints(believed)] });
      }
      expect(believed.members.map(({ id }) => id)).toEqual(["d", "e", "f"]);
    }
  });
});

describe("a spare that cannot be made", () => {
  it("is closed in silence, and another member is tried at the next poll, not before", async () => {
    const state = watched();
    state.transport.members.delete("http://b:1");
    await state.fetch();
    await settle();
    expect(open(state)).toEqual(["http://a:1"]);
    expect(state.transport.connections).toHaveLength(2);
    await state.fetch();
    await settle();
    expect(open(state)).toEqual(["http://a:1", "http://c:1"]);
    expect([state.changed, state.clock.pending]).toEqual([0, 0]);
  });

  it("is tried at the same member again when there is no other", async () => {
    const state = watched();
    const two = ["a", "b"].map((host, index) => ({ id: `${index + 1}`, urls: [`http://${host}:1`] }));
    state.transport.members.set("http://a:1", cluster("1", two)).delete("http://b:1");
    await state.fetch();
    await settle();
    state.transport.members.set("http://b:1", cluster("2", two));
    await state.fetch();
    await settle();
    expect(open(state)).toEqual(["http://a:1", "http://b:1"]);
  });

  it("does not fail the poll, even if the transport throws", async () => {
    const state = watched();
    const connect = state.transport.connect.bind(state.transport);
    state.transport.connect = (address) => {
      if (address.host !== "a") throw new Error("no such host");
      return connect(address);
    };
    expect(await state.fetch()).toMatchObject({ clusterId: "c1" });
    await settle();
    expect(open(state)).toEqual(["http://a:1"]);
  });

  it("holds up no poll while it is being made, and no call goes to it", async () => {
    const state = watched();
    state.transport.frozen.add("http://b:1");
    await state.fetch();
    state.transport.members.set("http://a:1", refuses(14, "etcdserver: no leader"));
    await state.fetch({ known: knownAt("a", "c", "b") });
    expect(state.transport.asked).toEqual(["http://a:1", "http://c:1"]);
  });

  it.each<readonly [string, (state: Polled) => unknown]>([
    ["after attemptTimeoutMs", ({ clock }) => clock.advance(2_000)],
    ["at the next poll, for another member", ({ fetch }) => fetch()],
    ["when polling stops", ({ stop }) => stop()],
    ["when the source closes", ({ source }) => source.close?.()],
  ])("is given up %s", async (_when, happens) => {
    const state = watched();
    state.transport.frozen.add("http://b:1");
    await state.fetch();
    expect(open(state)).toEqual(["http://a:1", "http://b:1"]);
    await state.clock.advance(1_999);
    expect(open(state)).toContain("http://b:1");
    await happens(state);
    expect(open(state)).not.toContain("http://b:1");
    await settle();
    expect([state.changed, state.clock.pending]).toEqual([0, 0]);
  });
});
