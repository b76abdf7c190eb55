import type { LookupAddress, LookupOptions } from "node:dns";
import type { LookupFunction } from "node:net";

/** What a lookup tells its callback. */
export function lookedUp(
  lookup: LookupFunction,
  hostname: string,
  options: LookupOptions,
): Promise<{ readonly address: string | LookupAddress[]; readonly family: number | undefined }> {
  return new Promise((resolve, reject) => {
    lookup(hostname, options, (error, address, family) => (error ? reject(error) : resolve({ address, family })));
  });
}

/** Every address that a lookup answers, in its order. */
export async function everybody(lookup: LookupFunction, hostname: string, options: LookupOptions = {}): Promise<readonly string[]> {
  const { address } = await lookedUp(lookup, hostname, { ...options, all: true });
  return (address as LookupAddress[]).map((one) => one.address);
}

/** The one address that a lookup answers. */
export async function oneOf(lookup: LookupFunction, hostname: string, options: LookupOptions = {}): Promise<string> {
  return (await lookedUp(lookup, hostname, options)).address as string;
}
