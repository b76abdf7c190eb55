import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Certificate, createCertificateAuthority } from "../certificates.js";

/** What a client needs for mutual TLS, PEM. */
export interface EtcdClientTls extends Certificate {
  /** The certificate authority to trust. */
  readonly ca: Buffer;
}

/** The servers' side of mutual TLS. */
export interface EtcdServerTls {
  /** Who may have signed clients' certificates, PEM. */
  readonly clientCa: Buffer;
  /** How the operator shows itself; signed by one of them. */
  readonly operator: Certificate;
  /** What the member of this name (`n0`, `n1`, …) shows from its next start on; undefined = it speaks plaintext. */
  certificate(member: string): Certificate | undefined;
}

/** The files that a member's flags name. */
export interface EtcdTlsFiles {
  /** `--trusted-ca-file`. */
  readonly ca: string;
  /** `--cert-file`. */
  readonly cert: string;
  /** `--key-file`. */
  readonly key: string;
}

/** One authority for everybody, and one server certificate for 127.0.0.1 and localhost; the client's CN is `root`. */
export async function simpleEtcdTls(): Promise<{ readonly server: EtcdServerTls; readonly client: EtcdClientTls }> {
  const { ca, issue } = await createCertificateAuthority();
  const server = await issue("server", ["127.0.0.1", "localhost"]);
  const client = { ca, ...(await issue("root")) };
  return { server: { clientCa: ca, operator: client, certificate: () => server }, client };
}

/** Writes what a member reads at its start; undefined if it speaks plaintext. */
export async function writeEtcdTls(directory: string, member: string, tls: EtcdServerTls | undefined): Promise<EtcdTlsFiles | undefined> {
  const certificate = tls?.certificate(member);
  if (tls === undefined || certificate === undefined) return undefined;
  const folder = join(directory, "tls");
  await mkdir(folder, { recursive: true });
  const files = { ca: join(folder, `${member}-ca.crt`), cert: join(folder, `${member}.crt`), key: join(folder, `${member}.key`) };
  await writeFile(files.ca, tls.clientCa);
  await writeFile(files.cert, certificate.cert);
  await writeFile(files.key, certificate.key, { mode: 0o600 });
  return files;
}
