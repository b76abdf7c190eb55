import { startKafkaSimulator } from "@rollcall/kafka/simulator";
import type { StartKafka } from "../../scenarios/kafka-scenario.js";
import { createCertificateAuthority, type KafkaInstallation, type Missing, startRealKafka } from "../../src/index.js";

/** Scenarios run on the simulator. */
export const startSimulated: StartKafka = async ({ brokers, secure = false } = {}) => {
  if (!secure) return startKafkaSimulator({ brokers });
  const { ca, issue } = await createCertificateAuthority();
  const { cert, key } = await issue("broker", ["127.0.0.1", "localhost"]);
  const tls = { ca: String(ca), cert: String(cert), key: String(key) };
  return startKafkaSimulator({
    brokers,
    security: { tls, sasl: { mechanism: "SCRAM-SHA-256", username: "rollcall", password: "first secret" } },
  });
};

/** Scenarios run on processes of this Kafka. */
export function startReal(kafka: KafkaInstallation | Missing): StartKafka {
  return async ({ brokers, secure = false, orderly = false } = {}) => {
    if ("reason" in kafka) throw new Error(kafka.reason);
    return startRealKafka({ ...kafka, brokers, processes: !orderly, security: secure ? "sasl-tls" : "plaintext" });
  };
}
