import type { KafkaClientOptions } from "../kafka-transport.js";
import type { KafkaSimulatorUser } from "./simulator-options.js";

/** The user of a cluster with SASL, at the brokers and in the hand of the client. */
export class SimulatedUser {
  readonly #sasl: { readonly mechanism: "plain" | "scram-sha-256"; readonly username: string; password: string };
  #now: KafkaSimulatorUser;

  constructor(user: KafkaSimulatorUser) {
    const { mechanism, username, password } = user;
    this.#sasl = { mechanism: mechanism === "PLAIN" ? "plain" : "scram-sha-256", username, password };
    this.#now = user;
  }

  /** As the brokers know it now. */
  get now(): KafkaSimulatorUser {
    return this.#now;
  }

  /** What kafkajs takes: the same object for ever. */
  get sasl(): NonNullable<KafkaClientOptions["sasl"]> {
    return this.#sasl as NonNullable<KafkaClientOptions["sasl"]>;
  }

  /** Gives it another password, on both sides. */
  rotate(password: string): void {
    this.#now = { ...this.#now, password };
    this.#sasl.password = password;
  }
}
