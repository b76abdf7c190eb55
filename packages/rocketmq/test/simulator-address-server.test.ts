import { once } from "node:events";
import { connect } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { type AddressServerMode, type RocketmqTestAddressServer, startAddressServer } from "../src/simulator/index.js";

const ADDRESSES = ["127.0.0.1:9876", "127.0.0.1:9877"];

async function addressServer(mode: AddressServerMode = "ok"): Promise<RocketmqTestAddressServer> {
  const server = await startAddressServer(ADDRESSES);
  onTestFinished(() => server[Symbol.asyncDispose]());
  server.mode = mode;
  return server;
}

test("it says one line, with a unit or parameters too, and 304 to whoever knows it", async () => {
  const server = await addressServer();
  for (const suffix of ["", "-unit?nofix=1", "?k=v"]) {
    const answer = await fetch(`${server.url}${suffix}`);
    expect([answer.status, await answer.text()]).toEqual([200, "127.0.0.1:9876;127.0.0.1:9877"]);
  }
  const etag = (await fetch(server.url)).headers.get("etag") ?? "";
  expect((await fetch(server.url, { headers: { "if-none-match": etag } })).status).toBe(304);
  server.addresses = ["127.0.0.1:1"];
  expect(await (await fetch(server.url, { headers: { "if-none-match": etag } })).text()).toBe("127.0.0.1:1");
  expect(server.requests).toBe(6);
  expect((await fetch(new URL("/other", server.url))).status).toBe(404);
});

test.each<[AddressServerMode, number, string]>([
  ["empty", 200, ""],
  ["html", 200, "<!DOCTYPE html>"],
  ["redirect-loop", 302, ""],
  ["error-404", 404, "<html>"],
  ["error-500", 500, "<html>"],
  ["error-503", 503, "<html>"],
])("mode %s is %i", async (mode, status, begin) => {
  const server = await addressServer(mode);
  const answer = await fetch(server.url, { redirect: "manual" });
  expect([answer.status, (await answer.text()).slice(0, begin.length)]).toEqual([status, begin]);
  if (status === 302) expect(answer.headers.get("location")).toBe(server.url);
});

test("a slow body comes byte by byte, and an endless one for as long as somebody reads", async () => {
  const slow = await addressServer("trickle");
  slow.addresses = ["a:1"];
  const chunks: string[] = [];
  const answer = await fetch(slow.url);
  for await (const chunk of answer.body ?? []) chunks.push(Buffer.from(chunk).toString());
  expect(chunks).toEqual(["a", ":", "1"]);
  const endless = await addressServer("endless");
  let bytes = 0;
  for await (const chunk of (await fetch(endless.url)).body ?? []) {
    bytes += chunk.length;
    if (bytes > 1_000_000) break;
  }
  expect(bytes).toBeGreaterThan(1_000_000);
});

test("a request that hangs goes on hanging when others are answered, until the server stops; it starts at the same address", async () => {
  const server = await addressServer("hang");
  const socket = connect(Number(new URL(server.url).port), "127.0.0.1");
  socket.on("error", () => {}).write("GET /rocketmq/nsaddr HTTP/1.1\r\nHost: a\r\n\r\n");
  await expect.poll(() => server.requests).toBe(1);
  server.mode = "ok";
  expect((await fetch(server.url)).status).toBe(200);
  expect(socket.bytesRead).toBe(0);
  const closed = once(socket.resume(), "close");
  const { url } = server;
  await server.stop();
  await closed;
  await expect(fetch(url)).rejects.toThrow();
  await expect(server.stop()).rejects.toThrow("is down");
  await server.start();
  expect([server.url, (await fetch(url)).status]).toEqual([url, 200]);
  await expect(server.start()).rejects.toThrow("runs already");
});
