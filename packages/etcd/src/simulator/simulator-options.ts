import { ServerCredentials } from "@grpc/grpc-js";
import { type Clock, DiscoveryError, systemClock } from "@rollcall/core";
import { z } from "zod";

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
  /** Serves clients over TLS, all members with the same certificate, PEM. Default: plaintext. The advertised URLs say https. */
  readonly tls?: EtcdSimulatorTls | undefined;
  /** Switches authentication on, with this one user. Default: off. */
  readonly auth?: { readonly username: string; readonly password: string } | undefined;
  /** Time for elections and timeouts; randomness for ids and the choice of a leader. Default: the system's. */
  readonly clock?: Clock | undefined;
}

/** The TLS side of every member's client port. */
export interface EtcdSimulatorTls {
  /** Authority that client certificates are checked against. */
  readonly ca: string | Buffer;
  /** Server certificate. */
  readonly cert: string | Buffer;
  /** Its private key. */
  readonly key: string | Buffer;
  /** Refuse clients without a certificate of `ca`, as `--client-cert-auth` does. Default false. */
  readonly requireClientCertificate?: boolean | undefined;
}

/** The options with their defaults. */
export interface SimulatorSettings {
  readonly members: number;
  readonly host: string;
  readonly electionMs: number;
  readonly auth: EtcdSimulatorOptions["auth"];
  readonly clock: Clock;
  readonly scheme: "http" | "https";
  readonly credentials: ServerCredentials;
}

const pem = z.union([z.string().min(1), z.instanceof(Buffer)]);
const schema = z.strictObject({
  members: z.int().min(1).max(9).default(3),
  host: z.string().min(1).default("127.0.0.1"),
  electionMs: z.number().min(10).max(60_000).default(150),
  tls: z.strictObject({ ca: pem, cert: pem, key: pem, requireClientCertificate: z.boolean().optional() }).optional(),
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
    scheme: tls ? "https" : "http",
    credentials: tls ? secure(tls) : ServerCredentials.createInsecure(),
  };
}

function secure({ ca, cert, key, requireClientCertificate = false }: EtcdSimulatorTls): ServerCredentials {
  const pair = { cert_chain: Buffer.from(cert), private_key: Buffer.from(key) };
  return ServerCredentials.createSsl(Buffer.from(ca), [pair], requireClientCertificate);
}
