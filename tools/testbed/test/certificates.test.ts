import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { connect, createServer, type TLSSocket } from "node:tls";
import { expect, test } from "vitest";
import { createCertificateAuthority } from "../src/certificates.js";

test("a server and a client of the same authority accept each other, by address and by name", async () => {
  const authority = await createCertificateAuthority();
  const server = await authority.issue("server", ["127.0.0.1", "localhost"]);
  const client = await authority.issue("alice");
  const listener = createServer({ ...server, ca: authority.ca, requestCert: true }).listen(0, "127.0.0.1");
  await once(listener, "listening");
  const { port } = listener.address() as AddressInfo;
  for (const host of ["127.0.0.1", "localhost"]) {
    const accepted = once(listener, "secureConnection");
    const socket = connect({ ...client, ca: authority.ca, host: "127.0.0.1", port, ...(host === "localhost" && { servername: host }) });
    const [peer] = (await accepted) as [TLSSocket];
    expect(peer.authorized).toBe(true);
    expect(peer.getPeerCertificate().subject.CN).toBe("alice");
    if (!socket.authorized) await once(socket, "secureConnect");
    expect(socket.authorized).toBe(true);
    socket.destroy();
  }
  listener.close();
});

test("a certificate of another authority is refused", async () => {
  const [ours, theirs] = [await createCertificateAuthority(), await createCertificateAuthority()];
  const listener = createServer({ ...(await theirs.issue("server", ["127.0.0.1"])) }).listen(0, "127.0.0.1");
  await once(listener, "listening");
  const { port } = listener.address() as AddressInfo;
  const [error] = await once(connect({ ca: ours.ca, host: "127.0.0.1", port }), "error").catch((thrown: Error) => [thrown]);
  expect(String(error)).toMatch(/certificate/);
  listener.close();
});
