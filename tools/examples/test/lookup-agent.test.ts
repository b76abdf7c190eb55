import { once } from "node:events";
import { createServer } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { Worker } from "node:worker_threads";
import { expect, it, onTestFinished, vi } from "vitest";
import { ordersClient } from "../src/lookup-agent.js";

/** A member: says in every answer who it is. */
async function startMember(host: string, port: number): Promise<{ readonly port: number; kill(): void }> {
  const server = createServer((_request, response) => response.end(host)).listen(port, host);
  await once(server, "listening");
  const kill = (): void => void server.close().closeAllConnections();
  onTestFinished(kill);
  return { port: (server.address() as AddressInfo).port, kill };
}

/** A member whose machine is gone: it listens with a short queue, which is full, and takes nobody from it. */
async function startSilentMember(host: string, port: number): Promise<void> {
  const program = `
    const { parentPort, workerData } = require("node:worker_threads");
    require("node:net").createServer().listen({ ...workerData, backlog: 1 }, () => {
      parentPort.postMessage("listens");
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
    });`;
  const worker = new Worker(program, { eval: true, workerData: { host, port } });
  onTestFinished(async () => void (await worker.terminate()));
  await once(worker, "message");
  const queue = Array.from({ length: 4 }, () => connect({ host, port }).on("error", () => undefined));
  onTestFinished(() => queue.forEach((socket) => void socket.destroy()));
  await Promise.all(queue.slice(0, 2).map((socket) => once(socket, "connect")));
}

async function startCluster() {
  const first = await startMember("127.0.0.1", 0);
  const { port } = first;
  const second = await startMember("127.0.0.2", port);
  let hosts = ["127.0.0.1", "127.0.0.2"];
  const client = ordersClient(async () => hosts.map((host) => `${host}:${port}`), port);
  onTestFinished(() => client.close());
  const list = (...now: readonly string[]): void => {
    hosts = [...now];
  };
  /** Requests until the last ones were answered by exactly these members. None may fail. */
  const until = async (...members: readonly string[]): Promise<void> => {
    for (let lately: string[] = []; [...new Set(lately)].sort().join() !== members.join() || lately.length < 6; ) {
      lately = [...lately.slice(-5), await client.get("/")];
    }
  };
  return { first, second, port, client, list, until };
}

it("requests follow members that are replaced until no original one is left, and none fails", async () => {
  const { first, second, port, client, list, until } = await startCluster();
  await until("127.0.0.1", "127.0.0.2");

  first.kill(); // without a word, while it is listed
  await until("127.0.0.2");
  await startMember("127.0.0.3", port);
  list("127.0.0.2", "127.0.0.3");
  await client.poller.refresh();
  await until("127.0.0.2", "127.0.0.3");

  second.kill();
  await startMember("127.0.0.4", port);
  list("127.0.0.3", "127.0.0.4"); // nobody refreshes: the first request that meets the dead one does
  await until("127.0.0.3", "127.0.0.4");
  await vi.waitUntil(() => client.poller.snapshot?.endpoints.map(({ host }) => host).join() === "127.0.0.3,127.0.0.4");
});

it("a member that is silent costs a moment, and the poller is told", async () => {
  const { second, port, client, list, until } = await startCluster();
  await until("127.0.0.1", "127.0.0.2");
  second.kill();
  await startSilentMember("127.0.0.2", port);
  const suspect = vi.spyOn(client.poller, "suspect");
  list("127.0.0.1"); // nobody refreshes: the first request that meets the silent one does
  await until("127.0.0.1");
  expect(suspect.mock.calls).toContainEqual([{ host: "127.0.0.2", port }, { cause: "no answer within 250 ms" }]);
  await vi.waitUntil(() => client.poller.snapshot?.endpoints.map(({ host }) => host).join() === "127.0.0.1");
});

it("a socket goes by the same name", async () => {
  const { port, client } = await startCluster();
  const socket = connect({ host: "orders.cluster", port, lookup: client.lookup });
  await once(socket, "connect");
  expect(socket.remoteAddress).toMatch(/^127\.0\.0\.[12]$/);
  socket.destroy();
});

it("when everybody is down the request fails, and the members of the day after are found", async () => {
  const { first, second, port, client, list, until } = await startCluster();
  await client.get("/");
  first.kill();
  second.kill();
  await expect(client.get("/")).rejects.toMatchObject({ code: "ECONNREFUSED" });
  await startMember("127.0.0.3", port);
  list("127.0.0.3");
  await client.poller.refresh();
  await until("127.0.0.3");
});
