import { createReadStream } from "node:fs";
import { resolve } from "node:path";
import { isDiscoveryError, type Seeds } from "@rollcall/core";
import { AddressServer, addressServerUrl } from "./address-server.js";
import { cappedText } from "./capped-text.js";
import type { HttpGet } from "./http-get.js";
import { parseNsaddr, readAddresses } from "./nsaddr-text.js";
import type { RocketmqNameserverOrigin } from "./rocketmq-nameservers-options.js";
import { ROCKETMQ_PORT } from "./rocketmq-options.js";
import { rocketmqRefusal } from "./rocketmq-refusal.js";

/** Where a list of nameservers can be read: one URL, one file, one list or function. */
export interface NameserverPlace {
  /** Safe to print. */
  readonly name: string;
  /** The addresses listed there now; at least one. Rejects with a `DiscoveryError` that says why not, or with whatever a function of the user throws. */
  read(options: { readonly signal: AbortSignal }): Promise<readonly string[]>;
}

/** The places of one origin, which say the same. */
export function placesOf(origin: RocketmqNameserverOrigin, get: HttpGet): readonly NameserverPlace[] {
  if ("file" in origin) return [filePlace(resolve(origin.file))];
  if ("seeds" in origin) return [seedsPlace(typeof origin.seeds === "function" ? origin.seeds : [...origin.seeds])];
  const { addressServer, unit, params } = origin;
  return [addressServer].flat().map((url) => new AddressServer(addressServerUrl(url, unit, params), get));
}

function filePlace(path: string): NameserverPlace {
  return {
    name: `file:${path}`,
    read: async ({ signal }) => parseNsaddr(withoutComments(await fileText(path, signal))),
  };
}

async function fileText(path: string, signal: AbortSignal): Promise<string> {
  try {
    return await cappedText(createReadStream(path, { signal }));
  } catch (thrown) {
    signal.throwIfAborted();
    if (isDiscoveryError(thrown)) throw thrown;
    throw rocketmqRefusal("UNAVAILABLE", `it cannot be read: ${(thrown as Error).message}`, thrown);
  }
}

function withoutComments(text: string): string {
  return text.replace(/#.*/g, "");
}

function seedsPlace(seeds: Seeds): NameserverPlace {
  return {
    name: typeof seeds === "function" ? "<seeds function>" : readAddresses(seeds, ROCKETMQ_PORT).join(","),
    read: async ({ signal }) => {
      const texts: unknown = typeof seeds === "function" ? await seeds({ signal }) : seeds;
      if (!isTexts(texts)) throw rocketmqRefusal("MALFORMED_RESPONSE", "the function returned no list of texts");
      if (texts.length === 0) throw rocketmqRefusal("EMPTY_METADATA", "it lists no nameserver");
      return readAddresses(texts, ROCKETMQ_PORT);
    },
  };
}

function isTexts(given: unknown): given is readonly string[] {
  return Array.isArray(given) && given.every((each) => typeof each === "string");
}
