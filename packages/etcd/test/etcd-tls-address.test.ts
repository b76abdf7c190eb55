import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { createServer } from "node:tls";
import { ServerCredentials } from "@grpc/grpc-js";
import { expect, it } from "vitest";
import { grpcTransport } from "../src/etcd-transport.js";
import { selfSigned } from "./support/certificates.js";
import { LoopbackMember } from "./support/loopback-member.js";
import { votersAt } from "./support/member-list.js";
import { use } from "./support/polling.js";
import { warnings } from "./support/warnings.js";

interface Names {
  readonly serverName?: string;
  readonly tlsName?: string;
}

/** Asks a member at 127.0.0.1 whose certificate is for `carried`, which the client trusts. */
async function ask(carried: string, { serverName, tlsName }: Names = {}): Promise<number> {
  const { cert, key } = await selfSigned(carried);
  const credentials = ServerCredentials.createSsl(null, [{ private_key: Buffer.from(key), cert_chain: Buffer.from(cert) }]);
  const { url } = use(await new LoopbackMember(() => votersAt("https://h:1")).start(credentials));
  const address = { scheme: "https" as const, host: "127.0.0.1", port: Number(new URL(url).port), tlsName };
  const connection = grpcTransport({ ca: cert, serverName }).connect(address);
  use({ [Symbol.asyncDispose]: async () => connection.close() });
  const { signal } = new AbortController();
  return (await connection.call("/etcdserverpb.Cluster/MemberList", new Uint8Array(), { signal, metadata: {} })).length;
}

const NO_SERVER_NAME = "write the seed by a name that it carries, give the endpoint such a tlsName in mapEndpoint, or set tls.serverName";
const refusal = (names: string, name: string, cure = NO_SERVER_NAME): object => ({
  code: 14,
  details: `its certificate is for ${names}, not for ${name}: ${cure}`,
});

it.each<[string, string, Names]>([
  ["the host", "127.0.0.1", {}],
  ["serverName, IPv4", "10.0.0.1", { serverName: "10.0.0.1" }],
  ["serverName, IPv6", "fd00::1", { serverName: "fd00::1" }],
  ["serverName, IPv6 spelt differently", "fd00::1", { serverName: "FD00:0:0::0:1" }],
  ["the tlsName of an endpoint", "fd00::1", { tlsName: "fd00::1" }],
])("row 15: the certificate has to carry the address that is %s, and Node.js has nothing to say of it", async (_, carried, names) => {
  const warned = warnings(); // DEP0123, once in a process; Node.js 25 throws instead
  expect(await ask(carried, names)).toBeGreaterThan(0);
  expect(warned).toEqual([]);
});

it.each<[string, string, Names, object]>([
  ["another address", "10.0.0.1", {}, refusal("IP Address:10.0.0.1", "127.0.0.1")],
  [
    "another IPv6 address",
    "fd00::2",
    { serverName: "fd00::1" },
    refusal("IP Address:FD00:0:0:0:0:0:0:2", "fd00::1", "correct tls.serverName"),
  ],
  ["a host name", "etcd.test", { tlsName: "fd00::1" }, refusal("DNS:etcd.test", "fd00::1")],
  ["the name that is sent for an address", "ip-address.invalid", {}, refusal("DNS:ip-address.invalid", "127.0.0.1")],
  [
    "the address, when a name is asked for",
    "127.0.0.1",
    { serverName: "etcd.test" },
    refusal("IP Address:127.0.0.1", "etcd.test", "correct tls.serverName"),
  ],
])("refuses a certificate for %s", async (_, carried, names, error) => {
  await expect(ask(carried, names)).rejects.toMatchObject(error);
});

it.each<[string, Names]>([
  ["serverName", { serverName: "etcd.test." }],
  ["the tlsName of an endpoint", { tlsName: "etcd.test." }],
])("row 15: %s is sent without the dot that makes it absolute", async (_, { serverName, tlsName }) => {
  const sent: string[] = [];
  const server = createServer({
    SNICallback: (name, done) => {
      sent.push(name);
      done(new Error("nobody of that name"));
    },
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  use({ [Symbol.asyncDispose]: async () => void server.close() });
  const { port } = server.address() as AddressInfo;
  const connection = grpcTransport({ serverName }).connect({ scheme: "https", host: "127.0.0.1", port, tlsName });
  use({ [Symbol.asyncDispose]: async () => connection.close() });
  const { signal } = new AbortController();
  await expect(connection.call("/etcdserverpb.Cluster/MemberList", new Uint8Array(), { signal, metadata: {} })).rejects.toThrow();
  expect(new Set(sent)).toEqual(new Set(["etcd.test"]));
});
