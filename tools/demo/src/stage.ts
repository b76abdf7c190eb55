import type { Cast, Load } from "./cast.js";
import { Rate } from "./rate.js";
import type { LoadLine, MemberLine, Scene } from "./scene.js";

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
    const { words, poller, clients, control } = this.cast;
    const { snapshot, status } = poller;
    const now = performance.now();
    return {
      words,
      elapsedMs: now - this.#began,
      poller: {
        state: status.state,
        version: snapshot?.version ?? 0,
        nextPollInMs: status.nextAttemptAt === undefined ? undefined : Math.max(0, status.nextAttemptAt - Date.now()),
      },
      members: this.#members(),
      clients: clients.map((client) => this.#line(client, now)),
      control: this.#line(control, now),
    };
  }

  #members(): readonly MemberLine[] {
    const { poller, originals, listed } = this.cast;
    const used = (poller.snapshot?.endpoints ?? []).map(({ host, port }) => `${host}:${port}`);
    return [...new Set([...listed, ...used])].map((address) => ({
      address,
      original: originals.includes(address),
      inUse: used.includes(address),
      listed: listed.includes(address),
    }));
  }

  #line(load: Load, now: number): LoadLine {
    const rate = this.#rates.get(load.kind) ?? new Rate();
    this.#rates.set(load.kind, rate);
    return { ...load, perSecond: rate.perSecond(now, load.acknowledged) };
  }
}
