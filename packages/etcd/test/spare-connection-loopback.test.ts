import { type Clock, type MetadataSource, systemClock } from "@rollcall/core";
import { settle } from "@rollcall/testkit";
import { describe, expect, it } from "vitest";
import { etcdMembersSource } from "../src/etcd-members-source.js";
import { grpcTransport } from "../src/etcd-transport.js";
import { frozenMember, type LoopbackMember } from "./support/loopback-member.js";
import { memberList } from "./support/member-list.js";
import { member, polling, use } from "./support/polling.js";

/** Members on loopback that list themselves, and whoever else serves at these URLs. */
async function cluster(size: number, ...more: readonly string[]): Promise<readonly LoopbackMember[]> {
  const servers: LoopbackMember[] = [];
  const urls = (): readonly string[] => [...servers.map(({ url }) => url), ...more];
  for (let at = 1; at <= size; at += 1) {
    servers.push(
      await member(() =>
        memberList(
          urls().map((url, index) => ({ id: `${index + 1}`, urls: [url] })),
          { from: `${at}` },
        ),
      ),
    );
  }
  return servers;
}

/** A source over real sockets, and a promise of the end of its first attempt at a spare. */
function observed(
  seed: LoopbackMember | undefined,
  clock: Clock = systemClock,
): { source: MetadataSource<unknown>; dialled: Promise<void> } {
  let ended: () => void = () => undefined;
  const dialled = new Promise<void>((resolve) => (ended = resolve)).then(settle);
  const inner = grpcTransport();
  const connect: typeof inner.connect = (address) => {
    const connection = inner.connect(address);
    const establish = (): Promise<void> => connection.establish().finally(ended);
    const call: typeof connection.call = (...args) => connection.call(...args);
    return { establish, call, onLost: (callback) => connection.onLost(callback), close: () => connection.close() };
  };
  const source = etcdMembersSource({ seeds: [`${seed?.url}`] }, { transport: () => ({ connect }), clock });
  return { source, dialled };
}

const sum = (servers: readonly LoopbackMember[], of: "accepted" | "open"): number =>
  servers.reduce((total, { listener }) => total + listener[of], 0);

describe("two connections", () => {
  it("are all that five polls open, one for the calls and one in silence, and are closed when polling stops", async () => {
    const servers = await cluster(3);
    const { source, dialled } = observed(servers[0]);
    const { fetch, stop, changed } = polling(source);
    await fetch();
    await dialled;
    for (let poll = 0; poll < 4; poll += 1) await fetch();
    expect([sum(servers, "accepted"), sum(servers, "open")]).toEqual([2, 2]);
    expect(servers.map(({ calls }) => calls)).toEqual([5, 0, 0]);
    stop();
    for (const { listener } of servers) await listener.idle();
    expect(await Promise.race([changed.then(() => "lost"), settle().then(() => "quiet")])).toBe("quiet");
  });

  it("ask for a poll when the silent one is cut", async () => {
    const servers = await cluster(2);
    const { source, dialled } = observed(servers[0]);
    const { fetch, changed } = polling(source);
    await fetch();
    await dialled;
    servers[1]?.listener.cut();
    await changed;
    expect(servers[0]?.listener.open).toBe(1);
  });

  it("are not counted as two while a frozen member is dialled, to which no socket is left", async () => {
    const frozen = use(await frozenMember());
    const [server] = await cluster(1, frozen.url);
    const { source, dialled } = observed(server);
    const { fetch, stop } = polling(source);
    await fetch();
    await frozen.reached();
    await fetch();
    await dialled;
    expect(server?.listener.accepted).toBe(1);
    stop();
    await frozen.idle();
  });
});
