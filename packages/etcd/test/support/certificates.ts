import { isIP } from "node:net";
import { generate } from "selfsigned";

/** A certificate that signs itself, so that it is its own authority, and its key, PEM. */
export interface Pair {
  readonly cert: string;
  readonly key: string;
}

/** One for this name or IP address: also its CN. */
export async function selfSigned(name: string): Promise<Pair> {
  const made = await generate([{ name: "commonName", value: name }], {
    keyType: "ec",
    extensions: [{ name: "subjectAltName", altNames: [isIP(name) === 0 ? { type: 2, value: name } : { type: 7, ip: name }] }],
  });
  return { cert: made.cert, key: made.private };
}
