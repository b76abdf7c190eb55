import cluster, { type Worker } from "node:cluster";
import { once } from "node:events";
import { get } from "node:http";
import { json } from "node:stream/consumers";
import { expect, it, onTestFinished, vi } from "vitest";
import { shareWithWorkers } from "../src/cluster-primary.js";
import { bundled } from "./support/bundled.js";
import {
  addresses,
  everybodyUses,
  freezeSomebody,
  replaceEverybody,
  type Shared,
  type SomeWorker,
  startShared,
} from "./support/sharing-scenario.js";

/** A worker process, what it says, and the port that it shares with the others. */
class Process implements SomeWorker {
  told: SomeWorker["told"];
  readonly worker: Worker = cluster.fork();
  readonly #port: Promise<number>;

  constructor() {
    onTestFinished(() => void this.worker.process.kill("SIGKILL"));
    this.worker.on("message", (message: object) => {
      if ("uses" in message) this.told = message as SomeWorker["told"];
    });
    this.#port = once(this.worker, "listening").then(([{ port }]) => port as number);
  }

  async call(): Promise<string> {
    const [response] = await once(get({ host: "127.0.0.1", port: await this.#port, agent: false }), "response");
    return ((await json(response)) as { readonly called: string }).called;
  }
}

interface Running {
  readonly shared: Shared;
  readonly share: Disposable;
  readonly workers: readonly [Process, Process];
}

async function startWorkers(): Promise<Running> {
  const shared = await startShared();
  const exec = (await bundled("cluster-worker.ts")).pathname;
  cluster.setupPrimary({ exec, execArgv: [], args: [] });
  const share = shareWithWorkers(shared.poller, "etcd");
  onTestFinished(() => share[Symbol.dispose]());
  const workers = [new Process(), new Process()] as const;
  await everybodyUses(shared.poller, workers, addresses(shared.cluster.members));
  return { shared, share, workers };
}

it("worker processes follow the members while all of them are replaced, and no call fails", {
  timeout: 60_000,
}, async () => {
  const { shared, workers } = await startWorkers();
  const calls = await replaceEverybody(shared, workers);
  expect(calls.filter((called) => !called.startsWith("127.0.0.1:"))).toEqual([]);
});

it("what a worker process suspects is set aside in the primary and in every worker, until it serves", { timeout: 60_000 }, async () => {
  const { shared, workers } = await startWorkers();
  await freezeSomebody(shared, workers);
});

it("a worker that is killed has no part any more, another is forked in its place, and when the last is gone nobody is polled", {
  timeout: 60_000,
}, async () => {
  const { shared, workers } = await startWorkers();
  const [killed, polite] = workers;
  killed.worker.process.kill("SIGKILL");
  await once(killed.worker, "exit");
  const next = new Process();
  await everybodyUses(shared.poller, [polite, next], addresses(shared.cluster.members));
  next.worker.process.kill("SIGKILL");
  polite.worker.process.kill("SIGTERM");
  expect(await once(polite.worker, "exit")).toEqual([0, null]);
  await vi.waitFor(() => expect([shared.poller.status.nextAttemptAt, shared.cluster.connections]).toEqual([undefined, 0]), {
    timeout: 10_000,
  });
});

it("a primary that ends its share tells every worker, and they end as always", { timeout: 60_000 }, async () => {
  const { share, shared, workers } = await startWorkers();
  share[Symbol.dispose]();
  await shared.poller.close();
  await vi.waitFor(async () => expect(await workers[0].call()).toContain("the poller has been closed"), { timeout: 10_000 });
  for (const { worker } of workers) worker.process.kill("SIGTERM");
  expect(await Promise.all(workers.map(({ worker }) => once(worker, "exit")))).toEqual([
    [0, null],
    [0, null],
  ]);
});
