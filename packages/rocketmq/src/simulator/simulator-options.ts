import { type Clock, invalidOptions, systemClock } from "@rollcall/core";
import * as z from "zod";
import type { SerializeType } from "../protocol/remoting-frame.js";

/** What `startRocketmqSimulator` takes. */
export interface RocketmqSimulatorOptions {
  /** How many nameservers it starts with. Default 3; 0 to 20. */
  readonly nameservers?: number | undefined;
  /** How many brokers it starts with; each registers with all those nameservers. Default 2; 0 to 20. */
  readonly brokers?: number | undefined;
  /** How often a broker registers with each of its nameservers, in milliseconds. Default 100; 10 to 60 000. Real ones: 30 s, at least 10 s (`registerNameServerPeriod`). */
  readonly registerMs?: number | undefined;
  /**
   * How long after its last word a broker whose socket is open stays listed, in milliseconds. Default 120 000, as real nameservers have it; 10 to 3 600 000. An announcement may say
   * otherwise for itself.
   */
  readonly expiryMs?: number | undefined;
  /** Address of this machine that every server listens on. Default `127.0.0.1`. */
  readonly host?: string | undefined;
  /** What servers ask of clients. Default: nothing. */
  readonly security?: RocketmqSimulatorSecurity | undefined;
  /** How servers write the headers of their answers, whatever a request's is like (`rocketmq.serialize.type`). Default `JSON`. */
  readonly serialize?: SerializeType | undefined;
  /** Time for registrations, expiry, slow answers and nameservers that are not ready. Default: the system's. */
  readonly clock?: Clock | undefined;
}

/** TLS, ACL, or both. */
export interface RocketmqSimulatorSecurity {
  /** Certificate and key of every server, and the authority that clients are to trust, PEM. Default: no TLS. */
  readonly tls?: RocketmqSimulatorTls | undefined;
  /** Who may ask brokers; nameservers never check (`AuthenticationPipeline` is the broker's). Default: anybody. */
  readonly acl?: { readonly accessKey: string; readonly secretKey: string } | undefined;
}

/** How servers speak TLS. */
export interface RocketmqSimulatorTls {
  /** PEM of the authority that signed `cert`: what `client` is to trust. */
  readonly ca: string;
  /** PEM. */
  readonly cert: string;
  /** PEM, of `cert`. */
  readonly key: string;
  /** `tls.server.mode`: `enforcing` closes connections without TLS, `permissive` serves them. Default `enforcing`. */
  readonly mode?: "enforcing" | "permissive" | undefined;
}

/** The options with their defaults. */
export interface SimulatorSettings {
  readonly nameservers: number;
  readonly brokers: number;
  readonly registerMs: number;
  readonly expiryMs: number;
  readonly host: string;
  readonly security: RocketmqSimulatorSecurity;
  readonly serialize: SerializeType;
  readonly clock: Clock;
}

const SERVERS = "a whole number from 0 to 20";
const REGISTER = "a number from 10 to 60000";
const EXPIRY = "a number from 10 to 3600000";
const HOST = "an address of this machine";
const SECURITY = 'an object with tls { ca, cert, key, mode: "enforcing" or "permissive" }, acl { accessKey, secretKey }, or both';

const text = z.string(SECURITY).min(1, SECURITY);
const security = z.strictObject({
  tls: z.strictObject({ ca: text, cert: text, key: text, mode: z.enum(["enforcing", "permissive"], SECURITY).optional() }).optional(),
  acl: z.strictObject({ accessKey: text, secretKey: text }).optional(),
});
const schema = z.strictObject({
  nameservers: z.int(SERVERS).min(0, SERVERS).max(20, SERVERS).default(3),
  brokers: z.int(SERVERS).min(0, SERVERS).max(20, SERVERS).default(2),
  registerMs: z.number(REGISTER).min(10, REGISTER).max(60_000, REGISTER).default(100),
  expiryMs: z.number(EXPIRY).min(10, EXPIRY).max(3_600_000, EXPIRY).default(120_000),
  host: z.string(HOST).min(1, HOST).default("127.0.0.1"),
  security: security.default({}),
  serialize: z.enum(["JSON", "ROCKETMQ"], '"JSON" or "ROCKETMQ"').default("JSON"),
  clock: z.custom<Clock>((value) => typeof value === "object" && value !== null, "a Clock").default(() => systemClock),
});

/** Fills in the defaults. Throws `INVALID_OPTIONS`. */
export function simulatorSettings(options: RocketmqSimulatorOptions): SimulatorSettings {
  const parsed = schema.safeParse(options);
  if (parsed.success) return parsed.data;
  const names = {
    "": Object.keys(schema.shape).join(", "),
    security: "tls, acl",
    "security.tls": "ca, cert, key, mode",
    "security.acl": "accessKey, secretKey",
  };
  const printable = ["nameservers", "brokers", "registerMs", "expiryMs", "host", "serialize"];
  throw invalidOptions("rocketmq", options, parsed.error.issues, { names, printable });
}
