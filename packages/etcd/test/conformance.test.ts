import { type SourceCapabilities, type SourceHarness, sourceConformance } from "@rollcall/testkit";
import { describe, it } from "vitest";
import { etcdMembers } from "../src/index.js";
import { type EtcdClusterMember, type EtcdSimulator, startEtcdSimulator } from "../src/simulator/index.js";
import { LoopbackMember } from "./support/loopback-member.js";

/** A simulated cluster, and whoever else answers. */
interface EtcdHarness extends SourceHarness {
  readonly cluster: EtcdSimulator;
  readonly strangers: LoopbackMember[];
}

const AUTH = { username: "root", password: "s3cret-password" };
const WRONG = { username: "root", password: "wr0ng-password" };

async function harness(auth?: typeof AUTH): Promise<EtcdHarness> {
  const cluster = await startEtcdSimulator({ electionMs: 40, auth });
  const strangers: LoopbackMember[] = [];
  return {
    cluster,
    strangers,
    seeds: cluster.members.map(seedOf),
    source: (seeds) => etcdMembers({ seeds, auth, hedgeAfterMs: 50 }),
    close: async () => {
      for (const stranger of strangers) await stranger[Symbol.asyncDispose]();
      await cluster[Symbol.asyncDispose]();
    },
  };
}

function seedOf({ clientUrl }: Pick<EtcdClusterMember, "clientUrl">): string {
  return new URL(clientUrl).host;
}

function memberOf({ members }: EtcdSimulator, find: (member: EtcdClusterMember) => boolean): EtcdClusterMember {
  const member = members.find(find);
  if (member === undefined) throw new Error("there is no such member");
  return member;
}

const everything: SourceCapabilities<EtcdHarness> = {
  runner: { describe, it },
  severalSeeds: true,
  known: true,
  restore: true,
  connections: ({ cluster }) => cluster.connections,
  move: async ({ cluster }) => {
    const member = memberOf(cluster, () => true);
    await cluster.kill(member);
    await cluster.start(member, { move: true });
  },
  stopServing: ({ cluster }, { id }) => cluster.freeze(memberOf(cluster, (member) => member.id === id)),
  partial: async ({ cluster }) => {
    const member = memberOf(cluster, () => true);
    await cluster.isolate(member);
    await cluster.grow();
    return [seedOf(member)];
  },
};

sourceConformance("etcdMembers", () => harness(), {
  ...everything,
  malformed: async ({ strangers }) => {
    const stranger = await new LoopbackMember(() => Buffer.from("no member list")).start();
    strangers.push(stranger);
    return [seedOf({ clientUrl: stranger.url })];
  },
});

sourceConformance("etcdMembers as a user", () => harness(AUTH), {
  ...everything,
  secrets: [AUTH.password, WRONG.password],
  wrongCredentials: ({ seeds }) => etcdMembers({ seeds, auth: WRONG }),
});
