import { once } from "node:events";
import type { Worker } from "node:worker_threads";
import { expect, it, onTestFinished, vi } from "vitest";
import { startWorker } from "../src/worker-main.js";
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

/** A worker thread, and what it says. */
class Thread implements SomeWorker {
  told: SomeWorker["told"];
  readonly worker: Worker;
  readonly share: Disposable;

  constructor({ poller }: Shared, program: URL) {
    const { worker, share } = startWorker(poller, program);
    this.worker = worker;
    this.share = share;
    onTestFinished(async () => void (await worker.terminate()));
    worker.on("message", (message) => {
      if ("uses" in message) this.told = message;
    });
  }

  async call(): Promise<string> {
    return `${await this.ask("call", "called")}`;
  }

  ask(wish: string, reply: string): Promise<unknown> {
    return new Promise((resolve) => {
      const hear = (message: object): void => {
        if (!(reply in message)) return;
        this.worker.off("message", hear);
        resolve((message as Record<string, unknown>)[reply]);
      };
      this.worker.on("message", hear);
      this.worker.postMessage(wish);
    });
  }
}

async function startThreads(): Promise<{ readonly shared: Shared; readonly threads: readonly [Thread, Thread] }> {
  const shared = await startShared();
  const program = await bundled("worker-child.ts");
  const threads = [new Thread(shared, program), new Thread(shared, program)] as const;
  await everybodyUses(shared.poller, threads, addresses(shared.cluster.members));
  return { shared, threads };
}

it("worker threads follow the members while all of them are replaced, and no call fails", {
  timeout: 60_000,
}, async () => {
  const { shared, threads } = await startThreads();
  const calls = await replaceEverybody(shared, threads);
  expect(calls.filter((called) => !called.startsWith("127.0.0.1:"))).toEqual([]);
});

it("what one worker suspects is set aside in the main thread and in every worker, until it serves", { timeout: 60_000 }, async () => {
  const { shared, threads } = await startThreads();
  await freezeSomebody(shared, threads);
});

it("a worker's refresh is a poll of the main thread", async () => {
  const { shared, threads } = await startThreads();
  const before = shared.polls();
  expect(await threads[0].ask("refresh", "refreshed")).toBe(3);
  expect(shared.polls()).toBeGreaterThan(before);
});

it("a worker that closes its feed ends by itself; when the last is gone, terminated or not, nobody is polled", async () => {
  const { shared, threads } = await startThreads();
  const [polite, other] = threads;
  const exited = once(polite.worker, "exit");
  polite.worker.postMessage("close");
  expect(await exited).toEqual([0]);
  expect(shared.poller.status.nextAttemptAt ?? shared.cluster.connections).toBeGreaterThan(0);
  await other.worker.terminate();
  await vi.waitFor(() => expect([shared.poller.status.nextAttemptAt, shared.cluster.connections]).toEqual([undefined, 0]), {
    timeout: 10_000,
  });
});
