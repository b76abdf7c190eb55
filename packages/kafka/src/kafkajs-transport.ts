/// <reference path="./kafkajs-inner.d.cts" />
import type { KafkaClientOptions, KafkaTransport } from "./kafka-transport.js";
import { KafkajsConnection, unlessAborted } from "./kafkajs-connection.js";
import { kafkajsModules } from "./kafkajs-modules.js";

/**
 * Brokers as kafkajs reaches them: its own code does TLS and SASL, with every mechanism it knows or was given. Nothing is kept between connections, and none has a
 * timer. A frame of more than 8 MiB ends the connection with `MALFORMED_RESPONSE` before any of it is stored.
 *
 * `connect` rejects with `INVALID_OPTIONS` if kafkajs is not installed, or is one whose inner modules are made otherwise, or if `socketFactory` returns no socket.
 *
 * @param client - how brokers are spoken to; kept, not copied
 */
export function kafkajsTransport(client: KafkaClientOptions): KafkaTransport {
  return {
    connect: async (address, { signal }) => {
      const modules = await unlessAborted(signal, kafkajsModules(importInner));
      signal.throwIfAborted();
      const connection = new KafkajsConnection(modules, client, address);
      const stop = (): void => connection.end(signal.reason);
      signal.addEventListener("abort", stop, { once: true });
      try {
        await connection.open();
        return connection;
      } catch (error) {
        connection.close();
        throw error;
      } finally {
        signal.removeEventListener("abort", stop);
      }
    },
  };
}

/** With literal names, so that a bundler finds them. */
function importInner(): Promise<[{ readonly default: unknown }, { readonly default: unknown }]> {
  return Promise.all([import("kafkajs/src/network/connection.js"), import("kafkajs/src/network/socketFactory.js")]);
}
