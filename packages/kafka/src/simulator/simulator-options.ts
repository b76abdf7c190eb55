import { type Clock, invalidOptions, systemClock } from "@rollcall/core";
import * as z from "zod";
import { API_NAMES, type ApiName } from "./api-table.js";

/** What `startKafkaSimulator` takes. */
export interface KafkaSimulatorOptions {
  /** How many brokers it starts with. Default 3; 1 to 20. */
  readonly brokers?: number | undefined;
  /** Address of this machine that every broker listens on and advertises. Default `127.0.0.1`. */
  readonly host?: string | undefined;
  /**
   * How long after its last sign of life a broker is fenced, in milliseconds. Default 150; 10 to 60 000. `replaceAll` rests as long between two
   * of its steps.
   */
  readonly sessionMs?: number | undefined;
  /** What every broker asks of clients; the controller asks nothing. Default `plaintext`. */
  readonly security?: "plaintext" | KafkaSimulatorSecurity | undefined;
  /**
   * The highest version of a request that the brokers understand, false for a request they do not know at all: so older brokers are imitated.
   * Default: everything that the simulator can do.
   */
  readonly apis?: Readonly<Partial<Record<ApiName, number | false>>> | undefined;
  /** Time for sessions, slow answers and `replaceAll`; randomness for the controller id of answers. Default: the system's. */
  readonly clock?: Clock | undefined;
}

/** TLS, SASL, or SASL over TLS. */
export interface KafkaSimulatorSecurity {
  /** The only user, and the only mechanism it may use. Default: no authentication. */
  readonly sasl?: KafkaSimulatorUser | undefined;
  /** Certificate and key of every broker, and the authority that clients are to trust, PEM. Default: no TLS. */
  readonly tls?: { readonly ca: string; readonly cert: string; readonly key: string } | undefined;
}

/** Who may authenticate, and how. */
export interface KafkaSimulatorUser {
  /** The only one that is enabled. */
  readonly mechanism: "PLAIN" | "SCRAM-SHA-256";
  /** Not empty. */
  readonly username: string;
  /** Until `rotatePassword`. */
  readonly password: string;
}

/** The options with their defaults. */
export interface SimulatorSettings {
  readonly brokers: number;
  readonly host: string;
  readonly sessionMs: number;
  readonly security: KafkaSimulatorSecurity;
  readonly apis: Readonly<Partial<Record<ApiName, number | false | undefined>>>;
  readonly clock: Clock;
}

const BROKERS = "a whole number from 1 to 20";
const SESSION = "a number from 10 to 60000";
const HOST = "an address of this machine";
const SECURITY =
  '"plaintext", or an object with sasl { mechanism: "PLAIN" or "SCRAM-SHA-256", username, password } or tls { ca, cert, key }';
const APIS = `an object of highest versions, or false, by ${API_NAMES.join(", ")}`;

const text = z.string().min(1);
const security = z.strictObject({
  sasl: z.strictObject({ mechanism: z.enum(["PLAIN", "SCRAM-SHA-256"]), username: text, password: text }).optional(),
  tls: z.strictObject({ ca: text, cert: text, key: text }).optional(),
});
const schema = z.strictObject({
  brokers: z.int(BROKERS).min(1, BROKERS).max(20, BROKERS).default(3),
  host: z.string(HOST).min(1, HOST).default("127.0.0.1"),
  sessionMs: z.number(SESSION).min(10, SESSION).max(60_000, SESSION).default(150),
  security: z.union([z.literal("plaintext").transform(() => ({})), security], SECURITY).default({}),
  apis: z.partialRecord(z.enum(API_NAMES), z.union([z.int().min(0), z.literal(false)]), APIS).default({}),
  clock: z.custom<Clock>((value) => typeof value === "object" && value !== null, "a Clock").default(() => systemClock),
});

/** Fills in the defaults. Throws `INVALID_OPTIONS`. */
export function simulatorSettings(options: KafkaSimulatorOptions): SimulatorSettings {
  const parsed = schema.safeParse(options);
  if (parsed.success) return parsed.data;
  const names = { "": Object.keys(schema.shape).join(", ") };
  throw invalidOptions("kafka", options, parsed.error.issues, { names, printable: ["brokers", "host", "sessionMs", "apis"] });
}
