import { isIP } from "node:net";
import { checkServerIdentity } from "node:tls";
import type { Endpoint } from "@rollcall/core";
import type { Pool } from "undici";
import { invalid } from "./invalid.js";
import type { Service } from "./service.js";

type Connect = Pool.Options["connect"];
type Connector = Extract<NonNullable<Connect>, (...args: never[]) => unknown>;

/** What counts as a TLS name. */
const TLS_NAME = /^[^\p{C}\s]+$/u;

/** What makes a name absolute where it is dialled. As a TLS name it must not be sent (RFC 6066, section 3). */
const FINAL_DOT = /(?<=.)\.$/;

/** @throws DiscoveryError `INVALID_OPTIONS` for a name that no certificate can carry */
export function assertTlsName(connect: Connect): void {
  const name = givenName(connect);
  if (name === undefined || isTlsName(name)) return;
  throw invalid(`option pool.connect.servername must be a name without spaces, such as orders.internal; got ${JSON.stringify(name)}`);
}

/**
 * The name that the certificate of a member must carry: the one that the user has for all of them, else the member's attribute `tlsName`,
 * else the name in the URL. Not the member's host: whoever lists the members could then send requests to any host that has a
 * certificate of its own.
 */
export function tlsNameOf({ attributes }: Endpoint, service: Service, connect: Connect): string {
  const given = [givenName(connect), attributes?.["tlsName"]].find(isTlsName);
  return (given ?? service.name).replace(FINAL_DOT, "");
}

function givenName(connect: Connect): unknown {
  return typeof connect === "function" ? undefined : (connect as { readonly servername?: unknown } | undefined)?.servername;
}

function isTlsName(name: unknown): name is string {
  return typeof name === "string" && TLS_NAME.test(name);
}

/**
 * How to connect to a member of that name. Only a name can be told to a server, so a certificate that has to carry an address is looked at
 * here; a connect function of the user decides by itself.
 */
export function connectAs(tlsName: string, connect: Connect): Pick<Pool.Options, "connect"> {
  if (typeof connect === "function") return { connect: failingLater(connect) };
  if (isIP(tlsName) === 0) return connect === undefined ? {} : { connect };
  return { connect: { ...checkedAs(tlsName), ...connect } };
}

/** Fails never while undici takes a request on, as an error at that time is taken for one of the request. */
function failingLater(connect: Connector): Connector {
  return (options, callback) => {
    const later: typeof callback = (...[error, socket]) => (error ? queueMicrotask(() => callback(error, null)) : callback(null, socket));
    try {
      return connect(options, later);
    } catch (error) {
      return later(error as Error, null);
    }
  };
}

function checkedAs(tlsName: string): object {
  return {
    checkServerIdentity: (_name: string, certificate: Parameters<typeof checkServerIdentity>[1]) =>
      checkServerIdentity(tlsName, certificate),
  };
}

/** What to tell a server: an address is not allowed there (RFC 6066, section 3). */
export function serverName(tlsName: string): string | undefined {
  return isIP(tlsName) === 0 ? tlsName : undefined;
}
