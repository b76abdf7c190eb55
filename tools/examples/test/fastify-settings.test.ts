import { type EtcdSimulator, startEtcdSimulator } from "@rollcall/etcd/simulator";
import { Etcd3 } from "etcd3";
import { expect, it, onTestFinished, vi } from "vitest";
import { type Application, refuses, startApplication } from "./support/application.js";

const WATCH_CLIENT = `
import { Etcd3 } from "etcd3";
Etcd3.prototype.close = tell("client", Etcd3.prototype.close);`;

async function start(): Promise<{ readonly app: Application; readonly cluster: EtcdSimulator }> {
  const cluster = await startEtcdSimulator();
  onTestFinished(() => cluster[Symbol.asyncDispose]());
  const hosts = cluster.members.map(({ clientUrl }) => clientUrl);
  const etcd = new Etcd3({ hosts });
  await etcd.put("colour").value("blue");
  etcd.close();
  return { cluster, app: await startApplication("fastify-settings", { ETCD: hosts.join() }, WATCH_CLIENT) };
}

it("answers with settings, and says which members it knows and that it is ready", { timeout: 60_000 }, async () => {
  const { app } = await start();
  expect(await (await fetch(`${app.url}/settings/colour`)).json()).toEqual({ value: "blue" });
  expect((await fetch(`${app.url}/settings/none`)).status).toBe(404);
  expect(await (await fetch(`${app.url}/members`)).json()).toHaveLength(3);
  const ready = await fetch(`${app.url}/ready`);
  expect([ready.status, await ready.json()]).toMatchObject([200, { ready: true, endpoints: 3 }]);
});

it("answers the request in flight when it is terminated, then closes the client, then the poller, and ends", {
  timeout: 60_000,
}, async () => {
  const { app, cluster } = await start();
  await Promise.all(cluster.members.map((member) => cluster.freeze(member)));
  const answer = fetch(`${app.url}/settings/colour`);
  await vi.waitUntil(() => app.output().includes("asked /settings/colour"), 10_000);
  app.terminate();
  await refuses(app.url);
  expect(app.closed()).toEqual([]);
  await Promise.all(cluster.members.map((member) => cluster.thaw(member)));
  expect(await (await answer).json()).toEqual({ value: "blue" });
  expect(await app.ended).toEqual([0, null]);
  expect([app.closed(), app.complaints()]).toEqual([["client", "poller"], ""]);
});
