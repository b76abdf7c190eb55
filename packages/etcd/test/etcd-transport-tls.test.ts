import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ServerCredentials } from "@grpc/grpc-js";
import { beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { grpcTransport } from "../src/etcd-transport.js";
import { type EtcdTlsOptions, etcdMembers } from "../src/index.js";
import { type Pair, selfSigned } from "./support/certificates.js";
import { frozenMember, LoopbackMember } from "./support/loopback-member.js";
import { votersAt } from "./support/member-list.js";
import { polling, use } from "./support/polling.js";

let pair: Pair;
let other: Pair;

beforeAll(async () => {
  pair = await selfSigned("etcd.test");
  other = await selfSigned("other.test");
});

/** Where a member of this certificate takes clients with one of `clients`. */
async function memberOf({ cert, key }: Pair, clients: Pair): Promise<string> {
  const credentials = ServerCredentials.createSsl(
    Buffer.from(clients.cert),
    [{ private_key: Buffer.from(key), cert_chain: Buffer.from(cert) }],
    true,
  );
  const server = use(await new LoopbackMember(() => votersAt("https://h:1")).start(credentials));
  return server.url.replace("http:", "https:");
}

function fetchFrom(url: string, tls: EtcdTlsOptions): Promise<unknown> {
  return polling(etcdMembers({ seeds: [url], tls })).fetch();
}

describe("TLS", () => {
  it("asks with a client certificate, of a member whose certificate carries serverName", async () => {
    const url = await memberOf(pair, pair);
    expect(await fetchFrom(url, { ca: pair.cert, ...pair, serverName: "etcd.test" })).toMatchObject({ clusterId: "c1" });
  });

  it("refuses a member whose certificate is for another name, or signed by nobody known, and says what to do", async () => {
    const url = await memberOf(pair, pair);
    await expect(fetchFrom(url.replace("127.0.0.1", "localhost"), { ca: pair.cert, ...pair })).rejects.toMatchObject({
      code: "UNAVAILABLE",
      message: expect.stringContaining("its certificate is for DNS:etcd.test, not for localhost: write the seed by a name that it carries"),
    });
    await expect(fetchFrom(url, { ca: other.cert, ...pair, serverName: "etcd.test" })).rejects.toMatchObject({
      code: "UNAVAILABLE",
      message: expect.stringContaining("its certificate is signed by an authority that is not in tls.ca"),
    });
  });

  it("row 15: the name is that of the address, unless serverName is given for all", async () => {
    const url = new URL(await memberOf(pair, pair));
    const address = { scheme: "https" as const, host: url.hostname, port: Number(url.port), tlsName: "etcd.test" };
    const ask = async (tls: EtcdTlsOptions): Promise<Uint8Array> => {
      const connection = grpcTransport({ ca: pair.cert, ...pair, ...tls }).connect(address);
      use({ [Symbol.asyncDispose]: async () => connection.close() });
      return connection.call("/etcdserverpb.Cluster/MemberList", new Uint8Array(), { signal: new AbortController().signal, metadata: {} });
    };
    expect(await ask({})).not.toHaveLength(0);
    await expect(ask({ serverName: "other.test" })).rejects.toMatchObject({
      code: 14,
      details: expect.stringContaining("not for other.test"),
    });
  });

  it("certificates in files are those of the next connection; the one that is held goes on with its own", async () => {
    const directory = await mkdtemp(join(tmpdir(), "rollcall-tls-"));
    onTestFinished(() => rm(directory, { recursive: true }));
    const at = (name: string): { readonly file: string } => ({ file: join(directory, name) });
    const [ca, cert, key] = [at("ca.crt"), at("tls.crt"), at("tls.key")];
    const rotate = async (authority: Pair, own: Pair): Promise<void> => {
      await writeFile(ca.file, authority.cert);
      await writeFile(cert.file, own.cert);
      await writeFile(key.file, own.key);
    };
    await rotate(pair, pair);
    const tls = { ca, cert, key, serverName: "etcd.test" };
    const seeds = [await memberOf(pair, pair)];
    const { fetch } = polling(etcdMembers({ seeds: async () => seeds, tls }));
    await fetch();
    await rotate(pair, other);
    await fetch(); // over the connection that is held
    await expect(fetchFrom(seeds[0] ?? "", tls)).rejects.toMatchObject({
      message: expect.stringContaining("hung up after the TLS handshake"),
    });
    expect(await fetchFrom(await memberOf(pair, other), tls)).toMatchObject({ clusterId: "c1" });
  });

  it("leaves no socket to a member that accepts TCP and never finishes the handshake", async () => {
    const frozen = use(await frozenMember());
    const { fetch } = polling(etcdMembers({ seeds: [frozen.url.replace("http:", "https:")], attemptTimeoutMs: 50 }));
    await expect(fetch()).rejects.toMatchObject({ code: "TIMEOUT" });
    await frozen.idle();
  });
});
