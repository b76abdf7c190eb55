import { isIP } from "node:net";
import { checkServerIdentity } from "node:tls";
import type { Endpoint } from "@rollcall/core";
import type { Pool } from "undici";
import type { Service } from "./service.js";

type Connect = Pool.Options["connect"];

/** What counts as a TLS name. */
const TLS_NAME = /^[^\p{C}\s]+$/u;

/** What makes a name absolute where it is dialled. As a TLS name it must not be sent (RFC 6066, section 3). */
const FINAL_DOT = /(?<=.)\.$/;

/**
 * The name that the certificate of a member must carry: the one that the user has for all of them, else the member's attribute `tlsName`,
 * else the name in the URL. Not the member's host: whoever lists the members could then send requests to any host that has a
 * certificate of its own.
 */
export function tlsNameOf({ attributes }: Endpoint, service: Service, connect: Connect): string {
  const { servername } = (connect ?? {}) as { readonly servername?: unknown };
  const given = [servername, attributes?.["tlsName"]].find((name) => typeof name === "string" && TLS_NAME.test(name));
  return String(given ?? service.name).replace(FINAL_DOT, "");
}

/**
 * How to connect to a member of that name. Only a name can be told to a server, so a certificate that has to carry an address is looked at
 * here; a connect function of the user decides by itself.
 */
export function connectAs(tlsName: string, connect: Connect): Pick<Pool.Options, "connect"> {
  if (connect === undefined) return isIP(tlsName) === 0 ? {} : { connect: checkedAs(tlsName) };
  return { connect: isIP(tlsName) === 0 || typeof connect === "function" ? connect : { ...checkedAs(tlsName), ...connect } };
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
