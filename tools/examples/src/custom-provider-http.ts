import { once } from "node:events";
import http, { type IncomingMessage, type OutgoingHttpHeaders } from "node:http";
import https from "node:https";
import { askCandidates, DiscoveryError, type DiscoveryErrorCode, hostPort, type MetadataSource } from "@rollcall/core";

/** What a registry lists. A member keeps its name when it moves, so the name is the id. */
export type Members = readonly { readonly name: string; readonly host: string; readonly port: number }[];

/** Far more than any list has: whoever sends more is no registry. */
const MAX_BYTES = 1_000_000;

/**
 * The members of a service, as JSON registries list them: `[{ "name": "n1", "host": "10.0.0.1", "port": 8080 }]`. A member that serves answers `GET /health` with 200.
 * @param registries - their URLs, at least one; all say the same
 * @param token - what they know us by; never printed
 */
export function registryMembers(registries: readonly string[], token: string): MetadataSource<Members> {
  let order = registries;
  const ask = async (url: string, { signal }: { signal: AbortSignal }) =>
    get(url, signal, { authorization: `Bearer ${token}` }).then((text) => read(() => JSON.parse(text)));
  return {
    key: `registry:${registries.map(hostPort.printable).join()}`,
    fetch: async ({ signal }) => {
      const { from, answer } = await askCandidates(order, ask, { signal, source: "registry", describe: hostPort.printable });
      order = [from, ...order.filter((url) => url !== from)]; // a frozen one holds up one poll, not every poll
      return answer;
    },
    endpoints: (members) => members.map(({ name, host, port }) => ({ id: name, host, port })),
    probe: async (member, { signal }) => void (await get(`http://${hostPort.format(member)}/health`, signal)),
    restore: (stored) => read(() => stored),
  };
}

/** What is at a URL, once all of it is there. Over a connection of its own, so that an abort leaves none behind; `fetch` does. */
async function get(url: string, signal: AbortSignal, headers: OutgoingHttpHeaders = {}): Promise<string> {
  const request = (url.startsWith("https:") ? https : http).get(url, { agent: false, signal, headers });
  const [response]: IncomingMessage[] = await once(request, "response");
  const pieces: Uint8Array[] = [];
  for await (const piece of response ?? []) {
    pieces.push(piece);
    if (request.socket && request.socket.bytesRead > MAX_BYTES) throw refusal("MALFORMED_RESPONSE", "the answer does not end");
  }
  const status = response?.statusCode;
  if (status === 401 || status === 403) throw refusal("UNAUTHENTICATED", `answers ${status}: check the token`);
  if (status !== 200) throw refusal("UNAVAILABLE", `answers ${status}`);
  return Buffer.concat(pieces).toString();
}

/** All of a list, or an error. Whether an entry can be used is core's business, which drops what cannot and says so. */
function read(json: () => unknown): Members {
  try {
    const list = json();
    if (Array.isArray(list) && list.every((entry) => typeof entry?.name === "string")) return list;
  } catch {} // no JSON, so no list
  throw refusal("MALFORMED_RESPONSE", "no list of members");
}

function refusal(code: DiscoveryErrorCode, message: string): DiscoveryError {
  return new DiscoveryError(code, message, { source: "registry" });
}
