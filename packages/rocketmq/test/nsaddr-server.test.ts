import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { networkInterfaces } from "node:os";
import { type EndpointFeed, MetadataPoller } from "@rollcall/core";
import { settle } from "@rollcall/testkit";
import { describe, expect, expectTypeOf, it, onTestFinished } from "vitest";
import { nameServerArray } from "../src/name-server-array.js";
import { type NsaddrServer, nsaddrServer } from "../src/nsaddr-server.js";
import type { NsaddrServerOptions } from "../src/nsaddr-server-options.js";
import type { RocketmqBrokers } from "../src/rocketmq-brokers-metadata.js";
import type { RocketmqNameservers } from "../src/rocketmq-nameservers-metadata.js";
import type { RocketmqTopicRoutes } from "../src/rocketmq-topic-route-metadata.js";
import { nameserverFeed } from "./support/nameserver-feed.js";
import { dial, ended, exchange, requestText } from "./support/raw-http.js";

async function serve(feed: EndpointFeed<RocketmqNameservers>, options?: NsaddrServerOptions): Promise<NsaddrServer> {
  const server = await nsaddrServer(feed, options);
  onTestFinished(() => server.close());
  return server;
}

async function get(url: string, headers: Record<string, string> = {}): Promise<readonly [status: number, body: string]> {
  const response = await fetch(url, { headers });
  return [response.status, await response.text()];
}

const hasIPv6 = Object.values(networkInterfaces()).some((some) => some?.some(({ address }) => address === "::1"));

/** What somebody who writes no types may pass. */
function brokersFeed(): EndpointFeed<RocketmqNameservers> {
  const fetch = async (): Promise<unknown> => ({ kind: "brokers", brokers: [], divergence: [] });
  const poller = new MetadataPoller({ key: "brokers", fetch, endpoints: () => [{ id: "a:10911", host: "a", port: 10_911 }] });
  onTestFinished(() => poller.close());
  return poller as EndpointFeed<unknown> as EndpointFeed<RocketmqNameservers>;
}

describe("row 25: a client of nsaddrServer", () => {
  it("gets one line with every nameserver in use, and what it may do with it", async () => {
    const feed = nameserverFeed();
    const { url, port } = await serve(feed.poller);
    await feed.list("10.0.0.2:9876", "10.0.0.1:9876", "[::1]:9876");
    expect(url).toBe(`http://127.0.0.1:${port}/rocketmq/nsaddr`);
    const response = await fetch(url);
    expect(await response.text()).toBe("10.0.0.1:9876;10.0.0.2:9876;[::1]:9876");
    expect(Object.fromEntries(response.headers)).toEqual({
      date: expect.any(String),
      "content-type": "text/plain; charset=utf-8",
      "content-length": "38",
      "cache-control": "no-cache",
      connection: "close",
      etag: expect.stringMatching(/^"[\w-]{43}"$/),
    });
  });

  it("is told to come again until there is a first list, and given every list after that", async () => {
    const feed = nameserverFeed();
    const { url } = await serve(feed.poller);
    await feed.list();
    const early = await fetch(url);
    expect([early.status, early.headers.get("retry-after"), early.headers.get("etag")]).toEqual([503, "1", null]);
    await feed.list("a:1");
    expect(await get(`${url}-unit?nofix=1`)).toEqual([200, "a:1"]);
    await feed.list("b:1", "a:1");
    expect(await get(url)).toEqual([200, "a:1;b:1"]);
  });

  it("is answered from a snapshot that the feed has already", async () => {
    const feed = nameserverFeed();
    await feed.list("a:1");
    expect(await get((await serve(feed.poller)).url)).toEqual([200, "a:1"]);
  });

  it("keeps the last list when nobody is listed, when polls fail and when the feed closes", async () => {
    const feed = nameserverFeed();
    const { url } = await serve(feed.poller);
    await feed.list("a:1");
    await feed.list();
    expect(await get(url)).toEqual([200, "a:1"]);
    await feed.poller.close();
    expect(await get(url)).toEqual([200, "a:1"]);
  });

  it("asks conditionally, and sees no change where the same addresses have other ids", async () => {
    const feed = nameserverFeed();
    const { url } = await serve(feed.poller);
    await feed.list("x@a:1", "y@b:1");
    const etag = (await fetch(url)).headers.get("etag") ?? "";
    await feed.list("y@a:1", "x@b:1");
    expect(await get(url, { "if-none-match": `"other", W/${etag}` })).toEqual([304, ""]);
    await feed.list("y@a:1", "x@c:1");
    expect(await get(url, { "if-none-match": etag })).toEqual([200, "a:1;c:1"]);
    expect(await get(url, { "if-none-match": "*" })).toEqual([304, ""]);
  });

  it("gets the same head and no body with HEAD", async () => {
    const feed = nameserverFeed();
    const { url, port } = await serve(feed.poller);
    await feed.list("a:1");
    const [got, head] = [await fetch(url), await fetch(url, { method: "HEAD" })];
    const fixed = ({ headers }: Response) => [...headers].filter(([name]) => name !== "date");
    expect([head.status, fixed(head)]).toEqual([200, fixed(got)]);
    expect(await exchange(port, requestText("HEAD /rocketmq/nsaddr HTTP/1.1"))).toMatch(/\r\ncontent-length: 3\r\n(?:.+\r\n)+\r\n$/);
  });

  it.skipIf(!hasIPv6)("finds it at an IPv6 address", async () => {
    const feed = nameserverFeed();
    const { url, port } = await serve(feed.poller, { host: "::1" });
    await feed.list("a:1");
    expect([url, await get(url)]).toEqual([`http://[::1]:${port}/rocketmq/nsaddr`, [200, "a:1"]]);
  });

  it("finds it at the path, host and port that were asked for", async () => {
    const feed = nameserverFeed();
    const { port } = await serve(feed.poller);
    await feed.list("a:1");
    const { url } = await serve(feed.poller, { host: "127.0.0.2", port, path: "/elsewhere" });
    expect(url).toBe(`http://127.0.0.2:${port}/elsewhere`);
    expect(await get(url)).toEqual([200, "a:1"]);
    expect(await get(url.replace("elsewhere", "rocketmq/nsaddr"))).toEqual([404, "only /elsewhere is served here\n"]);
  });
});

describe("the end of an nsaddrServer", () => {
  it("ends every connection, frees the port and leaves the feed; a second end does nothing", async () => {
    const feed = nameserverFeed();
    const server = await serve(feed.poller);
    await feed.list("a:1");
    const [idle, begun] = [await dial(server.port), await dial(server.port)];
    begun.write("GET /rocketmq/nsaddr HTTP/1.1\r\nHost:");
    const over = Promise.all([ended(idle), ended(begun)]);
    expect(feed.polls).toBe(true);

    await Promise.all([server.close(), server.close(), server[Symbol.asyncDispose]()]);
    await server.close();
    await over;
    expect(feed.polls).toBe(false);
    await expect(fetch(server.url)).rejects.toThrow();
    await serve(feed.poller, { port: server.port });
  });
});

describe("an nsaddrServer that cannot be", () => {
  it("says that the port is taken, and leaves the feed", async () => {
    const other = createServer().listen(0, "127.0.0.1");
    onTestFinished(() => void other.close());
    await once(other, "listening");
    const { port } = other.address() as AddressInfo;
    const feed = nameserverFeed();
    await expect(nsaddrServer(feed.poller, { port })).rejects.toMatchObject({
      code: "INVALID_OPTIONS",
      message: `[rocketmq] [INVALID_OPTIONS] host, port: got 127.0.0.1:${port} (EADDRINUSE), allowed is a port that nobody listens on, or 0 for any that is free`,
      cause: { code: "EADDRINUSE" },
    });
    expect(feed.polls).toBe(false);
  });

  it.each([
    ["192.0.2.1", "host, port: got 192.0.2.1:0 (EADDRNOTAVAIL), allowed is a host that is an address of this machine"],
    ["nobody.invalid", /^\[rocketmq\] .*host, port: got nobody.invalid:0 \(ENOTFOUND\), allowed is|EAI_AGAIN/],
  ])("says that %s is not of this machine", async (host, message) => {
    await expect(nsaddrServer(nameserverFeed().poller, { host })).rejects.toThrow(message);
  });

  it.each<[unknown, string]>([
    [{ port: "80" }, 'port: got "80", allowed is an integer from 0 to 65535'],
    [{ port: 65_536 }, "port: got 65536, allowed is an integer from 0 to 65535"],
    [{ port: -1 }, "port: got -1, allowed is"],
    [{ port: 1.5 }, "port: got 1.5, allowed is"],
    [{ host: "" }, 'host: got "", allowed is a name or an address of this machine, IPv6 without brackets'],
    [{ host: "[::1]" }, 'host: got "[::1]", allowed is'],
    [{ host: "http://a" }, 'host: got "http://a", allowed is'],
    [{ host: "a:80" }, 'host: got "a:80", allowed is'],
    [{ path: "" }, 'path: got "", allowed is text like "/rocketmq/nsaddr"'],
    [{ path: "nsaddr" }, 'path: got "nsaddr", allowed is'],
    [{ path: ":nsaddr" }, 'path: got ":nsaddr", allowed is'],
    [{ path: "/a?b" }, "path: got"],
    [{ path: "/a#b" }, "path: got"],
    [{ path: "/a b" }, "path: got"],
    [{ path: "/a\r\nb" }, "path: got"],
    [{ path: "/a/../b" }, "path: got"],
    [{ path: "/%2e/b" }, "path: got"],
    [{ path: `/${"a".repeat(256)}` }, "path: got"],
    [{ paths: "/" }, "option names: got paths, allowed is port, host, path"],
    [null, "the options: got null, allowed is an object"],
  ])("says what is wrong with %j, and leaves the feed alone", async (options, message) => {
    const feed = nameserverFeed();
    const wrong = nsaddrServer(feed.poller, options as NsaddrServerOptions);
    await expect(wrong).rejects.toMatchObject({ code: "INVALID_OPTIONS", message: expect.stringContaining(message) });
    expect(feed.polls).toBe(false);
  });

  it("refuses what is no feed, and a closed one", async () => {
    for (const wrong of [undefined, null, {}, ["a:1"]]) {
      await expect(nsaddrServer(wrong as unknown as EndpointFeed<RocketmqNameservers>)).rejects.toMatchObject({ code: "INVALID_OPTIONS" });
    }
    const { poller } = nameserverFeed();
    await poller.close();
    await expect(nsaddrServer(poller)).rejects.toMatchObject({ code: "CLOSED" });
  });

  it("refuses the feed of brokers, which types would not have let through, and serves none of it if it tells later", async () => {
    const wrong = brokersFeed();
    const server = await serve(wrong);
    await expect(nameServerArray(wrong)).rejects.toMatchObject({ code: "INVALID_OPTIONS" });
    await settle();
    expect(await get(server.url)).toEqual([503, "no nameserver is known yet\n"]);
    await expect(nsaddrServer(wrong)).rejects.toThrow("this is the feed of brokers, not of nameservers");
  });

  it("takes a feed of nameservers only, by its type", () => {
    type Feed = Parameters<typeof nsaddrServer>[0];
    expectTypeOf<EndpointFeed<RocketmqNameservers>>().toExtend<Feed>();
    expectTypeOf<EndpointFeed<RocketmqBrokers>>().not.toExtend<Feed>();
    expectTypeOf<EndpointFeed<RocketmqTopicRoutes>>().not.toExtend<Feed>();
    expectTypeOf<EndpointFeed<readonly string[]>>().not.toExtend<Feed>();
  });
});
