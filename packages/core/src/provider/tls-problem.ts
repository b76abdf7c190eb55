import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";

/** TLS options in PEM, as far as they can be wrong before anybody is dialled. */
export interface PemTls {
  /** Who may have signed the servers' certificates. One or more certificates. */
  readonly ca?: string | Uint8Array | undefined;
  /** The client's own certificate, then its intermediates. Needs `key`. */
  readonly cert?: string | Uint8Array | undefined;
  /** The private key of `cert`, without a passphrase. Needs `cert`. */
  readonly key?: string | Uint8Array | undefined;
}

/** Which TLS option cannot be used, and what would be. */
export interface TlsProblem {
  /** Its name. */
  readonly option: "ca" | "cert" | "key";
  /** For `INVALID_OPTIONS`: what is allowed there. Names no secret. */
  readonly allowed: string;
}

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/**
 * The first thing about the option `tls` of a source that would otherwise only show at the first connection. Undefined: nothing; what the certificates are worth, the server
 * will tell.
 */
export function tlsProblem({ ca, cert, key }: PemTls): TlsProblem | undefined {
  if (ca !== undefined && certificates(ca) === undefined) return { option: "ca", allowed: "one or more PEM certificates" };
  if (cert === undefined && key === undefined) return undefined;
  if (cert === undefined) return { option: "cert", allowed: "a PEM certificate, because tls.key is given" };
  if (key === undefined) return { option: "key", allowed: "a PEM private key, because tls.cert is given" };
  const leaf = certificates(cert)?.[0];
  if (leaf === undefined) return { option: "cert", allowed: "one or more PEM certificates" };
  const privateKey = readKey(key);
  if (privateKey === undefined) return { option: "key", allowed: "a PEM private key without a passphrase" };
  return leaf.checkPrivateKey(privateKey) ? undefined : { option: "key", allowed: "the private key of tls.cert" };
}

function certificates(pem: string | Uint8Array): readonly X509Certificate[] | undefined {
  const blocks = Buffer.from(pem).toString("latin1").match(CERTIFICATE);
  try {
    return blocks?.map((block) => new X509Certificate(block));
  } catch {
    return undefined;
  }
}

function readKey(pem: string | Uint8Array): KeyObject | undefined {
  try {
    return createPrivateKey(Buffer.from(pem));
  } catch {
    return undefined;
  }
}
