import { type TlsProblem, tlsProblem } from "@rollcall/core/provider";
import * as z from "zod";

/**
 * Certificates or a key in PEM: as text, as bytes, or in a file. A file is read for the first TLS connection and again for each new one, so
 * that a certificate which is renewed while polling goes on is used from the next connection on. Files that cannot be used together
 * (half replaced, unreadable) leave what was read before in use, with one process warning; if nothing was, asking fails with
 * `UNAVAILABLE`, naming the option and the file, until they can: they may be mounted late.
 */
export type EtcdPem = string | Uint8Array | { readonly file: string };

/** TLS, in PEM. */
export interface EtcdTlsOptions {
  /** Who may have signed the members' certificates. Default: the roots that Node.js ships. One or more certificates. */
  readonly ca?: EtcdPem | undefined;
  /** The client's own certificate, then its intermediates. Default: none. Needs `key`. */
  readonly cert?: EtcdPem | undefined;
  /** The private key of `cert`, without a passphrase. Default: none. Needs `cert`. */
  readonly key?: EtcdPem | undefined;
  /**
   * The name that every member's certificate must carry. Default: the attribute `tlsName` of the member's endpoint, which `mapEndpoint` may
   * set; without one, the host of the address that is dialled.
   */
  readonly serverName?: string | undefined;
}

/** The file of an option that names one. */
export function fileOf(pem: EtcdPem | undefined): string | undefined {
  return isFile(pem) ? pem.file : undefined;
}

const PEM = "text or a Buffer in PEM, or { file: path }";
const pem = z
  .union([z.string(), z.instanceof(Uint8Array), z.strictObject({ file: z.string("a path").regex(/^\P{C}+$/u, "a path") })], PEM)
  .optional();

/** The option `tls`. What is in files is looked at when they are read. */
export const tlsOptions: z.ZodType<EtcdTlsOptions> = z
  .strictObject({ ca: pem, cert: pem, key: pem, serverName: z.string("a host name").min(1, "a host name").optional() })
  .superRefine(({ ca, cert, key }, context) => {
    const problem = tlsProblem({ ca: isFile(ca) ? undefined : ca }) ?? pairProblem(cert, key);
    if (problem !== undefined)
      context.addIssue({ code: "custom", path: [problem.option], message: `${problem.allowed}, or { file: path }` });
  });

function pairProblem(cert: EtcdPem | undefined, key: EtcdPem | undefined): TlsProblem | undefined {
  const inFiles = isFile(cert) || isFile(key);
  if (inFiles && cert !== undefined && key !== undefined) return undefined;
  return tlsProblem({ cert: isFile(cert) ? "" : cert, key: isFile(key) ? "" : key });
}

function isFile(pem: EtcdPem | undefined): pem is { readonly file: string } {
  return typeof pem === "object" && "file" in pem;
}
