import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { fromSeeds } from "@rollcall/core";
import { describe, it } from "vitest";
import { type SourceHarness, sourceConformance } from "../src/index.js";

/** A registry that answers `GET /members` with a list of `host:port`. */
interface Registry extends SourceHarness {
  members: unknown;
}

async function registry(): Promise<Registry> {
  const server = createServer((_request, response) => response.end(JSON.stringify(harness.members)));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const harness: Registry = {
    members: ["10.0.0.1:8080", "10.0.0.2:8080", "[fd00::3]:8080"],
    seeds: [`127.0.0.1:${(server.address() as AddressInfo).port}`],
    source: ([seed]) => fromSeeds(({ signal }) => membersAt(`http://${seed}/members`, signal)),
    close: async () => {
      server.close().closeAllConnections();
    },
  };
  return harness;
}

/** What a user of a registry writes, with a limit, because a stranger may answer without end. */
async function membersAt(url: string, signal: AbortSignal): Promise<readonly string[]> {
  const response = await fetch(url, { signal });
  if (!response.ok || response.body === null) throw new Error(`${url} answered ${response.status}`);
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body) {
    size += chunk.length;
    if (size > 1_000_000) throw new Error(`${url} answered more than 1 MB`);
    chunks.push(chunk);
  }
  return JSON.parse(Buffer.concat(chunks).toString()) as readonly string[];
}

// Its ids are addresses, its members cannot be asked, and fetch() keeps its connections for a while: nothing of that is claimed.
sourceConformance("a registry over HTTP", registry, {
  runner: { describe, it },
  malformed: async (harness) => {
    harness.members = { all: "of them" };
    return harness.seeds;
  },
});
