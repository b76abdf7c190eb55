import type { Cast, Load, Membership } from "./cast.js";
import { Rate } from "./rate.js";
import type { LoadLine, MembershipLines, Scene } from "./scene.js";

/** Where a cast is watched. */
export class Stage {
  readonly cast: Cast;
  readonly #rates = new Map<string, Rate>();
  readonly #began = performance.now();

  constructor(cast: Cast) {
    this.cast = cast;
  }

  /** How it looks now. */
  scene(): Scene {
    const { words, memberships, clients, control } = this.cast;
    const now = performance.now();
    return {
      words,
      elapsedMs: now - this.#began,
      memberships: memberships.map(linesOf),
      clients: clients.map((client) => this.#line(client, now)),
      control: this.#line(control, now),
    };
  }

  #line(load: Load, now: number): LoadLine {
    const rate = this.#rates.get(load.kind) ?? new Rate();
    this.#rates.set(load.kind, rate);
    return { ...load, perSecond: rate.perSecond(now, load.acknowledged) };
  }
}

function linesOf({ member, poller: { snapshot, status }, originals, listed }: Membership): MembershipLines {
  const used = (snapshot?.endpoints ?? []).map(({ host, port }) => `${host}:${port}`);
  return {
    member,
    poller: {
      state: status.state,
      version: snapshot?.version ?? 0,
      nextPollInMs: status.nextAttemptAt === undefined ? undefined : Math.max(0, status.nextAttemptAt - Date.now()),
    },
    members: [...new Set([...listed, ...used])].map((address) => ({
      address,
      original: originals.includes(address),
      inUse: used.includes(address),
      listed: listed.includes(address),
    })),
  };
}
