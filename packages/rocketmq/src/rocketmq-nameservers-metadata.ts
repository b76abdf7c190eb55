import { type Endpoint, hostPort } from "@rollcall/core";
import * as z from "zod";
import { readAddress } from "./nsaddr-text.js";
import { rocketmqRefusal } from "./rocketmq-refusal.js";

/** What the places that list nameservers say. Plain JSON data. */
export interface RocketmqNameservers {
  /** Tells a feed of nameservers from one of brokers: the wrong one is a type error. */
  readonly kind: "nameservers";
  /** `host:port`, IPv6 in brackets, sorted, each once: everything that any place lists. */
  readonly nameservers: readonly string[];
  /** What each origin says, in the order of the option `from`. */
  readonly origins: readonly RocketmqOriginReport[];
}

/** What one origin of the option `from` says. */
export interface RocketmqOriginReport {
  /** Its URLs, file or seeds; no secret in it. */
  readonly name: string;
  /** What it said when it was last read. */
  readonly nameservers: readonly string[];
  /** Why it could not be read this time. Absent: it could. */
  readonly error?: string | undefined;
}

const addresses = z.array(z.string().refine((text) => readAddress(text) === text, "no address of a nameserver"));

const storedNameservers = z.object({
  kind: z.literal("nameservers"),
  nameservers: addresses,
  origins: z.array(z.object({ name: z.string(), nameservers: addresses, error: z.string().optional() })),
});

/**
 * Turns a stored answer, parsed from JSON, back into what was stored.
 *
 * @throws DiscoveryError `MALFORMED_RESPONSE`, saying what does not fit; `EMPTY_METADATA` for a list of nobody.
 */
export function readStoredNameservers(stored: unknown): RocketmqNameservers {
  const { data, error } = storedNameservers.safeParse(stored);
  if (data === undefined)
    throw rocketmqRefusal("MALFORMED_RESPONSE", `what was stored is no list of nameservers: ${z.prettifyError(error)}`);
  if (data.nameservers.length === 0) throw rocketmqRefusal("EMPTY_METADATA", "what was stored lists no nameserver");
  return data;
}

/** Every nameserver; its address is its id. */
export function nameserverEndpoints({ nameservers }: RocketmqNameservers): readonly Endpoint[] {
  return nameservers.flatMap((id) => {
    const address = hostPort.parse(id);
    return address === undefined ? [] : [{ id, host: address.host, port: address.port, attributes: { kind: "nameserver" } }];
  });
}

/** Whether two answers say the same: who is listed where, and which places cannot be read. Why they cannot is told in other words by every attempt. */
export function sameNameservers(before: RocketmqNameservers, after: RocketmqNameservers): boolean {
  return (
    before.origins.length === after.origins.length && before.origins.every((origin, index) => sameOrigin(origin, after.origins[index]))
  );
}

function sameOrigin(a: RocketmqOriginReport, b: RocketmqOriginReport | undefined): boolean {
  if (b === undefined || a.name !== b.name || (a.error === undefined) !== (b.error === undefined)) return false;
  return a.nameservers.length === b.nameservers.length && a.nameservers.every((address, index) => address === b.nameservers[index]);
}
