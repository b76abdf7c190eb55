import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { describe, expect, it, onTestFinished } from "vitest";
import { nameServerArray } from "../src/name-server-array.js";
import { nsaddrServer } from "../src/nsaddr-server.js";
import { aliOnsProducer } from "./support/ali-ons-producer.js";
import { nameserverFeed } from "./support/nameserver-feed.js";

/** A nameserver that hangs up on everybody, and counts them. */
async function hangsUp() {
  let calls = 0;
  const server = createServer((socket) => {
    calls += 1;
    socket.destroy();
  }).listen(0, "127.0.0.1");
  onTestFinished(() => void server.close());
  await once(server, "listening");
  return { address: `127.0.0.1:${(server.address() as AddressInfo).port}`, calls: () => calls };
}

describe("row 25: a producer of ali-ons", () => {
  it("holds the very array that nameServerArray made, and asks the nameservers that are in it now", async () => {
    const [before, after] = [await hangsUp(), await hangsUp()];
    const feed = nameserverFeed();
    const [nameSrv] = await Promise.all([nameServerArray(feed.poller), feed.list(before.address)]);
    const producer = aliOnsProducer({ nameSrv });
    await producer.ready();
    const { _mqClient: client } = producer;
    expect(client._namesrvAddrList).toBe(nameSrv);
    await expect(client.getDefaultTopicRouteInfoFromNameServer("t", 1_000)).rejects.toThrow();
    expect([before.calls(), after.calls()]).toEqual([1, 0]);

    await feed.list(after.address);
    await expect(client.getDefaultTopicRouteInfoFromNameServer("t", 1_000)).rejects.toThrow();
    expect(client._namesrvAddrList).toBe(nameSrv);
    expect([before.calls(), after.calls()]).toEqual([1, 1]);
  });

  it("asks each of several nameservers in turn", async () => {
    const servers = [await hangsUp(), await hangsUp(), await hangsUp()];
    const feed = nameserverFeed();
    const [nameSrv] = await Promise.all([nameServerArray(feed.poller), feed.list(...servers.map(({ address }) => address))]);
    const producer = aliOnsProducer({ nameSrv });
    await producer.ready();
    await expect(producer._mqClient.getDefaultTopicRouteInfoFromNameServer("t", 1_000)).rejects.toThrow();
    expect(servers.map(({ calls }) => calls())).toEqual([1, 1, 1]);
  });

  it("reads what nsaddrServer serves as onsAddr, with a unit too", async () => {
    const feed = nameserverFeed();
    const server = await nsaddrServer(feed.poller);
    onTestFinished(() => server.close());
    await feed.list("127.0.0.1:1", "127.0.0.1:2");
    for (const unit of [{}, { unitName: "unit" }]) {
      const producer = aliOnsProducer({ onsAddr: server.url, ...unit });
      await producer.ready();
      expect(producer._mqClient._namesrvAddrList).toEqual(["127.0.0.1:1", "127.0.0.1:2"]);
    }
  });

  it("is told by nsaddrServer that nobody is known yet, and does not start with a list of nobody", async () => {
    const server = await nsaddrServer(nameserverFeed().poller);
    onTestFinished(() => server.close());
    await expect(aliOnsProducer({ onsAddr: server.url }).ready()).rejects.toThrow("ret.statusCode: 503");
  });
});
