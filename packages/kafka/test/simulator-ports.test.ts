import { once } from "node:events";
import { createServer } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { PortBlocks } from "../src/simulator/port-blocks.js";
import { brokerAt, simulator } from "./simulator-support.js";

const portOf = ({ address }: { readonly address: string }) => Number(new URL(`kafka://${address}`).port);
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

test("no port of a cluster is one that the system gives to others, and none is that of another cluster", async () => {
  const [one, other] = [await simulator(), await simulator()];
  await one.kill(brokerAt(one, 0));
  await one.start(brokerAt(one, 0), { move: true });
  const [ours, theirs] = [one, other].map((cluster) => [...cluster.brokers, { address: cluster.controllerAddress }].map(portOf));
  for (const port of [...(ours ?? []), ...(theirs ?? [])]) {
    expect(port).toBeGreaterThanOrEqual(10_000);
    expect(port).toBeLessThan(20_000);
  }
  expect(new Set(ours?.map(blockOf)).size).toBe(1);
  expect(new Set(theirs?.map(blockOf)).size).toBe(1);
  expect(blockOf(ours?.[0] ?? 0)).not.toBe(blockOf(theirs?.[0] ?? 0));
});

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
