import type { Seeds } from "@rollcall/core";
import type { Producer } from "rocketmq-client-nodejs";
import { expect, onTestFinished, vi } from "vitest";
import { EndingProducer } from "../../src/ending-producer.js";
import { type ProxiedProducer, rocketmqProxies } from "../../src/rocketmq-proxies.js";

/** What everybody sends to. */
export const TOPIC = "orders";

/** How long what has been begun may take, in milliseconds. */
export interface Patience {
  /** One send. At least 1000: the client takes no less. */
  readonly requestTimeout: number;
  /** All that a producer has begun when it is replaced. */
  readonly drainMs: number;
}

const nothing = (): void => undefined;
const quiet = { info: nothing, warn: nothing, error: nothing };
const optionsOf = ({ requestTimeout }: Patience) => ({ namespace: "", topics: [TOPIC], maxAttempts: 1, requestTimeout, logger: quiet });

/** A producer on these proxies, which ends with the test. It attempts nothing twice: what fails is seen. */
export function follow(proxies: Seeds, patience: Patience): ProxiedProducer {
  const followed = rocketmqProxies(proxies, optionsOf(patience), patience.drainMs);
  onTestFinished(async () => {
    await followed.producer[Symbol.asyncDispose]();
    await followed.poller.close();
  });
  return followed;
}

/** A producer that stays on this proxy, and ends with the test. */
export async function fixed(endpoints: string, patience: Patience): Promise<Producer> {
  const producer = new EndingProducer({ ...optionsOf(patience), endpoints });
  onTestFinished(() => producer.shutdown());
  await producer.startup();
  return producer;
}

/** Resolves once it is stored. */
export async function send(producer: Producer, text: string): Promise<void> {
  await producer.send({ topic: TOPIC, body: Buffer.from(text) });
}

/** What is replaced by what. */
export interface Replacement {
  /** `host:port` of the proxy that is listed at first. */
  readonly first: string;
  /** `host:port` of the one that takes its place. */
  readonly second: string;
  /** Ends the first one. Called once the producer on it has begun to leave. */
  readonly endFirst: () => PromiseLike<void>;
  readonly patience: Patience;
}

const WRITERS = 3;
const SENDS_BETWEEN = 100;

/**
 * Several writers send, one message after the other, while the list moves from one proxy to the other, and the first one ends; resolves with the producer that has left and how many
 * were sent, which say their number from 0. Rejects with the first send that fails.
 */
export async function replaceProxy({ first, second, endFirst, patience }: Replacement): Promise<{ left: Producer; sent: number }> {
  let listed = [first];
  const { producer, poller } = follow(async () => listed, patience);
  const control = await fixed(first, patience);
  const left = await producer.ready();
  let sent = 0;
  let isOver = false;
  const write = async (): Promise<void> => {
    while (!isOver) await send(await producer.ready(), String(sent++));
  };
  const goOn = (upTo = sent + SENDS_BETWEEN) => vi.waitUntil(() => sent >= upTo, 20_000);
  const operate = async (): Promise<void> => {
    await goOn();
    listed = [second];
    await poller.refresh();
    await vi.waitUntil(() => !left.isRunning(), 20_000);
    await endFirst();
    await goOn();
    isOver = true;
  };
  try {
    await Promise.all([operate(), ...Array.from({ length: WRITERS }, write)]);
  } finally {
    isOver = true;
  }
  await expect(send(control, "lost"), "the run is void unless the control fails").rejects.toThrow();
  return { left, sent };
}
