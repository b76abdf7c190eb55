import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { AddressServer, addressServerUrl } from "../src/address-server.js";
import { httpGet } from "../src/http-get.js";
import { type Answering, localHttp, saying, status } from "./support/local-http.js";

const LIST = "10.0.0.1:9876;10.0.0.2:9876";
const ADDRESSES = ["10.0.0.1:9876", "10.0.0.2:9876"];

/** An address server with a server that answers so. */
async function served(answer: Answering) {
  const http = await localHttp(answer);
  const server = new AddressServer(addressServerUrl(`${http.url}/`, undefined), httpGet);
  return { http, read: (signal = new AbortController().signal) => server.read({ signal }) };
}

describe("an address server", () => {
  it("is asked as RocketMQ's clients ask it", async () => {
    const { http, read } = await served(saying(LIST));
    expect(await read()).toEqual(ADDRESSES);
    expect(http.requests.map(({ method, url }) => `${method} ${url}`)).toEqual(["GET /rocketmq/nsaddr"]);
    expect(http.requests[0]?.headers).toMatchObject({ host: `127.0.0.1:${http.port}`, "accept-encoding": "identity", connection: "close" });
  });

  it.each([
    ["http://h", undefined, undefined, "http://h/rocketmq/nsaddr"],
    ["http://h:8080/own", undefined, undefined, "http://h:8080/own"],
    ["http://h/", "blue", undefined, "http://h/rocketmq/nsaddr-blue?nofix=1"],
    ["http://h", "blue", { k: "v", l: "a b&" }, "http://h/rocketmq/nsaddr-blue?nofix=1&k=v&l=a+b%26"],
    ["http://h", undefined, { k: "v" }, "http://h/rocketmq/nsaddr?k=v"],
    ["http://h/own?a=1#x", "b/c", { k: "v" }, "http://h/own-b%2Fc?a=1&nofix=1&k=v"],
  ])("has the URL that %s, unit %s and parameters %j make", (url, unit, params, expected) => {
    expect(addressServerUrl(url, unit, params).href).toBe(expected);
  });

  it("is told the user of its URL, which its name keeps to itself", async () => {
    const { http } = await served(saying(LIST));
    const url = addressServerUrl(`http://app:s3cret@127.0.0.1:${http.port}/own?token=t`, undefined);
    const server = new AddressServer(url, httpGet);
    await server.read({ signal: new AbortController().signal });
    expect(http.requests[0]?.headers.authorization).toBe(`Basic ${btoa("app:s3cret")}`);
    expect(server.name).toBe(`${http.url}/own`);
  });

  it.each<[string, Answering, string]>([
    ["404", status(404), "[UNAVAILABLE] it answers 404"],
    ["500", status(500), "[UNAVAILABLE] it answers 500"],
    ["503", status(503), "[UNAVAILABLE] it answers 503"],
    ["204", status(204), "[UNAVAILABLE] it answers 204"],
    ["401", status(401), "[UNAUTHENTICATED] it answers 401"],
    ["403", status(403), "[UNAUTHENTICATED] it answers 403"],
    ["a list in an error page", (response) => response.writeHead(500).end(LIST), "[UNAVAILABLE] it answers 500"],
    ["a 304 that nobody asked for", status(304), "[MALFORMED_RESPONSE] it answers 304 (not modified) without having been asked"],
    ["a redirect to nowhere", status(302), "[UNAVAILABLE] it answers 302"],
    ["a redirect to no URL", status(302, { location: "http://" }), "[UNAVAILABLE] it answers 302 and points to what is no URL"],
    ["an empty page", saying(""), "[EMPTY_METADATA] it lists no nameserver"],
    ["a blank page", saying(" \r\n "), "[EMPTY_METADATA] it lists no nameserver"],
    ["a page of HTML", saying("<html>It works!</html>"), '[MALFORMED_RESPONSE] "<html>It" is no host:port'],
    ["a malformed address", saying(`${LIST};oops`), '[MALFORMED_RESPONSE] "oops" is no host:port'],
    ["a huge page", saying("10.0.0.1:9876;".repeat(100_000)), "[MALFORMED_RESPONSE] it is longer than 65536 bytes"],
    [
      "what is compressed",
      (response) => response.writeHead(200, { "content-encoding": "gzip" }).end(gzipSync(LIST)),
      "[MALFORMED_RESPONSE] its answer is compressed, although that was not allowed",
    ],
    [
      "half an answer",
      (response) => response.writeHead(200, { "content-length": "100" }).write(LIST, () => response.destroy()),
      "[UNAVAILABLE] aborted",
    ],
    ["no answer", (response) => response.destroy(), "[UNAVAILABLE] socket hang up"],
    ["what is no HTTP", (response) => response.socket?.end("SSH-2.0-OpenSSH_9.2\r\n"), "[MALFORMED_RESPONSE] it does not speak HTTP"],
    [
      "another protocol",
      (response) => response.socket?.end("HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: h2c\r\n\r\n"),
      "[UNAVAILABLE] the connection was closed instead of an answer",
    ],
    [
      "more headers than anybody reads",
      (response) => response.socket?.end(`HTTP/1.1 200 OK\r\nx: ${"x".repeat(100_000)}\r\n\r\n`),
      "[MALFORMED_RESPONSE] it does not speak HTTP: Parse Error: Header overflow",
    ],
  ])("that answers %s is one clear error, and no connection stays", async (_what, answer, expected) => {
    const { http, read } = await served(answer);
    await expect(read()).rejects.toMatchObject({ message: expect.stringContaining(expected), source: "rocketmq" });
    await http.until(({ connections }) => connections === 0);
    expect(http.requests).toHaveLength(1);
  });

  it("that redirects, also to itself, is not followed: the error says where it points, and keeps the query to itself", async () => {
    const { http, read } = await served((response, { url }) => response.writeHead(302, { location: `${url}?token=s3cret` }).end());
    await expect(read()).rejects.toThrow(
      `it answers 302 and points to ${http.url}/rocketmq/nsaddr; redirects are not followed: configure that URL`,
    );
    expect(http.requests).toHaveLength(1);
  });

  it("that never stops talking is left as soon as it has said too much", async () => {
    const { http, read } = await served((response) => {
      const more = (): void => void (response.destroyed || response.write("10.0.0.1:9876;".repeat(100), () => setImmediate(more)));
      more();
    });
    await expect(read()).rejects.toThrow("it is longer than 65536 bytes");
    await http.until(({ connections }) => connections === 0);
  });

  it("where nobody listens is UNAVAILABLE", async () => {
    const { http, read } = await served(saying(LIST));
    await http.stop();
    await expect(read()).rejects.toThrow("[UNAVAILABLE] connect ECONNREFUSED");
  });

  it.each<[string, Answering]>([
    ["before its headers", () => undefined],
    ["in the middle of its body", (response) => response.writeHead(200).write("10.0.0.1:98")],
  ])("that hangs %s is left when the signal fires, with the signal's reason", async (_where, answer) => {
    const { http, read } = await served(answer);
    const patience = new AbortController();
    const reading = read(patience.signal).catch((error: unknown) => error);
    await http.until(({ requests }) => requests.length === 1);
    const reason = new Error("enough");
    patience.abort(reason);
    expect(await reading).toBe(reason);
    await http.until(({ connections }) => connections === 0);
  });
});
