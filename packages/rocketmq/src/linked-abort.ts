import { setMaxListeners } from "node:events";

/** Something that can be aborted by itself, and is aborted when a signal fires. */
export interface LinkedAbort {
  /** Fires when either happens. */
  readonly signal: AbortSignal;
  /** Aborts it. */
  abort(reason: unknown): void;
  /** Lets go of the other signal: whoever is done must call it, so that no foreign signal collects listeners. */
  unlink(): void;
}

/** A controller that follows `signal`, which may have fired already. */
export function linkedAbort(signal: AbortSignal): LinkedAbort {
  const controller = new AbortController();
  setMaxListeners(0, controller.signal); // a question per topic may listen: no leak, although Node would warn of one
  const follow = (): void => controller.abort(signal.reason);
  if (signal.aborted) follow();
  else signal.addEventListener("abort", follow, { once: true });
  return {
    signal: controller.signal,
    abort: (reason) => controller.abort(reason),
    unlink: () => signal.removeEventListener("abort", follow),
  };
}
