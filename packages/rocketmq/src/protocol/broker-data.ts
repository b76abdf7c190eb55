import { isIPv6 } from "node:net";
import { hostPort } from "@rollcall/core";
import type { RocketmqBroker } from "../rocketmq-broker.js";
import { malformed } from "./remoting-header.js";

const INTEGER = /^-?\d+$/;

/** Told of a broker that cannot be used, which fails none of the others: anybody may register anything. */
export type RejectBroker = (entry: string, reason: string) => void;

/**
 * The brokers of some `BrokerData` (`BrokerData.java`), by address, each address once: the lower id counts, then the name. Nothing becomes of an entry without addresses, which a refused
 * registration leaves behind.
 *
 * @throws DiscoveryError `MALFORMED_RESPONSE` if an entry is no `BrokerData`.
 */
export function readBrokerData(entries: readonly unknown[], reject: RejectBroker): readonly RocketmqBroker[] {
  const brokers = new Map<string, RocketmqBroker>();
  for (const entry of entries) {
    for (const broker of brokersOf(record(entry, "a broker"), reject)) {
      const other = brokers.get(broker.address);
      if (other === undefined || goesBefore(broker, other)) brokers.set(broker.address, broker);
    }
  }
  return [...brokers.values()].sort((a, b) => (a.address < b.address ? -1 : 1));
}

function brokersOf(data: Readonly<Record<string, unknown>>, reject: RejectBroker): readonly RocketmqBroker[] {
  const name = text(data["brokerName"], "a broker's name");
  const cluster = optionalText(data["cluster"], "a broker's cluster") ?? "";
  const zone = optionalText(data["zoneName"], "a broker's zone") || undefined;
  const addresses = Object.entries(record(data["brokerAddrs"], "a broker's addresses"));
  if (name === "") {
    reject(`a broker at ${addresses.map(([, given]) => text(given, "a broker's address")).join(", ")}`, "it has no name");
    return [];
  }
  return addresses.flatMap(([key, given]) => {
    const address = brokerAddress(text(given, "a broker's address"));
    const id = INTEGER.test(key) ? Number(key) : Number.NaN;
    if (address !== undefined && Number.isSafeInteger(id)) {
      return [zone === undefined ? { address, name, cluster, id } : { address, name, cluster, id, zone }];
    }
    reject(`broker ${name}, ${key} at ${given}`, address === undefined ? "its address is no host:port" : "its id is no integer");
    return [];
  });
}

/** `host:port`, with brackets around an IPv6 address: brokers put their `brokerIP1` before the port as it is configured. */
function brokerAddress(given: string): string | undefined {
  const colon = given.lastIndexOf(":");
  const host = given.slice(0, Math.max(colon, 0));
  const address = hostPort.parse(isIPv6(host) ? `[${host}]${given.slice(colon)}` : given);
  return address === undefined ? undefined : hostPort.format(address);
}

function goesBefore(a: RocketmqBroker, b: RocketmqBroker): boolean {
  return a.id === b.id ? a.name < b.name : a.id < b.id;
}

/** @throws DiscoveryError `MALFORMED_RESPONSE` if this is no object. */
export function record(value: unknown, what: string): Readonly<Record<string, unknown>> {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Readonly<Record<string, unknown>>;
  throw malformed(`${what} is no object`);
}

/** @throws DiscoveryError `MALFORMED_RESPONSE` if this is no list. */
export function list(value: unknown, what: string): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw malformed(`${what} are no list`);
}

/** @throws DiscoveryError `MALFORMED_RESPONSE` if this is no text. */
export function text(value: unknown, what: string): string {
  if (typeof value === "string") return value;
  throw malformed(`${what} is no text`);
}

/** @throws DiscoveryError `MALFORMED_RESPONSE` if this is something else than a text or nothing. */
export function optionalText(value: unknown, what: string): string | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value === "string") return value;
  throw malformed(`${what} is no text`);
}
