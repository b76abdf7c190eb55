import type { Clock } from "@rollcall/core";

/** Makes ids, decimal: random, and unique even if the injected randomness is not. */
export function idMaker(clock: Clock): () => string {
  let made = 0;
  const half = (): bigint => BigInt(Math.floor(clock.random() * 2 ** 32));
  return () => {
    made += 1;
    return String((half() << 32n) ^ half() ^ BigInt(made));
  };
}
