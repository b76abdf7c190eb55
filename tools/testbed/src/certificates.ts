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
   * valid from two days ago for four days.
   *
   * @param commonName The subject's CN; etcd takes a client's CN as its user.
   * @param hosts Names and IP addresses that a client may dial it by; default none beyond `commonName`.
   * @param validity `expired`: until an hour ago. Default: `valid`.
   */
  issue(commonName: string, hosts?: readonly string[], validity?: "valid" | "expired"): Promise<Certificate>;
}

/**
 * Makes a new certificate authority (ECDSA P-256, SHA-256); nothing is written to disk and no `openssl` is needed.
 * @param name its CN: a certificate of an authority that nobody knows is refused in other words when the name of its issuer is known
 */
export async function createCertificateAuthority(name = "rollcall test authority"): Promise<CertificateAuthority> {
  const base = (notAfterMs = 2 * DAY_MS) => ({
    keyType: "ec" as const,
    curve: "P-256" as const,
    algorithm: "sha256",
    notBeforeDate: new Date(Date.now() - 2 * DAY_MS),
    notAfterDate: new Date(Date.now() + notAfterMs),
  });
  const authority = await generate([{ name: "commonName", value: name }], {
    ...base(),
    extensions: [
      { name: "basicConstraints", cA: true, critical: true },
      { name: "keyUsage", keyCertSign: true, cRLSign: true, critical: true },
    ],
  });
  const issue: CertificateAuthority["issue"] = async (commonName, hosts = [commonName], validity = "valid") => {
    const leaf = await generate([{ name: "commonName", value: commonName }], {
      ...base(validity === "expired" ? -DAY_MS / 24 : undefined),
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
  return { ca: Buffer.from(`${authority.cert}\n`), issue }; // ends its line, so that several can stand in one file
}
