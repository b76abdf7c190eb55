import * as undici from "undici";
import { invalid } from "./invalid.js";

/** One of the functions of a handler. */
export type Method = (...args: readonly unknown[]) => unknown;

/**
 * What is told how one request fares. There are two kinds: undici up to 7 calls `onConnect`, `onHeaders` and so on, undici since 7
 * `onRequestStart`, `onResponseStart` and so on (nodejs/undici#4786). Which of them a caller brings is up to its own copy of undici, and
 * the global `fetch` has a copy of its own.
 */
export type Handler = Readonly<Record<string, Method | undefined>>;

function isNew(handler: Handler): boolean {
  return typeof handler["onRequestStart"] === "function";
}

/**
 * The handler in a kind that the pools of this copy of undici take. undici 7 takes both, 8 adapts the old kind by its own
 * `Dispatcher1Wrapper`, and 6 knows nothing of the new one.
 *
 * @throws DiscoveryError `INVALID_OPTIONS` for a handler of the new kind under undici 6
 */
export function understood(handler: Handler): Handler {
  if (!isNew(handler)) return "Dispatcher1Wrapper" in undici ? oldKindOn8(handler) : handler;
  if ("cacheStores" in undici) return handler;
  throw invalid(
    "undici 6 cannot serve this request: its caller, such as the fetch of Node.js 26, has the handlers of undici 8. Install undici 7 " +
      "or newer beside @rollcall/undici, or use the fetch that undici 6 exports",
  );
}

function oldKindOn8(handler: Handler): Handler {
  const { Dispatcher1Wrapper } = undici as unknown as { readonly Dispatcher1Wrapper: { wrapHandler(handler: Handler): Handler } };
  return Dispatcher1Wrapper.wrapHandler(handler);
}

/** @throws DiscoveryError `INVALID_OPTIONS` for what could not even be told that its request failed */
export function assertHandler(handler: unknown): asserts handler is Handler {
  const given = (handler ?? {}) as Handler;
  if (typeof given[isNew(given) ? "onResponseError" : "onError"] === "function") return;
  throw invalid("dispatch() was given no handler: it has neither onRequestStart with onResponseError nor onError");
}

/** Tells a caller that its request has failed, before any pool had it. Throws what the caller's handler throws, as undici's own pools do. */
export function fail(handler: Handler, error: unknown): void {
  if (isNew(handler)) handler["onResponseError"]?.(null, error);
  else handler["onError"]?.(error);
}
