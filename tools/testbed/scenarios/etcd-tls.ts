import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ChannelCredentials, Client, credentials, Metadata, type ServiceError } from "@grpc/grpc-js";
import type { Endpoint, MetadataSource } from "@rollcall/core";
import { type EtcdTlsOptions, etcdMembers } from "@rollcall/etcd";
import { grpcTarget } from "@rollcall/grpc";
import { expect, it, vi } from "vitest";
import { type Certificate, type CertificateAuthority, createCertificateAuthority } from "../src/index.js";
import { clusterFor, pollerOn, type StartCluster, type Test, urls } from "./etcd-scenario.js";
import { pollerOf } from "./scenario.js";
import { endpointNamed, forHost, HOST, memberAt, restartWith, serverTls, type TlsCluster, tlsCluster } from "./tls-cluster.js";

const QUICK = { minIntervalMs: 20, intervalMs: 60_000 };

/** Certificates of members and clients: of one's own name each, unusable, rotated. */
export function tlsScenarios(startCluster: StartCluster): void {
  it("row 15: members with a certificate each, for its own name: all are polled, probed and written to", async (test) => {
    const { cluster, tls } = await tlsCluster(test, startCluster, async ({ issue }) => ({
      n0: await issue("n0", ["n0.test", HOST]), // seeds are dialled by their own host
      n1: await issue("n1", ["n1.test"]),
      n2: await issue("n2", ["n2.test"]),
    }));
    const source = etcdMembers({ seeds: urls(cluster).slice(0, 1), tls });
    const poller = pollerOf(test, source, { ...QUICK, mapEndpoint: namedByItself });
    const { endpoints } = await poller.ready();
    for (const endpoint of endpoints) await probe(source, endpoint);
    const { attributes: _, ...nameless } = endpointNamed(endpoints, "n1");
    await expect(probe(source, nameless)).rejects.toThrow(
      `its certificate is for DNS:n1.test, not for ${HOST}: write the seed by a name that it carries`,
    );

    const peers = new Set<string>();
    const security = credentials.createSsl(tls.ca, tls.key, tls.cert);
    const write = writer(test, grpcTarget(poller), security);
    await vi.waitFor(async () => expect(peers.add(await write()).size).toBe(3), { timeout: 10_000, interval: 10 });

    await cluster.kill(memberAt(cluster, 0));
    await vi.waitFor(() => poller.refresh(), { timeout: 10_000 });
  });

  refusalScenarios(startCluster);

  it("files are read again: what is rotated holds for the next connection, and members of the old authority are refused then", async (test) => {
    const [before, after] = [await createCertificateAuthority("before"), await createCertificateAuthority("after")];
    const certificates = await forHost(before);
    const [old, renewed] = [await before.issue("root"), await after.issue("root")];
    const cluster = await clusterFor(test, startCluster, { timers: "fast", tls: serverTls([before, after], old, certificates) });
    const files = await tlsFiles(test);
    await files.write(before, old);
    const source = etcdMembers({ seeds: urls(cluster), tls: files.tls });
    const poller = pollerOf(test, source, QUICK);
    const { endpoints } = await poller.ready();
    const [n0, n1] = [endpointNamed(endpoints, "n0"), endpointNamed(endpoints, "n1")];

    await restartWith({ cluster, certificates }, 0, await after.issue("n0", [HOST]));
    await expect(probe(source, n0)).rejects.toThrow("its certificate is signed by an authority that is not in tls.ca");
    await files.write(after, renewed);
    await probe(source, n0);
    await expect(probe(source, n1)).rejects.toThrow("its certificate is signed by an authority that is not in tls.ca");
    await restartWith({ cluster, certificates }, 1, await after.issue("n1", [HOST]));
    await probe(source, n1);
    await restartWith({ cluster, certificates }, 2, await after.issue("n2", [HOST]));
    await vi.waitFor(() => poller.refresh(), { timeout: 10_000 });
  });

  it("a renewed client certificate in a file takes effect, and half of one leaves the old in use", async (test) => {
    const { cluster, authority, tls } = await tlsCluster(test, startCluster);
    const stranger = await (await createCertificateAuthority("another")).issue("root");
    const renewed = await authority.issue("root");
    const files = await tlsFiles(test);
    await files.write(authority, stranger);
    const source = etcdMembers({ seeds: urls(cluster), tls: files.tls });
    const endpoint = endpointNamed((await pollerOn(test, urls(cluster), { ...QUICK, tls }).ready()).endpoints, "n1");
    await expect(probe(source, endpoint)).rejects.toThrow(
      /it (does not take the client certificate in tls\.cert|hung up after the TLS handshake)/,
    );
    await files.write(authority, renewed);
    await probe(source, endpoint);
    const warning = vi.spyOn(process, "emitWarning").mockImplementation(() => undefined);
    test.onTestFinished(() => warning.mockRestore());
    await writeFile(files.tls.cert.file, stranger.cert);
    await probe(source, endpoint);
    expect(warning).toHaveBeenCalledExactlyOnceWith(expect.stringContaining("is not the private key of tls.cert"), expect.anything());
  });
}

/** What is wrong, whom to ask (its place in the list), with which TLS options, and what the error has to say. */
type Refusal = readonly [string, number, (right: TlsCluster["tls"], another: Buffer) => EtcdTlsOptions | undefined, string];

const NOT_IN_CA = "its certificate is signed by an authority that is not in tls.ca: add it there";
const REFUSALS: readonly Refusal[] = [
  ["another authority", 0, (tls, ca) => ({ ...tls, ca }), NOT_IN_CA],
  ["no authority", 0, ({ cert, key }) => ({ cert, key }), "by an authority that is not in the roots that Node.js ships: set tls.ca"],
  ["another name", 1, (tls) => tls, `its certificate is for DNS:n1.test, not for ${HOST}: write the seed by a name that it carries`],
  ["another name for all", 1, (tls) => ({ ...tls, serverName: "x.test" }), "its certificate is for DNS:n1.test, not for x.test"],
  ["an expired certificate", 2, (tls) => tls, "its certificate has expired: renew it there"],
  ["no client certificate", 0, ({ ca }) => ({ ca }), "it wants a client certificate: set tls.cert and tls.key"],
  ["plaintext to a TLS port", 0, () => undefined, "if it wants TLS, its address has to say https://"],
  ["TLS to a plaintext port", 3, (tls) => tls, "if it speaks plaintext there, its address has to say http://"],
];

/** Each is UNAVAILABLE, because each can pass by itself: a certificate is renewed, an authority rotated. */
function refusalScenarios(startCluster: StartCluster): void {
  it.for(REFUSALS)("%s: one error names the member and says what to do", async ([, index, tlsOf, advice], test) => {
    const { cluster, tls } = await tlsCluster(test, startCluster, async ({ issue }) => ({
      n0: await issue("n0", [HOST]),
      n1: await issue("n1", ["n1.test"]),
      n2: await issue("n2", [HOST], "expired"),
    }));
    const joined = index === 3 ? await cluster.grow() : memberAt(cluster, index);
    const { host } = new URL(joined.clientUrl);
    const { ca } = await createCertificateAuthority("another");
    const given = tlsOf(tls, ca);
    const seed = `${given === undefined ? "http" : "https"}://${host}`;
    const poller = pollerOn(test, [seed], { tls: given });
    await expect(poller.refresh()).rejects.toMatchObject({
      code: "UNAVAILABLE",
      message: expect.stringMatching(new RegExp(`${escaped(seed)}: .*${escaped(advice)}`)),
    });
  });
}

/** What a user writes whose members are known by the names in their certificates, but dialled by something else. */
function namedByItself(endpoint: Endpoint): Endpoint {
  return { ...endpoint, attributes: { ...endpoint.attributes, tlsName: `${endpoint.attributes?.["name"]}.test` } };
}

function probe(source: MetadataSource<unknown>, endpoint: Endpoint): Promise<void> {
  if (source.probe === undefined) throw new Error("the source has no probe");
  return source.probe(endpoint, { signal: AbortSignal.timeout(5_000) });
}

/** Writes through one channel that balances over all; resolves with the address of the member that took it. */
function writer(test: Test, target: string, security: ChannelCredentials): () => Promise<string> {
  const client = new Client(target, security, { "grpc.service_config": JSON.stringify({ loadBalancingConfig: [{ round_robin: {} }] }) });
  test.onTestFinished(() => client.close());
  const asIs = (value: Buffer): Buffer => value;
  const put = Buffer.from([10, 1, 107, 18, 1, 118]); // PutRequest { key: "k", value: "v" }
  return () =>
    new Promise((resolve, reject) => {
      const ended = (error: ServiceError | null): void => (error === null ? resolve(call.getPeer()) : reject(error));
      const deadline = Date.now() + 5_000;
      const call = client.makeUnaryRequest("/etcdserverpb.KV/Put", asIs, asIs, put, new Metadata(), { deadline }, ended);
    });
}

interface TlsFiles {
  readonly tls: Readonly<Record<"ca" | "cert" | "key", { readonly file: string }>>;
  write(authority: CertificateAuthority, own: Certificate): Promise<void>;
}

/** In a directory that ends with the test. */
async function tlsFiles(test: Test): Promise<TlsFiles> {
  const directory = await mkdtemp(join(tmpdir(), "rollcall-tls-"));
  test.onTestFinished(() => rm(directory, { recursive: true }));
  const at = (name: string): { readonly file: string } => ({ file: join(directory, name) });
  const tls = { ca: at("ca.crt"), cert: at("tls.crt"), key: at("tls.key") };
  return {
    tls,
    write: async ({ ca }, { cert, key }) => {
      await Promise.all([writeFile(tls.ca.file, ca), writeFile(tls.cert.file, cert), writeFile(tls.key.file, key)]);
    },
  };
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
