import { once } from "node:events";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { fromSeeds, MetadataPoller } from "@rollcall/core";
import { fetch } from "undici";
import { afterEach, expect, it } from "vitest";
import { clusterAgent } from "../src/undici-fetch.js";

const endings: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of endings.splice(0).reverse()) await end();
});

async function serve(answer: RequestListener): Promise<{ readonly address: string; readonly server: Server }> {
  const server = createServer(answer).listen(0, "127.0.0.1");
  await once(server, "listening");
  endings.push(() => void server.close().closeAllConnections());
  return { address: `127.0.0.1:${(server.address() as AddressInfo).port}`, server };
}

function polling(seeds: () => readonly string[]): MetadataPoller<readonly string[]> {
  const poller = new MetadataPoller(
    fromSeeds(async () => seeds()),
    { minIntervalMs: 10, guard: () => true },
  );
  endings.push(() => poller.close());
  return poller;
}

it("asks two clusters and an ordinary server with one dispatcher, follows redirects between them, and both clusters as they change", async () => {
  const elsewhere = await serve((_request, response) => void response.end("elsewhere"));
  const bills = await serve((_request, response) => void response.writeHead(307, { location: `http://${elsewhere.address}/` }).end());
  const first = await serve((_request, response) => void response.end("first"));
  const second = await serve((_request, response) => void response.end("second"));
  const busy = await serve((_request, response) => void response.writeHead(503).end());

  let listed = [first.address];
  const orders = polling(() => listed);
  const dispatcher = clusterAgent({ "http://orders.cluster": orders, "http://bills.cluster": polling(() => [bills.address]) });
  endings.push(() => dispatcher.close());
  const ask = async (url: string): Promise<string> => await (await fetch(url, { dispatcher })).text();

  expect(await ask("http://orders.cluster/")).toBe("first");
  expect(await ask("http://bills.cluster/")).toBe("elsewhere");
  expect(await ask(`http://${elsewhere.address}/`)).toBe("elsewhere");

  listed = [second.address, busy.address];
  await orders.refresh();
  expect([await ask("http://orders.cluster/"), await ask("http://orders.cluster/")]).toEqual(["second", "second"]);
});

it("hands on an answer that breaks off as broken, and never ends it with what another member says", async () => {
  const halfOf =
    (name: string): RequestListener =>
    (request, response) => {
      const status = request.headers.range === undefined ? 200 : 206;
      response.writeHead(status, { "content-length": status === 200 ? 10 : 5, "content-range": "bytes 5-9/10" });
      response.write(name.repeat(5), () => status === 200 && response.destroy());
    };
  const [a, b] = [await serve(halfOf("a")), await serve(halfOf("b"))];
  const dispatcher = clusterAgent({ "http://orders.cluster": polling(() => [a.address, b.address]) });
  endings.push(() => dispatcher.close());
  const response = await fetch("http://orders.cluster/", { dispatcher });
  await expect(response.text()).rejects.toThrow("terminated");
});
