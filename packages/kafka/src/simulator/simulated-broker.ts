import { hostPort } from "@rollcall/core";
import type { SimulatedPort } from "@rollcall/core/provider";
import type { KafkaBroker } from "../kafka-broker.js";
import type { ApiName } from "./api-table.js";
import type { ClusterImage } from "./cluster-image.js";
import type { KafkaTestBroker } from "./kafka-test-cluster.js";
import type { ScriptedAnswer } from "./scripted-answer.js";

/** A broker as the operator holds it, with the process it has or had. */
export class SimulatedBroker implements KafkaTestBroker {
  readonly id: number;
  readonly rack: string;
  readonly #host: string;
  #port = 0;
  #listener: SimulatedPort | undefined;
  #frozen = false;
  /** It hears nothing of the controller. */
  lagging = false;
  /** What it knows of the cluster: everything it answers comes from here. */
  view: ClusterImage = { brokers: [], topics: [] };
  /** What it says instead, by request. */
  readonly scripts: Map<ApiName, ScriptedAnswer> = new Map();

  constructor(id: number, rack: string, host: string) {
    this.id = id;
    this.rack = rack;
    this.#host = host;
  }

  get address(): string {
    return hostPort.format({ host: this.#host, port: this.#port });
  }

  /** Where it listens, or did last; 0 = nowhere yet. */
  get port(): number {
    return this.#port;
  }

  /** It has a process. */
  get up(): boolean {
    return this.#listener !== undefined;
  }

  /** It has a process, and that runs. */
  get running(): boolean {
    return this.up && !this.#frozen;
  }

  /** How many clients are connected. */
  get connections(): number {
    return this.#listener?.connections ?? 0;
  }

  /** What it registers at the controller. */
  get registration(): KafkaBroker {
    return { id: this.id, host: this.#host, port: this.#port, rack: this.rack, fenced: false };
  }

  /** It has a process from now on, which listens here. */
  begin(listener: SimulatedPort): void {
    this.#listener = listener;
    this.#port = listener.port;
    this.#frozen = false;
    this.lagging = false;
  }

  /** Stops the process, or lets it go on. Throws if there is none. */
  freeze(frozen: boolean): void {
    if (this.#listener === undefined) throw new Error(`broker ${this.id} is down`);
    if (frozen === this.#frozen) return;
    this.#frozen = frozen;
    if (frozen) this.#listener.freeze();
    else this.#listener.thaw();
  }

  /** Ends the process, if there is one; resolves once the port refuses. */
  async end(how: "end" | "reset"): Promise<void> {
    const listener = this.#listener;
    this.#listener = undefined;
    await listener?.close(how);
  }
}
