import { isIP } from "node:net";
import { generate } from "selfsigned";

const DAY_MS = 86_400_000;

/** A certificate and its private key, PEM. */
export interface Certificate {
  /** The certificate, PEM. */
  readonly cert: Buffer;
  /** Its private key (PKCS#8, P-256), PEM. */
  readonly key: Buffer;
}

/** A certificate authority that lives as long as a test. */
export interface CertificateAuthority {
  /** Its own certificate, PEM: what both sides trust. */
  readonly ca: Buffer;
  /**
   * Signs a certificate that serves as server and as client certificate (etcd's gateway dials its own port with the server's),
   * valid from an hour ago for two days.
   *
   * @param commonName The subject's CN; etcd takes a client's CN as its user.
   * @param hosts Names and IP addresses that a client may dial it by; default none beyond `commonName`.
   */
  issue(commonName: string, hosts?: readonly string[]): Promise<Certificate>;
}

/** Makes a new certificate authority (ECDSA P-256, SHA-256); nothing is written to disk and no `openssl` is needed. */
export async function createCertificateAuthority(): Promise<CertificateAuthority> {
  const base = () => ({
    keyType: "ec" as const,
    curve: "P-256" as const,
    algorithm: "sha256",
    notBeforeDate: new Date(Date.now() - DAY_MS / 24),
    notAfterDate: new Date(Date.now() + 2 * DAY_MS),
  });
  const authority = await generate([{ name: "commonName", value: "rollcall test authority" }], {
    ...base(),
    extensions: [
      { name: "basicConstraints", cA: true, critical: true },
      { name: "keyUsage", keyCertSign: true, cRLSign: true, critical: true },
    ],
  });
  const issue = async (commonName: string, hosts: readonly string[] = [commonName]): Promise<Certificate> => {
    const leaf = await generate([{ name: "commonName", value: commonName }], {
      ...base(),
      ca: { key: authority.private, cert: authority.cert },
      extensions: [
        { name: "basicConstraints", cA: false, critical: true },
        { name: "keyUsage", digitalSignature: true, critical: true },
        { name: "extKeyUsage", serverAuth: true, clientAuth: true },
        { name: "subjectAltName", altNames: hosts.map((host) => (isIP(host) === 0 ? { type: 2, value: host } : { type: 7, ip: host })) },
      ],
    });
    return { cert: Buffer.from(leaf.cert), key: Buffer.from(leaf.private) };
  };
  return { ca: Buffer.from(authority.cert), issue };
}
