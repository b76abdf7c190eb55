import type { Socket } from "node:net";
import { type Endpoint, fromSeeds, hostPort, MetadataPoller, type MetadataSource } from "@rollcall/core";
import { fetch } from "undici";
import { afterEach, expect, it } from "vitest";
import { undiciDispatcher } from "../src/index.js";
import { BareServer, MemberServer } from "./support/server.js";

const url = "http://orders.cluster/";
const endings: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of endings.splice(0).reverse()) await end();
});

async function start(name: string): Promise<MemberServer> {
  const server = await MemberServer.start(name);
  endings.push(() => server.kill().catch(() => undefined));
  return server;
}

/** What fetch makes of the cluster. */
function following<T>(poller: MetadataPoller<T>) {
  const dispatcher = undiciDispatcher(poller);
  endings.push(
    () => poller.close(),
    () => dispatcher.destroy(),
  );
  return async (signal: AbortSignal = AbortSignal.timeout(10_000)): Promise<string> => {
    const response = await fetch(url, { dispatcher, signal });
    return await response.text();
  };
}

it("follows members that are replaced one by one until none of the first is left, and no request fails", async () => {
  const members = await Promise.all(["a", "b", "c"].map(start));
  const seeds = async (): Promise<readonly string[]> => members.map(({ endpoint }) => hostPort.format(endpoint));
  const poller = new MetadataPoller(fromSeeds(seeds), { minIntervalMs: 10 });
  const ask = following(poller);

  const failures: unknown[] = [];
  let lately: string[] = [];
  let stop = false;
  const caller = async (): Promise<void> => {
    while (!stop) {
      const name = await ask().catch((error: unknown) => void failures.push(error));
      lately = [...lately.slice(-29), `${name}`];
    }
  };
  const callers = [1, 2, 3].map(caller);

  for (const name of ["d", "e", "f"]) {
    members.push(await start(name));
    await poller.refresh();
    await expect.poll(() => lately).toContain(name);
    const gone = members.shift();
    await poller.refresh();
    await gone?.drain();
  }
  await expect.poll(() => [...new Set(lately)].sort()).toEqual(["d", "e", "f"]);
  stop = true;
  await Promise.all(callers);
  expect(failures).toEqual([]);
});

it("hides members that die before the poller knows", async () => {
  const [a, b] = [await start("a"), await start("b")];
  const poller = new MetadataPoller(fromSeeds([a, b].map(({ endpoint }) => hostPort.format(endpoint))));
  const ask = following(poller);
  await Promise.all([ask(), ask()]);
  const ended = [...b.sockets].map((socket) => new Promise((resolve) => socket.once("close", resolve)));
  await b.kill();
  await Promise.all(ended);
  await new Promise((resolve) => setImmediate(resolve)); // the client's end hears of it as well
  expect(await Promise.all([1, 2, 3, 4].map(() => ask()))).toEqual(["a", "a", "a", "a"]);
});

it("leaves a member that accepts and is silent, when a caller's time is up", async () => {
  let timeIsUp = new AbortController();
  const upWhenAsked = (socket: Socket): void =>
    void socket.once("data", () => timeIsUp.abort(new DOMException("the time is up", "TimeoutError")));
  const frozen = await BareServer.start("frozen", upWhenAsked);
  endings.push(() => frozen.kill());
  const [a, b] = [await start("a"), await start("b")];
  const source: MetadataSource<readonly Endpoint[]> = {
    key: "members",
    fetch: async () => [frozen.endpoint, a.endpoint, b.endpoint],
    endpoints: (listed) => listed,
    probe: async ({ id }, { signal }) => {
      if (id === "frozen") await new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
    },
  };
  const poller = new MetadataPoller(source, { minIntervalMs: 10, probe: { timeoutMs: 50, recheckMs: 60_000 } });
  const ask = following(poller);

  const outcomes: string[] = [];
  while (!outcomes.includes("the time is up")) {
    timeIsUp = new AbortController();
    outcomes.push(await ask(timeIsUp.signal).catch((error: Error) => error.message));
  }
  expect(outcomes.length).toBeLessThanOrEqual(3);
  await expect.poll(() => poller.status.aside).toMatchObject([{ id: "frozen", reason: "silent" }]);
  const later: string[] = [];
  for (let at = 0; at < 6; at += 1) later.push(await ask());
  expect(new Set(later)).toEqual(new Set(["a", "b"]));
});
