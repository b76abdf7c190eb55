import { Readable } from "node:stream";
import { DiscoveryError, type EndpointFeed, type Subscription } from "@rollcall/core";
import { Dispatcher, type Pool } from "undici";
import { assertHandler, fail, type Handler, understood } from "./handler.js";
import { withHost } from "./host-header.js";
import { invalid } from "./invalid.js";
import { MemberPools } from "./member-pools.js";
import { type SentRequest, send } from "./send.js";
import { type Service, serviceOf } from "./service.js";

/** The members of one service, as undici sees them: one dispatcher. */
export class ClusterDispatcher extends Dispatcher {
  readonly #feed: EndpointFeed;
  readonly #options: Pool.Options;
  /** Fires when requests that wait for members must not wait any longer. */
  readonly #ending = new AbortController();
  #use: { readonly service: Service; readonly pools: MemberPools; readonly subscription: Subscription } | undefined;
  #closed: Promise<void> | undefined;
  #destroyed: Promise<void> | undefined;

  constructor(feed: EndpointFeed, options: Pool.Options) {
    super();
    this.#feed = feed;
    this.#options = options;
  }

  /** Always true: there is no limit at which a caller had to wait for `drain`; pools with a limit queue by themselves. */
  override dispatch(options: Dispatcher.DispatchOptions, given: Dispatcher.DispatchHandler): boolean {
    assertHandler(given);
    let request: SentRequest;
    try {
      request = this.#requestOf(options, given);
    } catch (error) {
      fail(given, error);
      return true;
    }
    if (this.#feed.snapshot === undefined) this.#sendLater(request);
    else this.#send(request);
    return true;
  }

  override close(callback: () => void): void;
  override close(): Promise<void>;
  override close(callback?: () => void): Promise<void> | undefined {
    this.#closed ??= this.#end(closedError("closed"), (pools) => pools.close());
    return told(this.#closed, callback);
  }

  override destroy(error: Error | null, callback: () => void): void;
  override destroy(callback: () => void): void;
  override destroy(error: Error | null): Promise<void>;
  override destroy(): Promise<void>;
  override destroy(given?: Error | null | (() => void), callback?: () => void): Promise<void> | undefined {
    const [error, done] = typeof given === "function" ? [null, given] : [given ?? null, callback];
    this.#destroyed ??= this.#end(error ?? closedError("destroyed"), (pools) => pools.destroy(error));
    this.#closed ??= this.#destroyed;
    return told(this.#destroyed, done);
  }

  #requestOf(given: Dispatcher.DispatchOptions, handler: Handler): SentRequest {
    const told = understood(handler);
    const { service, pools } = this.#inUse(given?.origin);
    const options = { ...given, headers: withHost(given.headers, service.host) };
    return { options, handler: told, service, pools, suspect: (at, cause) => this.#feed.suspect(at, { cause }) };
  }

  /** Subscribes at the first request, whose origin is then that of all. */
  #inUse(origin: unknown): { readonly service: Service; readonly pools: MemberPools } {
    if (this.#closed !== undefined) throw closedError(this.#destroyed === undefined ? "closed" : "destroyed");
    if (this.#feed.status.state === "closed") {
      throw new DiscoveryError("CLOSED", "the poller has been closed, so nobody knows the members any more", { source: "undici" });
    }
    const service = this.#use !== undefined && origin === this.#use.service.origin ? this.#use.service : serviceOf(origin);
    if (this.#use === undefined) {
      const pools = new MemberPools(service, this.#options);
      // A request may have read a newer set than the one that is told.
      const follow = (): void => {
        pools.use(this.#feed.snapshot?.endpoints ?? []);
        if (pools.unusable !== undefined) throw pools.unusable;
      };
      this.#use = { service, pools, subscription: this.#feed.subscribe(follow) };
    }
    if (service.origin !== this.#use.service.origin) throw otherOrigin(service.origin, this.#use.service.origin);
    return this.#use;
  }

  #send(request: SentRequest): void {
    const refusal = this.#refusal(request);
    if (refusal === undefined) send(request);
    else fail(request.handler, refusal);
  }

  /** Why there is nobody to send a request to. */
  #refusal({ pools, service }: SentRequest): DiscoveryError | undefined {
    if (this.#closed !== undefined) return closedError("closed");
    pools.use(this.#feed.snapshot?.endpoints ?? []); // the poller tells its sinks a moment later
    if (pools.size > 0) return undefined;
    const nobody = `the cluster lists no member to send a request for ${service.origin} to`;
    return pools.unusable ?? new DiscoveryError("EMPTY_METADATA", nobody, { source: "undici" });
  }

  /**
   * When somebody is known. Until then nobody else looks after the request: its signal, a body that breaks (an error that nobody hears would
   * end the process) and the end of the dispatcher all end it.
   */
  #sendLater(request: SentRequest): void {
    const { signal: given, body } = request.options;
    const broken = new AbortController();
    const breaks = (error: unknown): void => broken.abort(error);
    const stream = body instanceof Readable ? body.on("error", breaks) : undefined;
    const signals = [this.#ending.signal, broken.signal, ...(given instanceof AbortSignal ? [given] : [])];
    const signal = AbortSignal.any(signals);
    this.#feed
      .ready({ signal })
      .then(
        () => this.#send(request),
        (error: unknown) => fail(request.handler, signal.aborted ? signal.reason : error),
      )
      .catch(() => undefined) // the handler's own error, and there is nobody to throw it to
      .finally(() => stream?.off("error", breaks));
  }

  async #end(reason: Error, how: (pools: MemberPools) => Promise<void>): Promise<void> {
    this.#ending.abort(reason);
    await this.#use?.subscription[Symbol.asyncDispose]();
    if (this.#use !== undefined) await how(this.#use.pools);
  }
}

function told(done: Promise<void>, callback: (() => void) | undefined): Promise<void> | undefined {
  if (callback === undefined) return done;
  void done.then(() => queueMicrotask(callback));
  return undefined;
}

function closedError(how: "closed" | "destroyed"): DiscoveryError {
  return new DiscoveryError("CLOSED", `the dispatcher has been ${how}; make a new one`, { source: "undici" });
}

function otherOrigin(asked: string, own: string): DiscoveryError {
  return invalid(
    `this dispatcher stands for ${own} and was asked for ${asked}, perhaps by a redirect. Make one dispatcher for each service; to follow ` +
      "redirects to somewhere else, put it into an Agent, whose option factory returns it for its own origin and a Pool for others",
  );
}
