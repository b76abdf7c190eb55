import { once } from "node:events";
import { createServer } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { PortBlocks } from "../../src/provider/index.js";

const blockOf = (port: number) => Math.floor(port / 50);

async function blocks(): Promise<PortBlocks> {
  const ports = new PortBlocks("127.0.0.1");
  onTestFinished(() => ports.end());
  return ports;
}

async function serve(port: number): Promise<number> {
  const server = createServer().listen(port, "127.0.0.1");
  onTestFinished(() => void server.close());
  await once(server, "listening");
  return port;
}

test("a port is given once, and the next one where a program that knows nothing of blocks listens", async () => {
  const ports = await blocks();
  const first = await ports.listen(async (port) => port);
  const tried: number[] = [];
  const listening = await ports.listen(async (port) => {
    tried.push(port);
    if (tried.length === 1) await serve(port);
    return await serve(port);
  });
  expect(tried).toHaveLength(2);
  expect(listening).toBe(tried[1]);
  expect(tried).not.toContain(first);
});

test("a listen that resolves with nothing is asked once", async () => {
  const ports = await blocks();
  const tried: number[] = [];
  await ports.listen(async (port) => void tried.push(port));
  expect(tried).toHaveLength(1);
});

test("a port is taken whichever realm the error is of, as under Jest", async () => {
  const ports = await blocks();
  const tried: number[] = [];
  await ports.listen((port) => {
    tried.push(port);
    return tried.length === 1 ? Promise.reject({ code: "EADDRINUSE" }) : Promise.resolve();
  });
  expect(tried).toHaveLength(2);
});

test("when a block is used up another one follows", async () => {
  const ports = await blocks();
  const given: number[] = [];
  for (let count = 0; count < 50; count += 1) given.push(await ports.listen(async (port) => port));
  expect(new Set(given).size).toBe(50);
  expect(new Set(given.map(blockOf)).size).toBe(2);
});

test("what is wrong with the address and not with the port is said", async () => {
  const nowhere = new PortBlocks("192.0.2.1");
  await expect(nowhere.listen(async (port) => port)).rejects.toThrow("EADDRNOTAVAIL");
  const ports = await blocks();
  await expect(ports.listen(() => Promise.reject(new Error("no socket")))).rejects.toThrow("no socket");
});
