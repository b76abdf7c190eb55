import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createCertificateAuthority } from "../certificates.js";

/** What a client needs for mutual TLS, PEM. */
export interface EtcdClientTls {
  /** The certificate authority to trust. */
  readonly ca: Buffer;
  /** The client's certificate; CN `root`. */
  readonly cert: Buffer;
  /** The client's private key. */
  readonly key: Buffer;
}

/** The files that etcd's flags name, and the client's side of them. */
export interface EtcdTls {
  /** Absolute paths of `--trusted-ca-file`, `--cert-file` and `--key-file`. */
  readonly files: { readonly ca: string; readonly cert: string; readonly key: string };
  /** For clients. */
  readonly client: EtcdClientTls;
}

/** Makes one authority with a server certificate for 127.0.0.1 and localhost, and writes what the servers read. */
export async function createEtcdTls(directory: string): Promise<EtcdTls> {
  const authority = await createCertificateAuthority();
  const server = await authority.issue("server", ["127.0.0.1", "localhost"]);
  const client = await authority.issue("root");
  const folder = join(directory, "tls");
  const files = { ca: join(folder, "ca.crt"), cert: join(folder, "server.crt"), key: join(folder, "server.key") };
  await mkdir(folder);
  await writeFile(files.ca, authority.ca);
  await writeFile(files.cert, server.cert);
  await writeFile(files.key, server.key, { mode: 0o600 });
  return { files, client: { ca: authority.ca, ...client } };
}
