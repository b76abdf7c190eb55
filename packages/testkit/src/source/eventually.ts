/** Between two looks, in milliseconds of the real clock. */
const PAUSE_MS = 5;
/** However long a look takes: on a busy machine timers fire before what arrived meanwhile is read. */
const MIN_LOOKS = 10;

/** Waits for what others bring about, so long at most, and tells whether it came. */
export async function eventually(holds: () => boolean | Promise<boolean>, withinMs: number): Promise<boolean> {
  const until = performance.now() + withinMs;
  for (let looks = 1; !(await holds()); looks += 1) {
    if (looks >= MIN_LOOKS && performance.now() > until) return false;
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
  return true;
}
