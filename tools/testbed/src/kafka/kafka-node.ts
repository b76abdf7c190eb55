import type { KafkaTestBroker } from "@rollcall/kafka/simulator";

/** One broker with what the operator knows about it. */
export class KafkaNode implements KafkaTestBroker {
  readonly id: number;
  /** As of its next start. */
  rack: string;
  /** What its process does. */
  state: "down" | "running" | "frozen" = "down";
  /** Whether the cluster lists it, dead or alive. */
  registered = false;
  /** Where it serves clients. */
  clientPort: number;
  /** Where it serves the other brokers and the operator, in plaintext. New at each start: whoever lists it knows of that start. */
  internalPort = 0;

  constructor(id: number, rack: string, clientPort: number) {
    this.id = id;
    this.rack = rack;
    this.clientPort = clientPort;
  }

  get address(): string {
    return `127.0.0.1:${this.clientPort}`;
  }

  /** The one that listens for the operator. */
  get usable(): boolean {
    return this.registered && this.state === "running";
  }
}
