import type { EtcdCluster } from "@rollcall/etcd/simulator";
import type { WriterReport } from "@rollcall/testbed";
import type { Cast } from "./cast.js";
import { addressOf } from "./cluster.js";

const CONTROL_DEADLINE_MS = 2_000;

/** What the story needs. */
export interface StoryOptions {
  readonly cluster: Pick<EtcdCluster, "members" | "replace">;
  readonly cast: Cast;
  /** Takes one line that says what happens now. */
  readonly say: (text: string) => void;
  /** What an operator does between two steps: waits a while. A rejection ends the story. */
  readonly pause: () => Promise<unknown>;
}

/** How the story ended. */
export interface Outcome {
  readonly clients: readonly (WriterReport & { /** Acknowledged keys that could not be read back. */ readonly lost: number })[];
  /** The client without discovery, and whether its last write failed. */
  readonly control: WriterReport & { readonly dead: boolean };
  /** Addresses that the cluster listed at the start, that it lists now, and that the poller believes in now. */
  readonly members: { readonly before: readonly string[]; readonly after: readonly string[]; readonly inUse: readonly string[] };
}

/** Replaces every original member while everybody writes. Rejects when the cluster cannot do a step or `pause` rejects. */
export async function tellStory({ cluster, cast, say, pause }: StoryOptions): Promise<Outcome> {
  const originals = [...cluster.members];
  say("Three clients write through one poller that asks every 30 s. The control was given the same addresses, once.");
  cast.start();
  await pause();
  for (const [at, member] of originals.entries()) {
    say(`Replacing ${addressOf(member)}, ${at + 1} of ${originals.length}: a learner joins, gets its vote, then the old member leaves.`);
    const successor = await cluster.replace(member);
    const last = at + 1 === originals.length;
    say(`${addressOf(successor)} took its place.${last ? " No original address is left, not even a seed." : ""}`);
    await pause();
  }
  say("The end: is the control dead, and can every acknowledged key be read back?");
  await cast.stop();
  return outcome(cast, cluster);
}

async function outcome(cast: Cast, cluster: StoryOptions["cluster"]): Promise<Outcome> {
  const { clients, control, originals } = cast;
  const late = control.client.put("control/late", "late", CONTROL_DEADLINE_MS);
  const dead = late.then(
    () => false,
    () => true,
  );
  const read = clients.map(async ({ writer }) => ({ ...writer.report, lost: (await writer.lost()).length }));
  const inUse = cast.scene().members.filter((member) => member.inUse);
  return {
    clients: await Promise.all(read),
    control: { ...control.writer.report, dead: await dead },
    members: { before: originals, after: cluster.members.map(addressOf), inUse: inUse.map(({ address }) => address) },
  };
}
