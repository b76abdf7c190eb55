/**
 * Runs `callback` once when `signal` fires, or now if it has fired already.
 * Returns what takes the listener off again; whoever finishes first must call it, so that no foreign signal collects listeners.
 */
export function onAbort(signal: AbortSignal | undefined, callback: () => void): () => void {
  if (signal === undefined) return nothing;
  if (signal.aborted) {
    callback();
    return nothing;
  }
  signal.addEventListener("abort", callback, { once: true });
  return () => signal.removeEventListener("abort", callback);
}

function nothing(): void {
  // There is no listener to take off.
}
