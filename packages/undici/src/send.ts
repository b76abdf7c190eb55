import type { Endpoint } from "@rollcall/core";
import type { Dispatcher } from "undici";
import { type Handler, relay } from "./handler.js";
import { withHost } from "./host-header.js";
import type { Member, MemberPools } from "./member-pools.js";
import { isMembersFault } from "./members-fault.js";
import type { Service } from "./service.js";
import { serverName } from "./tls-name.js";

/** One request of a caller, and what it is sent with. */
export interface SentRequest {
  readonly options: Dispatcher.DispatchOptions;
  readonly handler: Handler;
  readonly service: Service;
  readonly pools: MemberPools;
  /** Told of a member that failed. */
  readonly suspect: (at: Pick<Endpoint, "host" | "port">, cause: unknown) => void;
}

/**
 * Sends a request to the member whose turn it is, and while that one cannot be reached to others, each once. It is never sent twice:
 * whoever may have received something of it is the last.
 */
export function send({ options, handler, service, pools, suspect }: SentRequest): void {
  const tried = new Set<string>();
  const headers = withHost(options.headers, service.host);
  const sendTo = ({ at, address, origin, tlsName, pool }: Member): void => {
    tried.add(address);
    const relayed = relay(handler, (error, progress) => {
      if (!isMembersFault(error, progress, options.body)) return false;
      suspect(at, error);
      const next = progress.sent ? undefined : pools.next(tried);
      if (next === undefined) return false;
      sendTo(next);
      return true;
    });
    const dispatched = { servername: serverName(tlsName), ...options, origin, headers };
    pool.dispatch(dispatched, relayed);
  };
  const first = pools.next(tried);
  if (first !== undefined) sendTo(first);
}
