const WINDOW_MS = 2_000;

/** Turns a growing count into "per second": over the last two seconds, or since the last look if that is longer ago. */
export class Rate {
  readonly #samples: { readonly at: number; readonly count: number }[] = [];

  /** Takes the count at a moment in milliseconds; returns how much it grew per second. 0 at the first look. */
  perSecond(at: number, count: number): number {
    this.#samples.push({ at, count });
    while (this.#samples.length > 2 && at - (this.#samples[1]?.at ?? at) >= WINDOW_MS) this.#samples.shift();
    const [oldest = { at, count }] = this.#samples;
    return at === oldest.at ? 0 : Math.round(((count - oldest.count) * 1_000) / (at - oldest.at));
  }
}
