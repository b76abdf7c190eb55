import { isIPv6 } from "node:net";

/** How a client speaks to an address: plaintext or TLS. */
export type EtcdScheme = "http" | "https";

/** Where one member serves clients. */
export interface EtcdAddress {
  readonly scheme: EtcdScheme;
  /** Lower-case name, IPv4, or IPv6 without brackets. */
  readonly host: string;
  /** 1 to 65535. */
  readonly port: number;
}

/** etcd's client port, for addresses that name none. */
const DEFAULT_PORT = 2379;

const ADDRESS = /^(?:(https?):\/\/)?(?:\[([^\]]+)\]|([^\s:/?#@[\]]+))(?::(\d{1,5}))?(?:[/?#].*)?$/i;

/**
 * Reads an address as etcd's clients do (`client/v3/internal/endpoint`): `http://h:p`, `https://h:p`, `h:p` or `h`, IPv6 in
 * brackets; a path is dropped. Undefined for everything else, Unix sockets included.
 *
 * @param schemeless - what an address without a scheme means
 */
export function parseEtcdAddress(text: string, schemeless: EtcdScheme): EtcdAddress | undefined {
  const [, scheme, ipv6, name, digits] = ADDRESS.exec(text) ?? [];
  const host = (ipv6 ?? name)?.toLowerCase();
  const port = digits === undefined ? DEFAULT_PORT : Number(digits);
  if (host === undefined || port < 1 || port > 65_535) return undefined;
  if (ipv6 !== undefined && !isIPv6(ipv6)) return undefined;
  if (/^unixs?:/i.test(text)) return undefined;
  return { scheme: scheme === undefined ? schemeless : (scheme.toLowerCase() as EtcdScheme), host, port };
}

/** `host:port`, an IPv6 host in brackets. */
export function hostPort({ host, port }: Pick<EtcdAddress, "host" | "port">): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

/** The address as a URL: what candidates are compared and named by. */
export function addressUrl(address: EtcdAddress): string {
  return `${address.scheme}://${hostPort(address)}`;
}

/** An address as somebody wrote it, without the user information that a URL may carry: safe to print. */
export function printableAddress(text: string): string {
  const [address = "", ...query] = text.split("?");
  const at = address.lastIndexOf("@");
  return `${at < 0 ? address : `***${address.slice(at)}`}${query.length > 0 ? "?***" : ""}`;
}
