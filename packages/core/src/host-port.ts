import { isIPv6 } from "node:net";
import { endpointProblem } from "./endpoint-value.js";

interface Address {
  readonly host: string;
  readonly port: number;
}

const ADDRESS = /^(?:\[([^\]]+)\]|([^\s:/?#@[\]]+))(?::(\d{1,5}))?$/;

/** Addresses as people write them: `name:port`, `10.0.0.1:port`, `[::1]:port`. No scheme, no path, no user. */
export const hostPort: {
  /**
   * Host (IPv6 without brackets) and port; undefined if the text is no such address.
   * @param defaultPort - of an address without a port. Default: the port is required.
   */
  parse(text: string, defaultPort?: number): { readonly host: string; readonly port: number } | undefined;
  /** `host:port`, an IPv6 host in brackets. */
  format(address: { readonly host: string; readonly port: number }): string;
  /** A text that ought to be an address, without the secrets that a URL may carry (user information, query): safe to print. */
  printable(text: string): string;
} = { parse, format, printable };

function parse(text: string, defaultPort?: number): Address | undefined {
  // Typed, but a list of seeds or its elements may be anything.
  const [, ipv6, name, digits] = (typeof text === "string" ? ADDRESS.exec(text) : null) ?? [];
  const address = { host: ipv6 ?? name ?? "", port: digits === undefined ? (defaultPort ?? 0) : Number(digits) };
  if (ipv6 !== undefined && !isIPv6(ipv6)) return undefined;
  return endpointProblem({ id: "any", ...address }) === undefined ? address : undefined;
}

function format({ host, port }: Address): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

function printable(text: string): string {
  const [address = "", ...query] = text.split("?");
  if (query.join().includes("@")) return "***"; // a password may hold the question mark
  const at = address.lastIndexOf("@");
  return `${at < 0 ? address : `***${address.slice(at)}`}${query.length > 0 ? "?***" : ""}`;
}
