import { ServerCredentials } from "@grpc/grpc-js";
import * as z from "zod";

/** The TLS side of a member's client port. */
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

/** What one member serves clients with, from one start to the next. */
export interface ClientPort {
  readonly scheme: "http" | "https";
  readonly credentials: ServerCredentials;
}

/** One for all members, or one each. */
export type TlsOfMembers = EtcdSimulatorTls | ((member: string) => EtcdSimulatorTls | undefined);

const pem = z.union([z.string().min(1), z.instanceof(Buffer)]);
const one = z.strictObject({ ca: pem, cert: pem, key: pem, requireClientCertificate: z.boolean().optional() });

/** The option `tls` of the simulator. */
export const tlsOfMembers: z.ZodType<TlsOfMembers> = z.union([
  one,
  z.custom<Extract<TlsOfMembers, (member: string) => unknown>>((given) => typeof given === "function", "an object or a function"),
]);

/** The client port of the member of this name, as it starts now. */
export function clientPort(tls: TlsOfMembers | undefined, member: string): ClientPort {
  const its = typeof tls === "function" ? tls(member) : tls;
  if (its === undefined) return { scheme: "http", credentials: ServerCredentials.createInsecure() };
  const pair = { cert_chain: Buffer.from(its.cert), private_key: Buffer.from(its.key) };
  return { scheme: "https", credentials: ServerCredentials.createSsl(Buffer.from(its.ca), [pair], its.requireClientCertificate ?? false) };
}
