import type { Socket } from "node:net";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { type NsaddrLimits, type NsaddrServer, nsaddrServer, nsaddrServerWithin } from "../src/nsaddr-server.js";
import { nameserverFeed } from "./support/nameserver-feed.js";
import { answerOf, dial, ended, exchange, requestText } from "./support/raw-http.js";

const GET = requestText("GET /rocketmq/nsaddr HTTP/1.1");
const HEAD = requestText("HEAD /rocketmq/nsaddr HTTP/1.1");
const GOOD = /^HTTP\/1\.1 200 OK\r\n(?:.+\r\n)+\r\na:1$/;

async function serve(limits?: Partial<NsaddrLimits>, ...listed: readonly string[]): Promise<NsaddrServer> {
  const feed = nameserverFeed();
  await feed.list(...(listed.length > 0 ? listed : ["a:1"]));
  const all = { connections: 8, requestMs: 500, checkMs: 20, ...limits };
  const server = limits === undefined ? await nsaddrServer(feed.poller) : await nsaddrServerWithin(all, feed.poller, {});
  onTestFinished(() => server.close());
  return server;
}

/** One byte of a request that never ends, again and again until the server has had enough. */
function trickle(socket: Socket, byte: string): void {
  const timer = setInterval(() => socket.write(byte), 10);
  socket.once("close", () => clearInterval(timer));
}

describe("row 25: nsaddrServer answers", () => {
  it.each<[string, string, string | RegExp]>([
    ["HTTP/1.0", "GET /rocketmq/nsaddr HTTP/1.0\r\n\r\n", GOOD],
    ["HTTP/1.0 that wants to stay", "GET /rocketmq/nsaddr HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", GOOD],
    ["the absolute form", requestText("GET http://jmenv.tbsite.net:8080/rocketmq/nsaddr HTTP/1.1"), GOOD],
    ["a body that nobody asked for", `${requestText("GET /rocketmq/nsaddr HTTP/1.1", "Content-Length: 4")}body`, GOOD],
    ["a body that does not come", requestText("GET /rocketmq/nsaddr HTTP/1.1", "Content-Length: 4"), GOOD],
    ["a wish for another protocol", requestText("GET /rocketmq/nsaddr HTTP/1.1", "Connection: upgrade", "Upgrade: websocket"), GOOD],
    ["an expectation that it does not know", requestText("GET /rocketmq/nsaddr HTTP/1.1", "Expect: nonsense").repeat(2), GOOD],
    ["the first of several requests in one go, and only that", GET.repeat(100), GOOD],
    [
      "POST",
      `${requestText("POST /rocketmq/nsaddr HTTP/1.1", "Content-Length: 4")}body`,
      /^HTTP\/1\.1 405 (?:.+\r\n)*allow: GET, HEAD\r\n/i,
    ],
    ["another path", requestText("GET /../../etc/passwd HTTP/1.1"), /^HTTP\/1\.1 404 /],
    ["a URL that is too long", requestText(`GET /rocketmq/nsaddr?${"a".repeat(10_000)} HTTP/1.1`), /^HTTP\/1\.1 431 /],
    ["a header that is too long", requestText("GET /rocketmq/nsaddr HTTP/1.1", `X: ${"a".repeat(10_000)}`), /^HTTP\/1\.1 431 /],
    ["too many headers", requestText("GET /rocketmq/nsaddr HTTP/1.1", ...Array(5_000).fill("X: a")), /^HTTP\/1\.1 431 /],
    ["no Host", "GET /rocketmq/nsaddr HTTP/1.1\r\n\r\n", /^HTTP\/1\.1 400 /],
    ["a blank in the target", requestText("GET /rocketmq/ nsaddr HTTP/1.1"), /^HTTP\/1\.1 400 /],
    ["two lengths", requestText("GET /rocketmq/nsaddr HTTP/1.1", "Content-Length: 4", "Transfer-Encoding: chunked"), /^HTTP\/1\.1 400 /],
    ["a tunnel", requestText("CONNECT a:1 HTTP/1.1"), ""],
    ["bytes that are no HTTP", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", /^HTTP\/1\.1 400 /],
  ])("%s, and ends the connection", async (_, bytes, answer) => {
    const { port } = await serve({ requestMs: 5_000 });
    const got = await exchange(port, bytes);
    if (typeof answer === "string") expect(got).toBe(answer);
    else expect(got).toMatch(answer);
    expect(got.match(/HTTP\/1/g) ?? []).toHaveLength(answer === "" ? 0 : 1);
    expect(await exchange(port, GET)).toMatch(GOOD);
  });
});

describe("row 25: nsaddrServer is done with a client that", () => {
  it.each<[string, string, string]>([
    ["says nothing", "", ""],
    ["sends a request slowly", "GET /", "a"],
    ["sends a header slowly", "GET /rocketmq/nsaddr HTTP/1.1\r\nHost: a\r\n", "X"],
  ])("%s, and serves others meanwhile", async (_, first, then) => {
    const { port } = await serve({});
    const slow = await dial(port);
    slow.write(first);
    if (then !== "") trickle(slow, then);
    const answer = answerOf(slow);
    expect(await exchange(port, GET)).toMatch(GOOD);
    expect(await answer).toMatch(/^$|^HTTP\/1\.1 4\d\d /);
  });

  it("never reads: its place is free again", async () => {
    // More than the system keeps for a client that does not read.
    const long = Array.from({ length: 60 }, (_, at) => `${"a".repeat(500_000)}${at}:1`);
    const { port } = await serve({ connections: 1 }, ...long);
    const deaf = await dial(port);
    deaf.pause().write(GET);
    await vi.waitFor(async () => expect(await exchange(port, HEAD)).toMatch(/^HTTP\/1\.1 200 /), 10_000);
  }, 20_000);

  it("resets the connection", async () => {
    const { port } = await serve({});
    for (const bytes of ["", "GET /rock", GET]) {
      const socket = await dial(port);
      socket.write(bytes);
      socket.resetAndDestroy();
    }
    expect(await exchange(port, GET)).toMatch(GOOD);
  });
});

describe("row 25: nsaddrServer bounds", () => {
  it("the connections that idle clients hold, and serves again once they have been ended", async () => {
    const { port } = await serve({ connections: 20 });
    const sockets = await Promise.all(Array.from({ length: 100 }, () => dial(port)));
    let open = sockets.length;
    const over = sockets.map(async (socket) => {
      await ended(socket);
      open -= 1;
    });
    await vi.waitUntil(() => open <= 20);
    expect(open).toBeGreaterThan(0);
    await Promise.all(over);
    expect(await exchange(port, GET)).toMatch(GOOD);
  });

  it("nothing that usual clients need: hundreds at once are all served", async () => {
    const { port } = await serve();
    const answers = await Promise.all(Array.from({ length: 300 }, () => exchange(port, GET)));
    expect(answers.filter((answer) => GOOD.test(answer))).toHaveLength(300);
  });
});
