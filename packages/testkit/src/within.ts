/** Says that a promise did not settle in time. */
export const LATE: unique symbol = Symbol("late");

/** What a promise settles with, or {@link LATE} after so many milliseconds of the real clock. */
export async function within<R>(promise: PromiseLike<R> | R, ms: number): Promise<R | typeof LATE> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<typeof LATE>((resolve) => {
    // One turn later: on a busy machine the answer may have come already, and only wait to be read.
    timer = setTimeout(() => setImmediate(() => resolve(LATE)), ms);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
