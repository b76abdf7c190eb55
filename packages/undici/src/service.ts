import { invalid } from "./invalid.js";

/** What the URLs of a dispatcher's requests begin with: the name that all members together have. */
export interface Service {
  /** Such as `http://orders.cluster`. */
  readonly origin: string;
  readonly protocol: "http:" | "https:";
  /** The `Host` of requests: the name, and the port if the URL has one. */
  readonly host: string;
  /** The name without port; an IPv6 address without brackets. */
  readonly name: string;
}

/** @throws DiscoveryError `INVALID_OPTIONS` when requests cannot be sent to such an origin */
export function serviceOf(origin: unknown): Service {
  const url = URL.canParse(String(origin)) ? new URL(String(origin)) : undefined;
  const { protocol } = url ?? {};
  if (url === undefined || (protocol !== "http:" && protocol !== "https:")) {
    throw invalid(`the origin of a request must be an http or https URL, such as http://orders.cluster; got ${String(origin)}`);
  }
  return { origin: url.origin, protocol, host: url.host, name: url.hostname.replace(/^\[|\]$/g, "") };
}
