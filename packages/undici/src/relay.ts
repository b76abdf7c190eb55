import type { Handler, Method } from "./handler.js";

/** How far a request came. */
export interface Progress {
  /** Something of it may be with the member. */
  readonly sent: boolean;
  /** The member has begun to answer. */
  readonly answered: boolean;
  /** The caller wants it no more. */
  readonly aborted: boolean;
}

/** What is decided about a request while it is with one member. */
export interface Attempt {
  /** Asked when the request has its connection and nothing is written yet: how to move it to another member, if it shall be moved. */
  readonly elsewhere: () => (() => void) | undefined;
  /** Told of an error. True takes it on: the caller is not told, and waits for what comes of that. */
  readonly takes: (error: unknown, progress: Progress) => boolean;
  /** Told when the request can go to no other member any more: it is being sent, or the caller is about to be told of its failure. */
  readonly settled: () => void;
}

/** Everything that either kind of handler may be told. */
const METHODS = ["onConnect", "onBodySent", "onRequestSent", "onResponseStarted", "onHeaders", "onUpgrade", "onData", "onComplete"].concat([
  "onError",
  "onRequestStart",
  "onResponseStart",
  "onRequestUpgrade",
  "onResponseData",
  "onResponseEnd",
  "onResponseError",
]);

/**
 * A handler of the same kind, which tells the caller everything but what the attempt takes on. It has the methods that the caller's has,
 * since undici looks which there are.
 */
export function relay(handler: Handler, attempt: Attempt): Handler {
  const watch = new Watch(handler, attempt);
  const watched: Handler = {
    onConnect: (abort, ...more) => watch.starts("onConnect", [watch.aborting(abort as Method), ...more]),
    onRequestStart: (controller, ...more) => watch.starts("onRequestStart", [controller, ...more], controller),
    onHeaders: (...args) => watch.answers("onHeaders", args),
    onUpgrade: (...args) => watch.answers("onUpgrade", args),
    onResponseStart: (...args) => watch.answers("onResponseStart", args),
    onRequestUpgrade: (...args) => watch.answers("onRequestUpgrade", args),
    onError: (error) => watch.fails("onError", [error], error),
    onResponseError: (controller, error) => watch.fails("onResponseError", [controller, error], error, controller),
  };
  const names = METHODS.filter((name) => typeof handler[name] === "function");
  return Object.fromEntries(names.map((name) => [name, watched[name] ?? ((...args: readonly unknown[]) => watch.tell(name, args))]));
}

/** What the caller is told, and how far the request came by it. */
class Watch {
  readonly #handler: Handler;
  readonly #attempt: Attempt;
  #failed = false;
  readonly #progress = { sent: false, answered: false, aborted: false };

  constructor(handler: Handler, attempt: Attempt) {
    this.#handler = handler;
    this.#attempt = attempt;
  }

  tell(name: string, args: readonly unknown[]): unknown {
    return this.#handler[name]?.(...args);
  }

  /** What an old handler is given to break its request off; a new one has a controller that knows. */
  aborting(abort: Method): Method {
    return (reason) => {
      this.#progress.aborted = true;
      return abort(reason);
    };
  }

  starts(name: string, args: readonly unknown[], controller?: unknown): void {
    // undici may start a request anew that it had sent already: that one stays where it is.
    const move = this.#progress.sent ? undefined : this.#attempt.elsewhere();
    // An abort would end the connection, and the body that is yet to be sent.
    if (move !== undefined) throw new Moved(move);
    try {
      this.tell(name, args);
    } catch (error) {
      this.#progress.aborted = true;
      throw error;
    }
    this.#progress.aborted ||= isAborted(controller);
    if (this.#progress.aborted) return;
    this.#progress.sent = true;
    this.#attempt.settled();
  }

  answers(name: string, args: readonly unknown[]): unknown {
    this.#progress.answered = true;
    return this.tell(name, args);
  }

  fails(name: string, args: readonly unknown[], error: unknown, controller?: unknown): void {
    if (error instanceof Moved) return error.move();
    // What a handler throws when it is told of an error, undici's pools tell it once more.
    if (this.#failed) throw error;
    this.#progress.aborted ||= isAborted(controller);
    if (this.#attempt.takes(error, this.#progress)) return;
    this.#attempt.settled();
    this.#failed = true;
    this.tell(name, args);
  }
}

/** Thrown to undici, which gives up the request and tells us so; the caller never sees it. */
class Moved extends Error {
  readonly move: () => void;

  constructor(move: () => void) {
    super("the member has left the cluster; the request goes to another one");
    this.move = move;
  }
}

function isAborted(controller: unknown): boolean {
  return ((controller ?? {}) as { readonly aborted?: unknown }).aborted === true;
}
