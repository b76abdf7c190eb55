import { type Endpoint, MetadataPoller } from "@rollcall/core";
import { settle } from "@rollcall/testkit";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { EtcdMembersOptions } from "../src/etcd-members-options.js";
import { type ListedMember, memberList } from "./support/member-list.js";
import { type Harness, harness } from "./support/source-harness.js";
import { cluster, watched } from "./support/watched-harness.js";

const warn = vi.spyOn(process, "emitWarning");
beforeEach(() => void warn.mockReset());
afterEach(() => expect(warn.mock.calls.length).toBeLessThanOrEqual(1));

/** A source on which a member answers at each of these addresses, with the list of three: one at `good:1`, one at each of these URLs. */
function listing(urls: readonly string[], options: Partial<EtcdMembersOptions> = {}, at = "seed:1"): Harness {
  const setup = harness({ seeds: [at], ...options });
  const members = [{ id: "1", urls: ["http://good:1"] }, ...urls.map((url, index) => ({ id: `${index + 2}`, urls: [url] }))];
  setup.transport.members.set(`http://${at}`, cluster("1", members));
  return setup;
}

/** Where the endpoints of one answer are. */
async function hosts({ source, fetch }: Harness): Promise<readonly string[]> {
  return [...source.endpoints(await fetch())].map(({ host }) => host);
}

const OWN = [
  "http://localhost:2379",
  "https://LOCALHOST.:1",
  "http://etcd.localhost:1",
  "http://127.0.0.1:2379",
  "http://127.9.8.7:1/path",
  "http://0.0.0.0:2379",
  "http://[::1]:1",
  "http://[::1%25lo]:1",
  "http://[::]:1",
  "http://[0:0:0:0:0:0:0:1]:1",
  "http://[::ffff:127.0.0.1]:1",
  "http://[::ffff:7f00:1]:1",
  "http://[::ffff:0.0.0.0]:1",
  "127.0.0.1:23790",
  "localhost",
];
const OTHERS = [
  "http://10.0.0.1:1",
  "http://128.0.0.1:1",
  "http://0.0.0.1:1",
  "http://[::2]:1",
  "http://[::ffff:10.0.0.1]:1",
  "http://[fe80::1%25lo]:1",
  "http://localhost.example.com:1",
  "http://mylocalhost:1",
  "http://127.example.com:1",
];

describe("row 13: a client URL that leads back to the own machine", () => {
  it.each(OWN)("is no endpoint of a cluster elsewhere: %s", async (url) => {
    expect(await hosts(listing([url]))).toEqual(["good"]);
    expect(warn).toHaveBeenCalledOnce();
  });

  it.each(OTHERS)("is not %s, and nothing is said of it", async (url) => {
    expect(await hosts(listing([url]))).toHaveLength(2);
    expect(warn).not.toHaveBeenCalled();
  });

  it.each(OWN.filter((url) => !url.startsWith("https")))("is an endpoint where a seed is one: %s", async (seed) => {
    const setup = listing(["http://localhost:1"], { seeds: ["seed:1", seed] });
    expect(await hosts(setup)).toEqual(["good", "localhost"]);
    expect(warn).not.toHaveBeenCalled();
  });

  it("is one from the answer on that a member gave at such an address, whoever answers later", async () => {
    let seeds = ["seed:1"];
    const setup = listing(["http://127.0.0.1:1"], { seeds: async () => seeds });
    setup.transport.members.set("http://127.0.0.1:9", setup.transport.members.get("http://seed:1") ?? cluster("1"));
    expect(await hosts(setup)).toEqual(["good"]);
    seeds = ["127.0.0.1:9"];
    setup.transport.connections[0]?.lose();
    expect(await hosts(setup)).toEqual(["good", "127.0.0.1"]);
    seeds = ["seed:1"];
    expect(await hosts(setup)).toEqual(["good", "127.0.0.1"]);
  });

  it("is none still after an answer at such an address that was refused", async () => {
    let seeds = ["seed:1"];
    const setup = listing(["http://127.0.0.1:1"], { seeds: async () => seeds });
    expect(await hosts(setup)).toEqual(["good"]);
    const own: ListedMember = { id: "2", urls: ["http://127.0.0.1:1"] };
    for (const [refused, code] of [
      [memberList([own], { cluster: "c2" }), "FOREIGN_CLUSTER"],
      [memberList([{ ...own, learner: true }]), "EMPTY_METADATA"],
    ] as const) {
      setup.transport.members.set("http://127.0.0.1:9", () => refused);
      seeds = ["127.0.0.1:9"];
      for (const held of setup.transport.open) held.lose();
      await expect(setup.fetch()).rejects.toMatchObject({ code });
      seeds = ["seed:1"];
      expect(await hosts(setup)).toEqual(["good"]);
    }
  });

  it("is one in the very first answer, when a seeds function leads there", async () => {
    expect(await hosts(listing(["http://[::1]:1"], { seeds: async () => ["localhost:9"] }, "localhost:9"))).toEqual(["good", "::1"]);
    expect(warn).not.toHaveBeenCalled();
  });

  it("is one with loopback: keep, so that mapEndpoint can rewrite it", async () => {
    const { source, clock } = listing(["http://0.0.0.0:1"], { loopback: "keep" });
    const mapEndpoint = (endpoint: Endpoint): Endpoint => ({ ...endpoint, host: endpoint.host === "0.0.0.0" ? "nat" : endpoint.host });
    const poller = new MetadataPoller(source, { clock, probe: false, mapEndpoint });
    const ready = poller.ready();
    await clock.advance(0);
    expect((await ready).endpoints.map(({ host }) => host)).toEqual(["good", "nat"]);
    await poller.close();
    expect(warn).not.toHaveBeenCalled();
  });

  it("is none with loopback: drop, not even where the seeds and the members that answer are such", async () => {
    const setup = listing(["http://127.0.0.1:1"], { loopback: "drop" }, "127.0.0.1:9");
    expect(await hosts(setup)).toEqual(["good"]);
    expect(await hosts(setup)).toEqual(["good"]);
  });

  it("is kept or dropped, there is no third", () => {
    const make = () => harness({ seeds: ["a:1"], loopback: "maybe" as "keep" });
    expect(make).toThrow('loopback: got "maybe", allowed is "drop" or "keep"');
  });

  it("stays in the metadata, as the member advertises it", async () => {
    expect((await listing(["http://localhost:1"]).fetch()).members[1]?.clientUrls).toEqual(["http://localhost:1"]);
  });

  it("gives the id of the member to its first other URL", async () => {
    const { source, transport, fetch } = harness({ seeds: ["seed:1"] });
    const urls = ["http://127.0.0.1:1", "http://b:1", "http://c:1"];
    transport.members.set("http://seed:1", () => memberList([{ id: "ab", urls }]));
    expect([...source.endpoints(await fetch())].map(({ id, host }) => `${id} ${host}`)).toEqual(["ab b", "ab#1 c"]);
  });

  it("gets no spare connection", async () => {
    const members: readonly ListedMember[] = [
      { id: "1", urls: ["http://a:1"] },
      { id: "2", urls: ["http://localhost:1"] },
    ];
    const open = async (options: Partial<EtcdMembersOptions>): Promise<readonly string[]> => {
      const state = watched({ seeds: ["a:1"], ...options });
      state.transport.members.set("http://a:1", cluster("1", members)).set("http://localhost:1", cluster("2", members));
      await state.fetch();
      await settle();
      return state.transport.open.map(({ url }) => url);
    };
    expect(await open({})).toEqual(["http://a:1"]);
    expect(await open({ loopback: "keep" })).toEqual(["http://a:1", "http://localhost:1"]);
  });

  it("is none either in what was stored; where nothing else was, that is refused", () => {
    const voter = (id: string, url: string) => ({ id, name: id, role: "voter", clientUrls: [url] });
    const mixed = { clusterId: "c1", members: [voter("1", "http://a:1"), voter("2", "http://localhost:1")] };
    const restored = (options: EtcdMembersOptions, stored: unknown): readonly string[] => {
      const { source } = harness(options);
      const metadata = source.restore?.(stored);
      return metadata === undefined ? [] : [...source.endpoints(metadata)].map(({ host }) => host);
    };
    expect(restored({ seeds: ["a:1"] }, mixed)).toEqual(["a"]);
    expect(restored({ seeds: ["127.0.0.1:1"] }, mixed)).toEqual(["a", "localhost"]);
    const refused = () => restored({ seeds: ["a:1"] }, { members: [voter("2", "http://localhost:1")] });
    expect(refused).toThrow(expect.objectContaining({ code: "EMPTY_METADATA", message: expect.stringContaining("member 2 at") }));
    // An answer decides whether to warn: what is stored does not say where it came from.
    expect(warn).not.toHaveBeenCalled();
  });
});

describe("row 13: what is said of client URLs that are dropped", () => {
  it("is one process warning for each source, naming the members and what to do", async () => {
    const setup = listing(["http://localhost:2379", "http://b:1"]);
    await setup.fetch();
    await setup.fetch();
    expect(warn.mock.calls).toEqual([
      [
        "[etcd] client URLs that lead every client back to its own machine are no endpoints: member 2 at http://localhost:2379. " +
          "Set the members' --advertise-client-urls to what clients can reach, or set loopback: \"keep\" and rewrite them with the poller's mapEndpoint",
        { type: "RollcallWarning", code: "ROLLCALL_ETCD_LOOPBACK" },
      ],
    ]);
    warn.mockReset();
    await listing(["http://localhost:2379"]).fetch();
    expect(warn).toHaveBeenCalledOnce();
  });

  it("is the error as well when nothing else is left", async () => {
    const { transport, fetch } = harness({ seeds: ["seed:1"] });
    transport.members.set("http://seed:1", () => memberList([{ id: "ab", urls: ["http://127.0.0.1:2379"] }]));
    for (let poll = 0; poll < 2; poll += 1) {
      await expect(fetch()).rejects.toMatchObject({
        code: "EMPTY_METADATA",
        message: expect.stringMatching(/own machine.*member ab at http:\/\/127\.0\.0\.1:2379.*loopback: "keep"/),
      });
    }
    expect(warn).toHaveBeenCalledOnce();
  });

  it("is nothing about members that would be no endpoints anyway", async () => {
    const { source, transport, fetch } = harness({ seeds: ["seed:1"] });
    const learner = { id: "2", urls: ["http://localhost:1"], learner: true };
    transport.members.set("http://seed:1", cluster("1", [{ id: "1", urls: ["http://a:1"] }, learner]));
    expect([...source.endpoints(await fetch())]).toHaveLength(1);
    expect(warn).not.toHaveBeenCalled();
  });

  it("is short, however many there are, and a proxy without an id goes by its address", async () => {
    const { transport, fetch } = harness({ seeds: ["seed:1"] });
    const proxies = Array.from({ length: 3_000 }, (_, index) => ({ id: "0", name: "\u001b[2J", urls: [`127.0.0.1:${index + 1}`] }));
    transport.members.set("http://seed:1", () => memberList(proxies, null));
    await expect(fetch()).rejects.toMatchObject({ code: "EMPTY_METADATA" });
    const [text] = warn.mock.calls[0] ?? [];
    expect(text).toMatch(/endpoints: http:\/\/127\.0\.0\.1:1, http:\/\/127\.0\.0\.1:10, [^ ]+ [^ ]+ [^ ]+ and 2995 more\. Set/);
    expect(text).not.toContain("\u001b");
  });
});
