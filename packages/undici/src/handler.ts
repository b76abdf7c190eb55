import * as undici from "undici";
import { invalid } from "./invalid.js";

type Method = (...args: readonly unknown[]) => unknown;

/**
 * What is told how one request fares. There are two kinds: undici up to 7 calls `onConnect`, `onHeaders` and so on, undici since 7
 * `onRequestStart`, `onResponseStart` and so on (nodejs/undici#4786). Which of them a caller brings is up to its own copy of undici, and
 * the global `fetch` has a copy of its own.
 */
export type Handler = Readonly<Record<string, Method | undefined>>;

/** How far a request came. */
export interface Progress {
  /** Something of it may be with the member. */
  readonly sent: boolean;
  /** The member has begun to answer. */
  readonly answered: boolean;
  /** The caller wants it no more. */
  readonly aborted: boolean;
}

/** Everything that either kind may be told. */
const ANSWERS = ["onHeaders", "onUpgrade", "onResponseStart", "onRequestUpgrade"];
const METHODS = ["onConnect", "onBodySent", "onRequestSent", "onResponseStarted", "onData", "onComplete", "onError"].concat(
  ["onRequestStart", "onResponseData", "onResponseEnd", "onResponseError"],
  ANSWERS,
);

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
  const { onError, onResponseError } = (handler ?? {}) as Record<string, unknown>;
  if (typeof onError === "function" || typeof onResponseError === "function") return;
  throw invalid("dispatch() was given no handler: it has neither onResponseError nor onError");
}

/** Tells a caller that its request has failed, before any pool had it. */
export function fail(handler: Handler, error: unknown): void {
  if (typeof handler["onResponseError"] === "function") handler["onResponseError"](null, error);
  else handler["onError"]?.(error);
}

/**
 * A handler of the same kind that tells the caller everything, except an error that `dealtWith` takes on itself: then the caller waits
 * for what comes of that. It has the methods that the caller's has, since undici looks which there are.
 */
export function relay(handler: Handler, dealtWith: (error: unknown, progress: Progress) => boolean): Handler {
  const progress = { sent: false, answered: false, aborted: false };
  const relayed: Record<string, Method> = {};
  for (const name of METHODS) {
    const method = handler[name];
    if (typeof method === "function") relayed[name] = (...args) => method.apply(handler, [...args]);
  }
  const watch = (name: string, watched: (forward: Method) => Method): void => {
    const forward = relayed[name];
    if (forward !== undefined) relayed[name] = watched(forward);
  };
  const starts = (forward: Method, ...args: readonly unknown[]): unknown => {
    progress.sent = true;
    return forward(...args);
  };
  for (const name of ANSWERS) {
    watch(name, (forward) => (...args) => {
      progress.answered = true;
      return forward(...args);
    });
  }
  watch(
    "onRequestStart",
    (forward) =>
      (...args) =>
        starts(forward, ...args),
  );
  watch("onConnect", (forward) => (abort, ...more) => {
    const aborting: Method = (reason) => {
      progress.aborted = true;
      return (abort as Method)(reason);
    };
    return starts(forward, aborting, ...more);
  });
  watch("onResponseError", (forward) => (controller, error) => {
    const { aborted } = (controller ?? {}) as { readonly aborted?: unknown };
    if (!dealtWith(error, { ...progress, aborted: aborted === true })) forward(controller, error);
  });
  watch("onError", (forward) => (error) => {
    if (!dealtWith(error, progress)) forward(error);
  });
  return relayed;
}
