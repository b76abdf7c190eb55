import type { Endpoint } from "@rollcall/core";
import type { Dispatcher } from "undici";
import type { Handler } from "./handler.js";
import type { Member, MemberPools } from "./member-pools.js";
import { isMembersFault } from "./members-fault.js";
import { relay } from "./relay.js";
import type { Service } from "./service.js";
import { serverName } from "./tls-name.js";

/** What the types of undici leave out: `signal` is for the callers of a dispatcher, `servername` for its clients. */
type Options = Dispatcher.DispatchOptions & { readonly signal?: unknown; readonly servername?: string | null | undefined };

/** One request of a caller, and what it is sent with. */
export interface SentRequest {
  readonly options: Options;
  readonly handler: Handler;
  readonly service: Service;
  readonly pools: MemberPools;
  /** Told of a member that failed. */
  readonly suspect: (at: Pick<Endpoint, "host" | "port">, cause: unknown) => void;
}

/**
 * Sends a request to the member whose turn it is, and while that one cannot be reached, or has left before it came to the request, to
 * others, each once. It is never sent twice: whoever may have received something of it is the last.
 */
export function send({ options, handler, pools, suspect }: SentRequest): void {
  const tried = new Set<Member>();
  const settled = pools.hold();
  const sendTo = (member: Member): void => {
    tried.add(member);
    // What undici says to a request before it has taken it on is not about the member.
    let refusing = true;
    const relayed = relay(handler, {
      settled,
      elsewhere: () => {
        const next = pools.has(member) ? undefined : pools.next(tried);
        return next === undefined ? undefined : () => sendTo(next);
      },
      takes: (error, progress) => {
        if (refusing || !isMembersFault(error, progress, options, pools.ownConnect)) return false;
        suspect(member.at, error);
        const next = progress.sent ? undefined : pools.next(tried);
        if (next !== undefined) sendTo(next);
        return next !== undefined;
      },
    });
    const { origin, tlsName, pool } = member;
    pool.dispatch({ ...options, origin, servername: options.servername ?? serverName(tlsName) } as Options, relayed);
    refusing = false;
  };
  const first = pools.next(tried);
  if (first !== undefined) sendTo(first);
}
