import { once } from "node:events";
import { connect } from "node:tls";
import { generate } from "selfsigned";
import { expect, test } from "vitest";
import type { SimulatedPort, SimulatedTls } from "../../src/provider/index.js";
import { frameOf, listening, PortClient } from "./support/port-client.js";

const { cert, private: key } = await generate([{ name: "commonName", value: "localhost" }], {
  extensions: [{ name: "subjectAltName", altNames: [{ type: 2, value: "localhost" }] }],
});

const speaking = (plaintext: SimulatedTls["plaintext"]) =>
  listening({ tls: { cert, key, plaintext }, conversation: (client) => (frame) => client.write(frame) });

function secureTo({ port }: SimulatedPort, ca = cert) {
  const socket = connect({ port, host: "127.0.0.1", servername: "localhost", ca });
  return { socket, client: new PortClient(socket) };
}

test.each(["serve", "alert", "close"] as const)("who speaks TLS is served with it, where plaintext means %s", async (plaintext) => {
  const port = await speaking(plaintext);
  const { socket, client } = secureTo(port);
  await once(socket, "secureConnect");
  client.say("a");
  await expect.poll(() => client.heard).toBe("a");
  expect(port.connections).toBe(1);
});

test("serve: who speaks no TLS is served on the same port, from its first byte", async () => {
  const client = await PortClient.to(await speaking("serve"));
  client.socket.write(Buffer.concat([frameOf("a"), frameOf("b")]));
  await expect.poll(() => client.heard).toBe("ab");
  client.say("c");
  await expect.poll(() => client.heard).toBe("abc");
});

test.each([
  ["alert", "15030300020250"],
  ["close", ""],
] as const)("%s: who speaks no TLS hears that, then the end", async (plaintext, heard) => {
  const client = await PortClient.to(await speaking(plaintext));
  client.say("a");
  await once(client.socket, "close");
  expect([Buffer.from(client.heard, "latin1").toString("hex"), client.ended]).toEqual([heard, "end"]);
});

test("a client that gives up the handshake is dropped, and others are served", async () => {
  const port = await speaking("alert");
  const distrusting = secureTo(port, "");
  await expect.poll(() => distrusting.client.ended).toMatch(/SELF_SIGNED|UNABLE_TO_VERIFY/);
  const silent = await PortClient.to(port);
  silent.socket.end();
  await expect.poll(() => port.connections).toBe(0);
  const { socket } = secureTo(port);
  await once(socket, "secureConnect");
});

test("while the port is frozen no hand is shaken, and no plaintext client hears anything", async () => {
  const port = await speaking("alert");
  port.freeze();
  const { socket, client } = secureTo(port);
  let shaken = false;
  socket.once("secureConnect", () => {
    shaken = true;
  });
  const plain = await PortClient.to(port);
  plain.say("a");
  client.say("b");
  await expect.poll(() => port.connections).toBe(2);
  expect([shaken, plain.heard]).toEqual([false, ""]);
  port.thaw();
  await expect.poll(() => client.heard).toBe("b");
  await expect.poll(() => plain.ended).toBe("end");
});

test("a client certificate can be asked for: what tls.createServer takes is taken", async () => {
  const tls = { cert, key, ca: cert, requestCert: true, plaintext: "close" } as const;
  const port = await listening({ tls, conversation: (client) => (frame) => client.write(frame) });
  const { client } = secureTo(port);
  await expect.poll(() => client.ended).toMatch(/CERTIFICATE_REQUIRED|ECONNRESET/);
});

test("a conversation over TLS learns that its client is gone", async () => {
  const seen: string[] = [];
  const port = await listening({
    tls: { cert, key, plaintext: "serve" },
    conversation: (client) => {
      void client.gone.then(() => seen.push("gone"));
      return (frame) => void seen.push(Buffer.from(frame).toString());
    },
  });
  const { client } = secureTo(port);
  client.say("a");
  await expect.poll(() => seen).toEqual(["a"]);
  client.socket.destroy();
  await expect.poll(() => seen).toEqual(["a", "gone"]);
});
