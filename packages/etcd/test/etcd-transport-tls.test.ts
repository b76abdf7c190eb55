import { ServerCredentials } from "@grpc/grpc-js";
import { generate } from "selfsigned";
import { describe, expect, it } from "vitest";
import { etcdMembers } from "../src/index.js";
import { frozenMember, LoopbackMember } from "./support/loopback-member.js";
import { votersAt } from "./support/member-list.js";
import { polling, use } from "./support/polling.js";

describe("TLS", () => {
  async function secured(): Promise<{ url: string; ca: string; cert: string; key: string }> {
    const alternative = { name: "subjectAltName" as const, altNames: [{ type: 2 as const, value: "etcd.test" }] };
    const made = await generate([{ name: "commonName", value: "etcd.test" }], { extensions: [alternative] });
    const pair = { private_key: Buffer.from(made.private), cert_chain: Buffer.from(made.cert) };
    const server = use(
      await new LoopbackMember(() => votersAt("https://h:1")).start(ServerCredentials.createSsl(Buffer.from(made.cert), [pair], true)),
    );
    return { url: server.url.replace("http:", "https:"), ca: made.cert, cert: made.cert, key: made.private };
  }

  it("asks with a client certificate, of a member whose certificate carries serverName", async () => {
    const { url, ...tls } = await secured();
    const { fetch } = polling(etcdMembers({ seeds: [url], tls: { ...tls, serverName: "etcd.test" } }));
    expect(await fetch()).toMatchObject({ clusterId: "c1" });
  });

  it("refuses a member whose certificate is for another name, or signed by nobody known", async () => {
    const { url, ...tls } = await secured();
    const { cert, key } = tls;
    const wrongName = polling(etcdMembers({ seeds: [url.replace("127.0.0.1", "localhost")], tls }));
    await expect(wrongName.fetch()).rejects.toMatchObject({ code: "UNAVAILABLE", message: expect.stringContaining("altnames") });
    const unknownCa = polling(etcdMembers({ seeds: [url], tls: { cert, key, serverName: "etcd.test" } }));
    await expect(unknownCa.fetch()).rejects.toMatchObject({ code: "UNAVAILABLE", message: expect.stringContaining("certificate") });
  });

  it("leaves no socket to a member that accepts TCP and never finishes the handshake", async () => {
    const frozen = use(await frozenMember());
    const { fetch } = polling(etcdMembers({ seeds: [frozen.url.replace("http:", "https:")], attemptTimeoutMs: 50 }));
    await expect(fetch()).rejects.toMatchObject({ code: "TIMEOUT" });
    await frozen.idle();
  });
});
