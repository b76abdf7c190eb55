import { Kafka, type KafkaConfig, logLevel } from "kafkajs";
import { until } from "../until.js";
import { SASL_MECHANISM } from "./kafka-access.js";

/** Resolves once a broker lets a user in with this password. */
export async function acceptsPassword(address: string, ssl: KafkaConfig["ssl"], username: string, password: string): Promise<void> {
  // Never the clients' own `sasl`, copied or not: kafkajs has put into it what authenticates with its password.
  const sasl = { mechanism: SASL_MECHANISM, username, password };
  const options = { ...(ssl !== undefined && { ssl }), sasl, brokers: [address], logLevel: logLevel.NOTHING, retry: { retries: 0 } };
  const attempt = async () => {
    const admin = new Kafka(options).admin();
    await admin.connect().finally(() => admin.disconnect());
  };
  await until(attempt, { what: `${address} accepts the password` });
}
