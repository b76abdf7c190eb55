import type { EtcdCluster } from "@rollcall/etcd/simulator";
import { until } from "../until.js";
import { type Contender, isPresent, type Present } from "./contenders.js";
import type { Pace } from "./pace.js";
import { Player } from "./player.js";

/** A contender that takes part, twice: one writes all the time, the other one wrote a little and rests. */
export interface Role {
  readonly contender: Present;
  readonly busy: Player;
  readonly idle: Player;
}

/** After so many writes a client has its connections. */
const WARM_UP = 10;

/** Fresh clients of one cluster, each in a process of its own, all at the same time. */
export class Stage implements AsyncDisposable {
  readonly cast: readonly Role[];

  private constructor(cast: readonly Role[]) {
    this.cast = cast;
  }

  /** Resolves once everybody has written. Rejects when somebody does not begin. */
  static async on(cluster: EtcdCluster, contenders: readonly Contender[], { beginMs }: Pick<Pace, "beginMs">): Promise<Stage> {
    const hosts = addresses(cluster);
    const cast = contenders.filter(isPresent).map((contender): Role => {
      return { contender, busy: new Player(contender.play(hosts, 1)), idle: new Player(contender.play(hosts, 1)) };
    });
    const stage = new Stage(cast);
    try {
      await Promise.all(
        cast.flatMap(({ contender, busy, idle }) => [busy, idle].map((player) => begin(contender, player, WARM_UP, beginMs))),
      );
      for (const { idle } of cast) idle.rest();
      return stage;
    } catch (error) {
      await stage[Symbol.asyncDispose]();
      throw error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.cast.flatMap(({ busy, idle }) => [busy, idle].map((player) => player[Symbol.asyncDispose]())));
  }
}

/** A player begins to write; resolves once so many writes went well, and rejects when that takes longer than so many milliseconds. */
export async function begin({ client }: Contender, player: Player, writes: number, withinMs: number): Promise<void> {
  player.write();
  if (await until(() => player.history.ok >= writes, withinMs)) return;
  throw new Error(`${client} did not begin: ${player.complaint || "silent"}`);
}

/** All members as `host:port`. */
export function addresses({ members }: Pick<EtcdCluster, "members">): readonly string[] {
  return members.map(addressOf);
}

/** A member as `host:port`. */
export function addressOf({ clientUrl }: EtcdCluster["members"][number]): string {
  return new URL(clientUrl).host;
}
