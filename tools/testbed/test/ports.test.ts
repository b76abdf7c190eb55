import { once } from "node:events";
import { createServer } from "node:net";
import { expect, test } from "vitest";
import { Ports } from "../src/ports.js";

test("ports stay below the range of outgoing connections and none is given twice", async () => {
  await using ports = new Ports();
  const taken = await Promise.all(Array.from({ length: 250 }, () => ports.take()));
  expect(new Set(taken).size).toBe(250);
  expect(Math.min(...taken)).toBeGreaterThanOrEqual(20_000);
  expect(Math.max(...taken)).toBeLessThan(30_000);
});

test("ports in a row are free, one after another, and nobody else's, even when several rows are taken at once", async () => {
  await using ports = new Ports();
  const stranger = createServer().listen((await ports.take()) + 2, "127.0.0.1");
  await once(stranger, "listening");
  const rows = (await Promise.all([ports.take(3), ports.take(), ports.take(3)])).map((last, index) =>
    index === 1 ? [last] : [last - 2, last - 1, last],
  );
  const taken = rows.flat();
  expect(new Set(taken).size).toBe(7);
  for (const port of taken) {
    const server = createServer().listen(port, "127.0.0.1");
    await once(server, "listening");
    server.close();
  }
  stranger.close();
});

test("two owners that begin their search at the same place share no block", async () => {
  await using one = new Ports(() => 0.42);
  await using other = new Ports(() => 0.42);
  const [a, b] = [await one.take(), await other.take()];
  expect(Math.floor(a / 200)).not.toBe(Math.floor(b / 200));
});

test("a port that somebody else listens on is left out", async () => {
  await using ports = new Ports();
  const next = (await ports.take()) + 1;
  const stranger = createServer().listen(next, "127.0.0.1");
  await once(stranger, "listening");
  expect(await ports.take()).toBe(next + 1);
  stranger.close();
});
