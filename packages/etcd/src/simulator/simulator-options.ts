import { type Clock, DiscoveryError, systemClock } from "@rollcall/core";
import * as z from "zod";
import { type ClientPort, clientPort, type EtcdSimulatorTls, tlsOfMembers } from "./simulator-tls.js";

/** What `startEtcdSimulator` takes. */
export interface EtcdSimulatorOptions {
  /** How many voters it starts with. Default 3; 1 … 9. */
  readonly members?: number | undefined;
  /** Address of this machine that every member listens on and advertises. Default `127.0.0.1`. */
  readonly host?: string | undefined;
  /**
   * How long the members need to elect a leader, and one that is cut off to know that it has none. Default 150; 10 … 60 000.
   * A request that waits for a quorum fails after 5 s + 2 × this.
   */
  readonly electionMs?: number | undefined;
  /**
   * Serves clients over TLS, PEM; the advertised URLs say https. Default: plaintext. A function is asked at each start of a member, by its
   * name (`n0`, `n1`, …), so that each may have a certificate of its own, another one after a restart, or (`undefined`) plaintext.
   */
  readonly tls?: EtcdSimulatorTls | ((member: string) => EtcdSimulatorTls | undefined) | undefined;
  /** Switches authentication on, with this one user. Default: off. */
  readonly auth?: { readonly username: string; readonly password: string } | undefined;
  /** Time for elections and timeouts; randomness for ids and the choice of a leader. Default: the system's. */
  readonly clock?: Clock | undefined;
}

/** The options with their defaults. */
export interface SimulatorSettings {
  readonly members: number;
  readonly host: string;
  readonly electionMs: number;
  readonly auth: EtcdSimulatorOptions["auth"];
  readonly clock: Clock;
  /** Of the member of this name, as it starts now. */
  readonly clientPort: (member: string) => ClientPort;
}

const schema = z.strictObject({
  members: z.int().min(1).max(9).default(3),
  host: z.string().min(1).default("127.0.0.1"),
  electionMs: z.number().min(10).max(60_000).default(150),
  tls: tlsOfMembers.optional(),
  auth: z.strictObject({ username: z.string().min(1), password: z.string() }).optional(),
  clock: z.custom<Clock>((value) => typeof value === "object" && value !== null, "must be a Clock").default(() => systemClock),
});

/** Fills in the defaults. Throws `INVALID_OPTIONS`. */
export function simulatorSettings(options: EtcdSimulatorOptions): SimulatorSettings {
  const parsed = schema.safeParse(options);
  if (!parsed.success) {
    throw new DiscoveryError("INVALID_OPTIONS", `startEtcdSimulator: ${z.prettifyError(parsed.error)}`, { source: "etcd" });
  }
  const { tls, ...settings } = parsed.data;
  return {
    ...settings,
    auth: settings.auth,
    clientPort: (member) => clientPort(tls, member),
  };
}
