import type { SourceCapabilities, SourceHarness } from "@rollcall/testkit";
import { acmeDbMembers } from "../../src/acme-db-members-source.js";
import { type AcmeDbSimulator, type AcmeDbSimulatorMember, startAcmeDbSimulator } from "../../src/simulator/index.js";

/** A simulated cluster, as the conformance suite wants it. */
export interface AcmeDbHarness extends SourceHarness {
  readonly cluster: AcmeDbSimulator;
}

const TOKEN = "s3cret-token";
const WRONG_TOKEN = "wr0ng-token";

/** Starts three members that want a token. */
export async function acmeDbHarness(): Promise<AcmeDbHarness> {
  const cluster = await startAcmeDbSimulator({ token: TOKEN });
  return {
    cluster,
    seeds: cluster.members.map(({ address }) => address),
    source: (seeds) => acmeDbMembers({ seeds, token: TOKEN, hedgeAfterMs: 50 }),
    close: async () => cluster[Symbol.asyncDispose](),
  };
}

/** Everything that the suite can look at: a case that is not claimed is a case that is not run. */
export const CAPABILITIES: SourceCapabilities<AcmeDbHarness> = {
  severalSeeds: true,
  known: true,
  restore: true,
  secrets: [TOKEN, WRONG_TOKEN],
  connections: ({ cluster }) => cluster.connections,
  wrongCredentials: ({ seeds }) => acmeDbMembers({ seeds, token: WRONG_TOKEN }),
  move: ({ cluster }) => cluster.move(first(cluster)),
  stopServing: async ({ cluster }, { id }) => cluster.freeze(first(cluster, id)),
  malformed: async ({ cluster }) => {
    const member = first(cluster);
    cluster.script(member, '{"quorum":true,"members":"all of them"}');
    return [member.address];
  },
  partial: async ({ cluster }) => {
    const member = first(cluster);
    cluster.isolate(member);
    return [member.address];
  },
};

function first({ members }: AcmeDbSimulator, id?: string): AcmeDbSimulatorMember {
  const member = members.find((one) => id === undefined || one.id === id);
  if (member === undefined) throw new Error(`there is no member ${id}`);
  return member;
}
