import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import type { Endpoint, FetchContext } from "@rollcall/core";
import { ManualClock, type SourceHarness, sourceConformance } from "@rollcall/testkit";
import { describe, expect, it } from "vitest";
import { type NatsServers, type NatsServersOptions, natsServers } from "../src/nats/index.js";
import { natsServersSource } from "../src/nats/nats-servers-source.js";
import type { NatsAddress, NatsTransport } from "../src/nats/nats-transport.js";
import { type NatsSimulator, startNatsSimulator } from "../src/nats/simulator/index.js";
import { natsScenarios } from "./support/nats-scenarios.js";

interface NatsHarness extends SourceHarness {
  readonly cluster: NatsSimulator;
}

async function harness(): Promise<NatsHarness> {
  const cluster = await startNatsSimulator();
  return {
    cluster,
    seeds: cluster.servers.map(({ address }) => address),
    source: (seeds) => natsServers({ seeds, hedgeAfterMs: 50 }),
    close: async () => cluster[Symbol.asyncDispose](),
  };
}

sourceConformance("natsServers", harness, {
  runner: { describe, it },
  severalSeeds: true,
  known: true,
  restore: true,
  connections: ({ cluster }) => cluster.connections,
  stopServing: ({ cluster }, { id }) => cluster.freeze({ name: "", address: id }),
  malformed: async ({ cluster, seeds }) => {
    for (const server of cluster.servers) server.greeting = 'INFO {"server_id":"N-n1","connect_urls":"everybody"}\r\n';
    return seeds;
  },
});

describe("natsServers on the simulator", () => natsScenarios((servers) => startNatsSimulator({ servers })));

const INFO = { server_id: "N1", host: "0.0.0.0", port: 4222 };

/** Servers that say these lines, each to whoever asks at its address. */
function saying(servers: Readonly<Record<string, readonly string[]>>): NatsTransport {
  return async ({ host, port }: NatsAddress, _options, talk) => {
    const lines = [...(servers[`${host}:${port}`] ?? [])];
    const next = async (): Promise<string> => {
      const line = lines.shift();
      if (line === undefined) throw Object.assign(new Error("refused"), { code: "ECONNREFUSED" });
      return line;
    };
    return talk({ next, say: () => undefined });
  };
}

function info(fields: Readonly<Record<string, unknown>>): string {
  return `INFO ${JSON.stringify({ ...INFO, ...fields })}`;
}

function fetched(
  servers: Readonly<Record<string, readonly string[]>>,
  options: Partial<NatsServersOptions> = {},
  known: readonly Endpoint[] = [],
) {
  const source = natsServersSource({ seeds: Object.keys(servers), ...options }, { transport: saying(servers), clock: new ManualClock() });
  const context: FetchContext<NatsServers> = { signal: new AbortController().signal, previous: undefined, known, attempt: 0 };
  return source.fetch(context);
}

function probed(...lines: readonly string[]): Promise<void> {
  const source = natsServersSource({ seeds: ["a"] }, { transport: saying({ "a:4222": lines }), clock: new ManualClock() });
  return (
    source.probe?.({ id: "a", host: "a", port: 4222 }, { signal: new AbortController().signal }) ?? Promise.reject(new Error("no probe"))
  );
}

describe("natsServers: what a server says", () => {
  it("lists connect_urls sorted and each once, whoever answers first in them", async () => {
    const listed = { cluster: "c", connect_urls: ["b:4222", "a:4222", "[fd00::1]:4222", "b:4222"], tls_required: true };
    expect(await fetched({ "a:4222": [info(listed)] })).toEqual({
      cluster: "c",
      servers: ["[fd00::1]:4222", "a:4222", "b:4222"],
      tlsRequired: true,
      authRequired: false,
    });
  });

  it("lists a server that lists nobody, at its address as the cluster knew it and not as it was mapped", async () => {
    expect(await fetched({ "a:4222": [info({})] })).toMatchObject({ servers: ["a:4222"] });
    const mapped = { id: "10.0.0.1:4222", host: "a", port: 4222 };
    expect(await fetched({ "a:4222": [info({})] }, {}, [mapped])).toMatchObject({ servers: ["10.0.0.1:4222"] });
  });

  it("asks somebody else than a server in lame duck mode, or of another cluster", async () => {
    const servers = { "a:4222": [info({ ldm: true })], "b:4222": [info({ cluster: "theirs" })], "c:4222": [info({ cluster: "ours" })] };
    expect(await fetched(servers, { cluster: "ours" })).toMatchObject({ servers: ["c:4222"] });
    const { "c:4222": _, ...others } = servers;
    await expect(fetched(others, { cluster: "ours" })).rejects.toMatchObject({
      code: "UNAVAILABLE",
      message: expect.stringMatching(/(?=.*a:4222: .*lame duck).*b:4222: .*FOREIGN_CLUSTER.*theirs/),
    });
  });

  it("names every server and what it said when nobody can be asked", async () => {
    const servers = { "a:4222": [], "b:4222": ["HTTP/1.1 400 Bad Request"] };
    await expect(fetched(servers)).rejects.toThrow(/(?=.*a:4222: .*cannot be reached: ECONNREFUSED).*b:4222: .*no INFO line of NATS/);
    await expect(fetched(servers, { seeds: async () => ["http://u:secret@a"] })).rejects.toThrow(/^(?!.*secret).*this seed is no address/);
  });

  it.each([
    ["answers PING", [info({}), "PING", "PONG"], undefined],
    ["wants TLS, so that nothing can be asked", [info({ tls_required: true })], undefined],
    ["wants to know its clients", [info({ auth_required: true })], undefined],
    ["is full", [info({}), "-ERR 'maximum connections exceeded'"], "UNAVAILABLE"],
    ["is about to end", [info({ ldm: true })], "UNAVAILABLE"],
    ["lets nobody in", [info({}), "-ERR 'Authorization Violation'"], "UNAUTHENTICATED"],
    ["is another version of the protocol", [info({}), "-ERR 'Unknown Protocol Operation'"], "MALFORMED_RESPONSE"],
    ["hangs up", [info({})], "UNAVAILABLE"],
  ])("probes a server that %s", async (_what, lines, code) => {
    if (code === undefined) await probed(...lines);
    else await expect(probed(...lines)).rejects.toMatchObject({ code });
  });

  it("says of one that hangs up without a word that it may expect TLS first", async () => {
    const server = createServer((socket) => socket.end()).listen(0, "127.0.0.1");
    await once(server, "listening");
    const source = natsServers({ seeds: [`127.0.0.1:${(server.address() as AddressInfo).port}`] });
    const asked = source.fetch({ signal: new AbortController().signal, previous: undefined, known: [], attempt: 0 });
    await expect(asked).rejects.toThrow(/hung up without a word.*handshake_first/);
    server.close();
  });
});

describe("natsServers: its options", () => {
  it.each([
    [{ seeds: [] }, "seeds: got [], allowed is a function, or a list of at least one nats://host:port, host:port or host"],
    [{ seeds: ["nats://me:secret@a"] }, "seeds: got [ '***@a' ]"],
    [{ seeds: ["a"], clusterName: "x" }, "option names: got clusterName, allowed is seeds, cluster, hedgeAfterMs"],
    [{ seeds: ["a"], cluster: "" }, 'cluster: got "", allowed is the name of a cluster'],
    [{ seeds: ["a"], hedgeAfterMs: 5 }, "hedgeAfterMs: got 5, allowed is a number from 10 to 60000"],
  ])("refuse %j", (options, message) => {
    expect(() => natsServers(options)).toThrow(`[nats] [INVALID_OPTIONS] ${message}`);
  });

  it("name the source, and a seed without a port means 4222", async () => {
    expect(natsServers({ seeds: ["nats://a", "b:1"] }).key).toBe("nats:nats://a,b:1");
    expect(natsServers({ seeds: async () => ["a"] }).key).toBe("nats:<seeds function>");
    expect(await fetched({ "a:4222": [info({})] }, { seeds: ["nats://a"] })).toMatchObject({ servers: ["a:4222"] });
  });
});
