import { type ClientOptions, status } from "@grpc/grpc-js";
import type { Endpoint } from "@rollcall/core";
import { describe, expect, it } from "vitest";
import { grpcTarget } from "../src/index.js";
import { TLS_NAME_OPTION, TlsNames } from "../src/tls-names.js";
import { certificatesFor } from "./support/certificates.js";
import { copies } from "./support/copies.js";
import { sceneOfEachTest } from "./support/scene.js";
import { failureOf, roundRobin, type WhoamiClient, type WhoamiServer } from "./support/whoami.js";

const certificates = await certificatesFor("localhost", "127.0.0.1", "a.example", "b.example");

/** Node 25 dials nobody with an address for a TLS name, which is what grpc-js does with one; older ones warn (DEP0123). */
const refusesAddresses = Number(process.versions.node.split(".")[0]) >= 25;

const policies = ["pick_first", "round_robin", "weighted_round_robin", "outlier_detection"].map((policy) => ({
  policy,
  options: { "grpc.service_config": JSON.stringify({ loadBalancingConfig: [{ [policy]: { child_policy: [{ round_robin: {} }] } }] }) },
}));

describe.each(copies)("a TLS channel of grpc-js $version", ({ grpc }) => {
  const scene = sceneOfEachTest();

  it('row "TLS names": calls members whose certificates have distinct names, behind mapped addresses too', async () => {
    const [a, b] = [await server("a.example"), await server("b.example")];
    scene().feed.set([named(a, "a.example"), named(b, "b.example")]);
    await reaches(client(roundRobin), "a.example", "b.example");
  });

  it('row "TLS names": takes the host for the name when a member has no other', async () => {
    const [a, b] = [await server("localhost"), await server("a.example")];
    scene().feed.set([a.endpoint, named(b, "a.example")]);
    await reaches(client(roundRobin), "localhost", "a.example");
  });

  it.skipIf(refusesAddresses)("takes an address for the name when the host is one and the certificate carries it", async () => {
    const a = await server("127.0.0.1");
    scene().feed.set([a.endpoint]);
    expect((await client(roundRobin).ask()).by).toBe("127.0.0.1");
  });

  it("prefers the channel's own TLS name to those of the members", async () => {
    const [a, b] = [await server("a.example"), await server("b.example")];
    scene().feed.set([named(a, "b.example"), named(b, "b.example")]);
    const own = client({ ...roundRobin, [TLS_NAME_OPTION]: "a.example" });
    expect(await own.names(4)).toEqual(new Set(["a.example"]));
  });

  it("calls nobody whose certificate carries another name", async () => {
    const { feed } = scene();
    const a = await server("a.example");
    feed.set([named(a, "b.example")]);
    expect((await failureOf(client(roundRobin).ask())).code).toBe(status.UNAVAILABLE);
    expect(feed.suspicions[0]?.cause).toMatch(/b\.example. is not in the cert's altnames/);
    expect(a.asked).toBe(0);
  });

  it.each(policies)("hears of a changed TLS name, and connects anew with it, under $policy", async ({ options }) => {
    const { feed } = scene();
    const a = await server("a.example");
    feed.set([named(a, "a.example")]);
    const channel = client(options);
    await channel.ask();
    feed.set([named(a, "b.example")]);
    await expect.poll(() => feed.suspicions.at(-1)?.cause).toMatch(/b\.example. is not in the cert's altnames/);
    feed.set([named(a, "a.example")]);
    expect((await channel.ask({ waitForReady: true })).by).toBe("a.example");
  });

  it("leaves the authority of calls as it is", async () => {
    const [a, b] = [await server("a.example"), await server("b.example")];
    scene().feed.set([named(a, "a.example"), named(b, "b.example")]);
    const channel = client(roundRobin);
    const { host, port } = a.endpoint;
    for (const member of [a, b]) {
      member.instead = { answer: (call, done) => done(null, Buffer.from(JSON.stringify({ by: call.getHost(), from: "" }))) };
    }
    expect(await channel.names(4)).toEqual(new Set([`${host}:${port}`]));
  });

  it.each([true, false])("shares connections with other channels on the same target as before (TLS: %s)", async (tls) => {
    const { feed } = scene();
    const a = tls ? await server("a.example") : await scene().server("a");
    feed.set([named(a, "a.example")]);
    const pooled = { "grpc.use_local_subchannel_pool": 0 };
    const security = tls ? trusting() : undefined;
    const target = grpcTarget(feed, { grpc });
    const channels = [0, 1].map(() => scene().clientAt(target, grpc, pooled, security));
    const [first, second] = await Promise.all(channels.map((channel) => channel.ask()));
    expect(first?.from).toBe(second?.from);
  });

  const trusting = () => grpc.credentials.createSsl(certificates.ca);

  function client(options: ClientOptions) {
    return scene().clientAt(grpcTarget(scene().feed, { grpc }), grpc, options, trusting());
  }

  /** A server whose certificate is good for this name only; it listens there if it can. */
  function server(name: string): Promise<WhoamiServer> {
    const host = name.endsWith(".example") ? "127.0.0.1" : name;
    return scene().server(name, { host, tls: certificates.of(name) });
  }
});

describe("the TLS names of a list", () => {
  const list = [{ addresses: [{ host: "::1", port: 1, tlsName: "a.example" }] }];
  const args = { "grpc.keepalive_time_ms": 1 };

  it.each([
    ["bare", [list]],
    ["a result", [{ ok: true, value: list }]],
    ["an error after it", [list, { ok: false, error: {} }]],
  ])("are added to what an address is dialled with, and nothing to that of others: %s", (_what, told) => {
    const known = new TlsNames();
    for (const news of told) known.learn(news);
    expect(known.argsFor({ host: "::1", port: 1 }, args)).toEqual({ ...args, [TLS_NAME_OPTION]: "a.example" });
    expect(known.argsFor({ host: "::1", port: 2 }, args)).toBe(args);
  });
});

/** Whoever is reached first answers alone until the others are. */
async function reaches(channel: WhoamiClient, ...names: readonly string[]): Promise<void> {
  for (const name of names) await channel.until(name);
  expect(await channel.names(2 * names.length)).toEqual(new Set(names));
}

function named({ endpoint }: WhoamiServer, tlsName: string): Endpoint {
  return { ...endpoint, attributes: { tlsName } };
}
