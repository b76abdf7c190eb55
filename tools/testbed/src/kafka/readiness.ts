import { once } from "node:events";
import { connect } from "node:net";
import { Kafka, type KafkaConfig, logLevel } from "kafkajs";
import { until } from "../until.js";
import { SASL_MECHANISM } from "./kafka-access.js";

/** Whether somebody listens on this port of 127.0.0.1. */
export async function isOpen(port: number): Promise<boolean> {
  const socket = connect(port, "127.0.0.1");
  const connected = await once(socket, "connect").catch(() => undefined);
  socket.destroy();
  return connected !== undefined;
}

/** Resolves once somebody, or nobody, listens there. */
export async function becomes(state: "open" | "closed", port: number): Promise<void> {
  const attempt = async () => {
    if ((await isOpen(port)) !== (state === "open")) throw new Error("not yet");
  };
  await until(attempt, { what: `port ${port} is ${state}`, pauseMs: 10 });
}

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
