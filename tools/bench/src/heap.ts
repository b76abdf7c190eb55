/** Bytes of JavaScript objects that are on the heap now, garbage included. */
export function heapBytes(): number {
  return process.memoryUsage().heapUsed;
}

/** Collects garbage, if the process was started with `--expose-gc`; twice, because the first run may only find what the second frees. */
export function collectGarbage(): void {
  globalThis.gc?.();
  globalThis.gc?.();
}

/** The middle of some numbers. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1
    ? (sorted[middle] ?? Number.NaN)
    : ((sorted[middle - 1] ?? Number.NaN) + (sorted[middle] ?? Number.NaN)) / 2;
}
