import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";

/** TLS, in PEM. Read once, when the source is made. */
export interface EtcdTlsOptions {
  /** Who may have signed the members' certificates. Default: the roots that Node.js ships. One or more certificates. */
  readonly ca?: string | Uint8Array | undefined;
  /** The client's own certificate, then its intermediates. Default: none. Needs `key`. */
  readonly cert?: string | Uint8Array | undefined;
  /** The private key of `cert`, without a passphrase. Default: none. Needs `cert`. */
  readonly key?: string | Uint8Array | undefined;
  /** The name that every member's certificate must carry. Default: the host of the member's own address. */
  readonly serverName?: string | undefined;
}

/** Which TLS option cannot be used, and what would be. */
interface TlsProblem {
  readonly option: "ca" | "cert" | "key";
  readonly allowed: string;
}

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/** The first thing about TLS options that would only show at the first connection; the texts name no secret. */
export function tlsProblem({ ca, cert, key }: EtcdTlsOptions): TlsProblem | undefined {
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
