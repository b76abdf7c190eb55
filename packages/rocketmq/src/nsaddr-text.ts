import { isIPv4, isIPv6 } from "node:net";
import { hostPort } from "@rollcall/core";
import { printable } from "./rocketmq-error.js";
import { rocketmqRefusal } from "./rocketmq-refusal.js";

/** A list of nameservers that is longer is no such list. RocketMQ's own clients would take a page of HTML for one. */
export const MAX_NSADDR_BYTES = 65_536;

/** More nameservers than anybody runs. */
const MAX_ADDRESSES = 1_000;

/** How much of a text that is no address is shown. */
const SHOWN_CHARACTERS = 60;

/**
 * The nameservers that a text lists, as `host:port` in its order, each once: what RocketMQ's address servers answer (`DefaultTopAddressing.java`), and what people write into files.
 * Addresses are separated by semicolons, commas, blanks or line ends, in any number and anywhere. It is all or nothing: where one is malformed, the text is
 * something else, or cut short.
 *
 * @throws DiscoveryError `MALFORMED_RESPONSE` naming what is no `host:port`, or saying that the text is too long; `EMPTY_METADATA` if it lists nobody.
 */
export function parseNsaddr(text: string): string[] {
  if (text.length > MAX_NSADDR_BYTES) throw tooLong();
  const tokens = text.split(/[;,\s]+/).filter((token) => token !== "");
  if (tokens.length > MAX_ADDRESSES) {
    throw rocketmqRefusal("MALFORMED_RESPONSE", `it lists ${tokens.length} addresses; more than ${MAX_ADDRESSES} are not believed`);
  }
  if (tokens.length === 0) throw rocketmqRefusal("EMPTY_METADATA", "it lists no nameserver");
  return readAddresses(tokens);
}

/** Addresses of nameservers in the one form in which all of RocketMQ's clients read them: one line, `host:port;host:port`, each once, in the order given. Nobody: an empty text. */
export function formatNsaddr(addresses: Iterable<{ readonly host: string; readonly port: number }>): string {
  return [...new Set(Array.from(addresses, hostPort.format))].join(";");
}

/**
 * These texts as {@link readAddress} reads them, each once.
 *
 * @throws DiscoveryError `MALFORMED_RESPONSE` naming the first that is no address.
 */
export function readAddresses(texts: readonly string[], defaultPort?: number): string[] {
  const addresses = texts.map((text) => readAddress(text, defaultPort) ?? notAnAddress(text));
  return [...new Set(addresses)];
}

/**
 * `host:port` as all of this package writes it: the host in lower case and without the dot that may end a full name, IPv6 in brackets. Undefined if the text is no address: a host is an
 * IP address, or labels of ASCII letters, digits, `-` and `_` of which the last is no number.
 *
 * @param defaultPort - of an address without a port. Default: the port is required.
 */
export function readAddress(text: string, defaultPort?: number): string | undefined {
  const address = hostPort.parse(text, defaultPort);
  if (address === undefined) return undefined;
  const host = address.host.toLowerCase().replace(/\.$/, "");
  return isHost(host) ? hostPort.format({ host, port: address.port }) : undefined;
}

/** For a text, or an answer that has not ended, of more than {@link MAX_NSADDR_BYTES}. */
export function tooLong(): Error {
  return rocketmqRefusal("MALFORMED_RESPONSE", `it is longer than ${MAX_NSADDR_BYTES} bytes, which no list of nameservers is`);
}

function isHost(host: string): boolean {
  if (host.includes(":")) return isIPv6(host);
  const labels = host.split(".");
  if (/^\d+$/.test(labels.at(-1) ?? "")) return isIPv4(host);
  return host.length <= 253 && labels.every((label) => /^(?!-)[a-z0-9_-]{1,63}$/.test(label));
}

function escaped(character: string): string {
  return `\\u{${character.codePointAt(0)?.toString(16)}}`;
}

function notAnAddress(text: string): never {
  // What cannot be seen is often what is wrong: a blank of no width, pasted from a page.
  const shown = printable(
    hostPort
      .printable(text)
      .slice(0, 2 * SHOWN_CHARACTERS)
      .replace(/[\p{C}\p{Z}]/gu, escaped),
    SHOWN_CHARACTERS,
  );
  throw rocketmqRefusal(
    "MALFORMED_RESPONSE",
    `"${shown}" is no host:port (an IPv6 address goes in brackets), so nothing of this list is believed`,
  );
}
