import type { Dispatcher } from "undici";

type Headers = Dispatcher.DispatchOptions["headers"];

/** The headers of a request with a `Host`, unless there is one: a pool would send the address of its member. */
export function withHost(headers: Headers, host: string): Exclude<Headers, undefined> {
  if (headers === null || headers === undefined) return { host };
  if (Symbol.iterator in headers) {
    // A list of names and values in turn, or anything that iterates over pairs of them.
    const flat = Array.isArray(headers) ? headers : [...headers].flatMap((pair) => pair as string[]);
    return flat.some((name, at) => at % 2 === 0 && isHost(name)) ? flat : [...flat, "host", host];
  }
  return Object.keys(headers).some(isHost) ? headers : { ...headers, host };
}

function isHost(name: string): boolean {
  return name.length === 4 && name.toLowerCase() === "host";
}
