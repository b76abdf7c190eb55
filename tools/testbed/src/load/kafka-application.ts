import { Kafka, type KafkaConfig, logLevel } from "kafkajs";

/** How long one connection may take, in milliseconds, and how often an application asks again before it gives up. */
const CONNECTION_TIMEOUT_MS = 1_000;
const RETRY = { retries: 5, initialRetryTime: 50 } as const;

/**
 * kafkajs as an application that wants to know soon configures it: a connection may take 1 s, five retries that begin at 50 ms. It logs nothing.
 * @param client - what the brokers ask of a client (`ssl`, `sasl`), as it is now: kafkajs writes into its `sasl`, so it gets a copy
 * @param brokers - the list, or the function that says one
 */
export function kafkaApplication(client: Partial<KafkaConfig>, brokers: KafkaConfig["brokers"]): Kafka {
  // Undefined is no mechanism, but no absence either: kafkajs would try to authenticate.
  const sasl = client.sasl === undefined ? {} : { sasl: { ...client.sasl } };
  const settings = { connectionTimeout: CONNECTION_TIMEOUT_MS, retry: RETRY, logLevel: logLevel.NOTHING };
  return new Kafka({ ...client, ...sasl, ...settings, brokers });
}
