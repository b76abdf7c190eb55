import { isIP } from "node:net";
import { generate } from "selfsigned";

/** A certificate and its private key, PEM. */
export interface Certificate {
  readonly cert: Buffer;
  readonly key: Buffer;
}

/** What all clients trust, and one server certificate for each of these names or addresses, good for nothing else. */
export async function certificatesFor(...hosts: string[]): Promise<{ readonly ca: Buffer; readonly of: (host: string) => Certificate }> {
  const key = { keyType: "ec" as const, curve: "P-256" as const, algorithm: "sha256" };
  const authority = await generate([{ name: "commonName", value: "test authority" }], {
    ...key,
    extensions: [{ name: "basicConstraints", cA: true, critical: true }],
  });
  const issued = new Map<string, Certificate>();
  for (const host of hosts) {
    const altNames = [isIP(host) === 0 ? { type: 2 as const, value: host } : { type: 7 as const, ip: host }];
    const leaf = await generate([{ name: "commonName", value: "test server" }], {
      ...key,
      ca: { key: authority.private, cert: authority.cert },
      extensions: [{ name: "subjectAltName", altNames }],
    });
    issued.set(host, { cert: Buffer.from(leaf.cert), key: Buffer.from(leaf.private) });
  }
  const of = (host: string): Certificate => {
    const certificate = issued.get(host);
    if (certificate === undefined) throw new Error(`no certificate was issued for ${host}`);
    return certificate;
  };
  return { ca: Buffer.from(authority.cert), of };
}
