import type { Direction, Load, Words } from "./cast.js";
import type { Stage } from "./stage.js";

/** How the story ended. */
export interface Outcome {
  readonly words: Words;
  readonly clients: readonly (Load & { /** Acknowledged writes that could not be read back. */ readonly lost: number })[];
  /** The client without discovery, and whether its last write failed. */
  readonly control: Load & { readonly dead: boolean };
  readonly memberships: readonly Replaced[];
}

/** What became of the members of one kind. */
export interface Replaced {
  /** What one of them is called. */
  readonly member: string;
  /** Addresses that the cluster listed at the start. */
  readonly before: readonly string[];
  /** Addresses that it lists now. */
  readonly after: readonly string[];
  /** Addresses that the poller believes in now. */
  readonly inUse: readonly string[];
}

/** Lets the cast play and counts what is left. Rejects when the cluster cannot do a step or `pause` rejects. */
export async function tellStory(stage: Stage, { say, pause }: Direction): Promise<Outcome> {
  const { cast } = stage;
  await cast.play({ say, pause });
  say(`The end: is the control dead, and can every acknowledged ${cast.words.write} be read back?`);
  await cast.stop();
  const [lost, dead] = await Promise.all([cast.lost(), cast.isControlDead()]);
  return {
    words: cast.words,
    clients: cast.clients.map((client, at) => ({ ...client, lost: lost[at] ?? 0 })),
    control: { ...cast.control, dead },
    memberships: cast.memberships.map(({ member, poller, originals, listed }) => ({
      member,
      before: originals,
      after: listed,
      inUse: (poller.snapshot?.endpoints ?? []).map(({ host, port }) => `${host}:${port}`),
    })),
  };
}
