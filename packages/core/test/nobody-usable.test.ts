import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { expect, onTestFinished, test } from "vitest";
import { type Endpoint, MetadataPoller } from "../src/index.js";
import { ManualClock } from "./support/manual-clock.js";

const bad = { id: "a", host: "10.0.0.1", port: "80" };

/** What the first poll says of an answer, and whether the guard held anything. */
async function firstPoll(endpoints: () => unknown): Promise<readonly [message: string | undefined, held: readonly unknown[]]> {
  const held: unknown[] = [];
  const hear = (message: unknown): void => void held.push(message);
  subscribe("rollcall:held", hear);
  onTestFinished(() => void unsubscribe("rollcall:held", hear));
  const clock = new ManualClock();
  const source = { key: "test", fetch: async () => 1, endpoints: endpoints as () => Iterable<Endpoint> };
  const poller = new MetadataPoller(source, { clock });
  onTestFinished(() => poller.close());
  poller.subscribe(() => undefined);
  await clock.advance(0);
  return [poller.status.error?.message, held];
}

test("an answer of which nothing is usable says why its first entry is not, and holds nothing back where nobody is known", async () => {
  const message =
    "[test] [EMPTY_METADATA] the answer lists nobody usable (its port is no integer from 1 to 65535); 0 known endpoints stay in use";
  expect(await firstPoll(() => [bad, { ...bad, id: "" }])).toEqual([message, []]);
});

test("an answer that lists nobody has no entry to blame", async () => {
  expect((await firstPoll(() => []))[0]).toBe("[test] [EMPTY_METADATA] the answer lists nobody usable; 0 known endpoints stay in use");
});

test.each([[{ members: [] }], [undefined], [7]])(
  "endpoints() that returns %j is malformed, and it is said whose fault that is",
  async (returned) => {
    expect((await firstPoll(() => returned))[0]).toBe("[test] [MALFORMED_RESPONSE] endpoints() returned no list");
  },
);
