import { isDiscoveryError } from "@rollcall/core";
import { onTestFinished } from "vitest";
import { askBrokers } from "../../src/broker-question.js";
import { kafkaError } from "../../src/kafka-error.js";
import type { KafkaAddress, KafkaClientOptions, KafkaConnection } from "../../src/kafka-transport.js";
import { kafkajsTransport } from "../../src/kafkajs-transport.js";
import type { BrokersAnswer } from "../../src/protocol/brokers-answer.js";
import { LoopbackBroker } from "./loopback-broker.js";

const never: AbortSignal = new AbortController().signal;

/** A broker that is stopped when the test is over. */
export async function listening(...how: Parameters<typeof LoopbackBroker.start>): Promise<LoopbackBroker> {
  const broker = await LoopbackBroker.start(...how);
  onTestFinished(() => broker[Symbol.asyncDispose]());
  return broker;
}

/** A connection that is closed when the test is over. */
export async function connected(address: KafkaAddress, client: KafkaClientOptions = {}, signal = never): Promise<KafkaConnection> {
  const connection = await kafkajsTransport(client).connect(address, { signal });
  onTestFinished(() => connection.close());
  return connection;
}

/** One poll, as a source makes it; a failure is classified. */
export async function polled(address: KafkaAddress, client: KafkaClientOptions = {}, signal = never): Promise<BrokersAnswer> {
  try {
    const connection = await kafkajsTransport(client).connect(address, { signal });
    try {
      return await askBrokers(connection, { signal });
    } finally {
      connection.close();
    }
  } catch (error) {
    throw kafkaError(error, "the broker");
  }
}

/** What a poll fails with. */
export async function failed(
  address: KafkaAddress,
  client: KafkaClientOptions = {},
): Promise<{ readonly code: string; readonly message: string }> {
  const error: unknown = await polled(address, client).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!isDiscoveryError(error)) throw new Error("it did not fail", { cause: error });
  return { code: error.code, message: error.message };
}

/** A promise, and what resolves it. */
export function gate<T>(): { readonly opened: Promise<T>; readonly open: (value: T) => void } {
  let open: (value: T) => void = () => undefined;
  const opened = new Promise<T>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}
