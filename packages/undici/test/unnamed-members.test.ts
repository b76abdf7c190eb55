import { subscribe, unsubscribe } from "node:diagnostics_channel";
import type { Endpoint } from "@rollcall/core";
import type { Dispatcher } from "undici";
import { expect, it, onTestFinished } from "vitest";
import { undiciDispatcher } from "../src/index.js";
import { sceneOfEachTest } from "./support/scene.js";

const scene = sceneOfEachTest();
const hosts = ["node.1", "fe80::1%eth0", "10.0.0.08", "1.2.3.999", "a?b", "a#b", "a@b", "a\\b"];
const unnamed = (host: string): Endpoint => ({ id: host, host, port: 80 });

async function ask(dispatcher: Dispatcher): Promise<string> {
  return await (await dispatcher.request({ origin: "http://orders.cluster", path: "/", method: "GET" })).body.text();
}

/** What sinks failed with. */
function sinkErrors(): readonly unknown[] {
  const errors: unknown[] = [];
  const told = (message: unknown): void => void errors.push((message as { readonly error: unknown }).error);
  subscribe("rollcall:sink-error", told);
  onTestFinished(() => void unsubscribe("rollcall:sink-error", told));
  return errors;
}

it.each(hosts)("a member at %s, which no URL can name, costs the others nothing, and rollcall:sink-error tells of it", async (host) => {
  const errors = sinkErrors();
  const [a, b] = [await scene().server("a"), await scene().server("b")];
  await scene().list(unnamed(host), a.endpoint);
  const dispatcher = scene().dispatcher();
  expect([await ask(dispatcher), await ask(dispatcher)]).toEqual(["a", "a"]);
  await expect.poll(() => errors.length).toBeGreaterThan(1); // it is told again and says the same
  expect(new Set(errors.map(String)).size).toBe(1);
  expect(errors[0]).toMatchObject({ code: "MALFORMED_RESPONSE", message: expect.stringContaining("no URL can name the member") });
  await scene().list(unnamed(host), b.endpoint);
  expect([await ask(dispatcher), await ask(dispatcher)]).toEqual(["b", "b"]);
  expect(scene().suspicions).toEqual([]);
});

it("a cluster in which nobody can be named fails requests with one error that says who", async () => {
  await scene().list(...hosts.map(unnamed));
  await expect(ask(scene().dispatcher())).rejects.toThrow(/no URL can name the member .*"\[fe80::1%eth0\]:80", "node\.1:80"/);
});

it("a handler that throws when it is told of a failure is told once, and throws to whoever called dispatch()", async () => {
  let told = 0;
  const handler = {
    onRequestStart: () => undefined,
    onResponseError: () => {
      told += 1;
      throw new Error("the handler's own");
    },
  };
  const waiting = undiciDispatcher(scene().poller);
  waiting.dispatch({ origin: "http://orders.cluster", path: "/", method: "GET" }, handler);
  await waiting.close(); // an unhandled rejection would fail the run
  await new Promise((resolve) => setImmediate(resolve));
  expect(told).toBe(1);

  await scene().start("a");
  await scene().poller.ready();
  const refused = { origin: "http://orders.cluster", path: "/", method: "GET", body: 5 as never } as const;
  expect(() => scene().dispatcher().dispatch(refused, handler)).toThrow("the handler's own");
  expect(told).toBe(2);
});
