import { expect, test } from "vitest";
import { brokerAt, simulator } from "./simulator-support.js";

const portOf = ({ address }: { readonly address: string }) => Number(new URL(`kafka://${address}`).port);
const blockOf = (port: number) => Math.floor(port / 50);

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
