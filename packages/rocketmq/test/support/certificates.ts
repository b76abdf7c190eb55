import { generate } from "selfsigned";

/** A certificate with its key, in PEM. */
export interface Pair {
  readonly cert: string;
  readonly key: string;
}

/** An authority, made anew. */
export async function authority(name: string): Promise<Pair> {
  const extensions = [
    { name: "basicConstraints" as const, cA: true, critical: true },
    { name: "keyUsage" as const, keyCertSign: true, cRLSign: true, critical: true },
  ];
  const { cert, private: key } = await generate([{ name: "commonName", value: name }], { keyType: "ec", algorithm: "sha256", extensions });
  return { cert, key };
}

/** A certificate that an authority signed, for `127.0.0.1` and these names. */
export async function signedBy(ca: Pair, names: readonly string[], valid: { from?: Date; to?: Date } = {}): Promise<Pair> {
  const altNames = [...names.map((value) => ({ type: 2 as const, value })), { type: 7 as const, ip: "127.0.0.1" }];
  const { cert, private: key } = await generate([{ name: "commonName", value: names[0] ?? "nobody" }], {
    ...{ keyType: "ec", algorithm: "sha256", ca, extensions: [{ name: "subjectAltName", altNames }] },
    ...(valid.from && { notBeforeDate: valid.from }),
    ...(valid.to && { notAfterDate: valid.to }),
  });
  return { cert, key };
}
