/** Between two looks, in milliseconds of the real clock. */
const PAUSE_MS = 5;

/**
 * Waits for what others bring about, so long at most, and tells whether it came. It counts looks instead of time, so that a busy
 * machine, where timers fire before what arrived meanwhile is read, gets as many.
 */
export async function eventually(holds: () => boolean | Promise<boolean>, withinMs: number): Promise<boolean> {
  for (let waited = 0; !(await holds()); waited += PAUSE_MS) {
    if (waited >= withinMs) return false;
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
  return true;
}
