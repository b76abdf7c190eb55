import { readFileSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { MetadataPoller } from "@rollcall/core";
import { type SourceHarness, sourceConformance } from "@rollcall/testkit";
import { afterEach, describe, expect, it } from "vitest";
import { type Members, registryMembers } from "../src/custom-provider-http.js";

const TOKEN = "s3cret-token";

/** Two registries that list three members; all of them are HTTP servers. */
interface RegistryHarness extends SourceHarness {
  readonly registries: readonly Site[];
  /** What every registry lists; change it. */
  members: Members;
  readonly served: Site[];
}

interface Site {
  readonly server: Server;
  readonly port: number;
  /** How many connections it has. */
  open: number;
  /** What it does with a request. */
  answer: (request: IncomingMessage, response: ServerResponse) => void;
}

async function site(answer: Site["answer"]): Promise<Site> {
  const server = createServer((request, response) => made.answer(request, response)).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const made: Site = { server, port: (server.address() as AddressInfo).port, open: 0, answer };
  server.on("connection", (socket) => {
    made.open += 1;
    socket.once("close", () => {
      made.open -= 1;
    });
  });
  return made;
}

async function harness(): Promise<RegistryHarness> {
  const served = await Promise.all(Array.from({ length: 3 }, () => site((_request, response) => response.end("fine"))));
  const list: Site["answer"] = ({ headers }, response) => {
    if (headers.authorization === `Bearer ${TOKEN}`) response.end(JSON.stringify(made.members));
    else response.writeHead(401).end("who are you?");
  };
  const registries = [await site(list), await site(list)];
  const made: RegistryHarness = {
    registries,
    served,
    members: served.map(({ port }, index) => ({ name: `n${index + 1}`, host: "127.0.0.1", port })),
    seeds: registries.map(({ port }) => `127.0.0.1:${port}`),
    source: (seeds) => registryMembers(seeds.map(urlOf), TOKEN),
    close: async () => {
      for (const { server } of [...registries, ...served]) server.close().closeAllConnections();
    },
  };
  return made;
}

function urlOf(seed: string): string {
  return `http://${seed}/members`;
}

sourceConformance("a JSON registry", harness, {
  runner: { describe, it },
  severalSeeds: true,
  restore: true,
  secrets: [TOKEN],
  connections: ({ registries, served }) => [...registries, ...served].reduce((sum, { open }) => sum + open, 0),
  move: async (made) => {
    const moved = await site((_request, response) => response.end("fine"));
    made.served.push(moved);
    made.members = made.members.map((member, index) => (index === 0 ? { ...member, port: moved.port } : member));
  },
  stopServing: async ({ served }, { port }) => {
    for (const member of served) if (member.port === port) member.answer = (_request, response) => response.writeHead(503).end("not now");
  },
  wrongCredentials: ({ seeds }) => registryMembers(seeds.map(urlOf), "another"),
  malformed: async ({ registries, seeds }) => {
    for (const registry of registries) registry.answer = (_request, response) => response.end('{"members":"all"}');
    return seeds;
  },
});

describe("a JSON registry", () => {
  const endings: (() => unknown)[] = [];
  afterEach(async () => {
    for (const end of endings.splice(0).reverse()) await end();
  });

  async function begin() {
    const made = await harness();
    const poller = new MetadataPoller(made.source(made.seeds), { intervalMs: 10_000, minIntervalMs: 10 });
    endings.push(
      () => made.close(),
      () => poller.close(),
    );
    poller.subscribe(() => undefined);
    await poller.ready();
    const listed = () => poller.snapshot?.endpoints.map(({ id }) => id);
    return { made, poller, listed, first: made.registries[0] as Site, second: made.registries[1] as Site };
  }

  it("follows members that come, go and move", async () => {
    const { made, poller, listed } = await begin();
    const [one, two] = made.members as [Members[number], Members[number], Members[number]];
    made.members = [{ ...one, host: "localhost" }, two, { ...two, name: "n4" }];
    await poller.refresh();
    expect(
      [...(poller.snapshot?.endpoints ?? []), ...(poller.snapshot?.aside ?? [])].map(({ id, host }) => `${id} ${host}`).sort(),
    ).toEqual(["n1 localhost", "n2 127.0.0.1", "n4 127.0.0.1"]);
    made.members = [two];
    await expect(poller.refresh()).rejects.toMatchObject({ code: "HELD" });
    expect(listed()).toContain("n1");
  });

  it.each<[string, (site: Site) => unknown]>([
    ["is dead", ({ server }) => server.close().closeAllConnections()],
    ["is frozen", answering(() => undefined)],
    ["answers half", answering((_request, response) => response.end('[{"name":"n1","host":'))],
    ["ends in the middle", answering((_request, response) => response.writeHead(200, { "content-length": 99 }).end("[{"))],
    ["never ends", answering(pour)],
  ])("asks the other registry when one %s, and that one first from then on", async (_what, spoil) => {
    const { made, poller, listed, first, second } = await begin();
    spoil(first);
    made.members = made.members.slice(0, 2);
    await poller.refresh();
    expect(listed()).toEqual(["n1", "n2"]);
    let asked = 0;
    const { answer } = second;
    second.answer = (...to) => {
      asked += 1;
      answer(...to);
    };
    await poller.refresh();
    expect(asked).toBe(1);
  });

  it.each(["[oops]", "", "[null]", '[{"name":"n1","host":"h","port":1},{"nam":"n2"}]', '"n1"'])("takes %s for no list", async (text) => {
    const { poller, made } = await begin();
    for (const registry of made.registries) registry.answer = (_request, response) => response.end(text);
    await expect(poller.refresh()).rejects.toMatchObject({
      code: "MALFORMED_RESPONSE",
      message: expect.stringContaining("no list of members"),
    });
  });

  it("may write its list as JSON allows, with white space around it", async () => {
    const { poller, made, listed } = await begin();
    const text = `\n ${JSON.stringify(made.members.slice(0, 2), undefined, 2)}\r\n`;
    for (const registry of made.registries) registry.answer = (_request, response) => response.end(text);
    await poller.refresh();
    expect(listed()).toEqual(["n1", "n2"]);
  });

  it("says which registry said what", async () => {
    const { poller, first, second, made } = await begin();
    first.answer = (_request, response) => response.writeHead(500).end();
    second.server.close().closeAllConnections();
    const message = `http://${made.seeds[1]}/members: [registry] [UNAVAILABLE] connect ECONNREFUSED`;
    await expect(poller.refresh()).rejects.toMatchObject({ code: "UNAVAILABLE", message: expect.stringContaining(message) });
    await expect(poller.refresh()).rejects.toThrow("answers 500");
  });

  it("takes 60 lines at most, all in all", () => {
    const lines = readFileSync(new URL("../src/custom-provider-http.ts", import.meta.url), "utf8")
      .trimEnd()
      .split("\n");
    expect(lines.length).toBeLessThanOrEqual(60);
  });
});

function answering(answer: Site["answer"]): (site: Site) => void {
  return (site) => {
    site.answer = answer;
  };
}

/** An answer that goes on for as long as anybody reads it. */
function pour(_request: IncomingMessage, response: ServerResponse): void {
  const more = (): void => {
    while (!response.destroyed && response.write(" ".repeat(65_536)));
    response.once("drain", more);
  };
  more();
}
