import { hostPort } from "@rollcall/core";

/** How a client speaks to an address: plaintext or TLS. */
export type EtcdScheme = "http" | "https";

/** Where one member serves clients. */
export interface EtcdAddress {
  readonly scheme: EtcdScheme;
  /** Lower-case name, IPv4, or IPv6 without brackets. */
  readonly host: string;
  /** 1 to 65535. */
  readonly port: number;
  /** The name that a certificate must carry there. Default: the host. */
  readonly tlsName?: string | undefined;
}

/** etcd's client port, for addresses that name none. */
const DEFAULT_PORT = 2379;

const ADDRESS = /^(?:(https?):\/\/)?([^/?#]*)(?:[/?#].*)?$/i;

/**
 * Reads an address as etcd's clients do (`client/v3/internal/endpoint`): `http://h:p`, `https://h:p`, `h:p` or `h`, IPv6 in
 * brackets, where `%25` begins a zone (RFC 6874); a path is dropped. Undefined for everything else, Unix sockets and control characters included.
 *
 * @param schemeless - what an address without a scheme means
 */
export function parseEtcdAddress(text: string, schemeless: EtcdScheme): EtcdAddress | undefined {
  const [, scheme, authority = ""] = ADDRESS.exec(text) ?? [];
  const address = hostPort.parse(authority.replace("%25", "%"), DEFAULT_PORT);
  if (address === undefined || /^unixs?:|\p{C}/iu.test(text)) return undefined;
  const { host, port } = address;
  return { scheme: scheme === undefined ? schemeless : (scheme.toLowerCase() as EtcdScheme), host: host.toLowerCase(), port };
}

/**
 * The address as a URL, with the TLS name behind it where that is another one: what candidates are compared and named by. A connection
 * that was made under another name is not one to this address.
 */
export function addressUrl(address: EtcdAddress): string {
  const { scheme, host, tlsName = host } = address;
  const url = `${scheme}://${hostPort.format(address)}`;
  return scheme === "http" || tlsName === host ? url : `${url} (as ${hostPort.printable(tlsName)})`;
}
