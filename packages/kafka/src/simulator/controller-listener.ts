import { hostPort } from "@rollcall/core";
import type { PortBlocks, SimulatedPort } from "@rollcall/core/provider";
import { ClientSession } from "./client-session.js";
import { listenForClients } from "./listen-for-clients.js";
import { SaslGate } from "./sasl-gate.js";
import { controllerService, type SharedCluster } from "./services.js";

/** The controller's process, as far as clients can see it: it asks nothing of them, whatever the brokers do. */
export class ControllerListener {
  readonly #host: string;
  readonly #shared: SharedCluster;
  readonly #ports: PortBlocks;
  #port = 0;
  #listener: SimulatedPort | undefined;

  constructor(host: string, shared: SharedCluster, ports: PortBlocks) {
    this.#host = host;
    this.#shared = shared;
    this.#ports = ports;
  }

  /** Where it listens, or did last. */
  get address(): string {
    return hostPort.format({ host: this.#host, port: this.#port });
  }

  /** How many clients are connected. */
  get connections(): number {
    return this.#listener?.connections ?? 0;
  }

  /** Listens, on the port it had. Rejects with the system's error. */
  async begin(): Promise<void> {
    const service = controllerService(() => ({ host: this.#host, port: this.#port }), this.#shared);
    const session = (): ClientSession => new ClientSession(service, new SaslGate(undefined));
    const listen = (port: number): Promise<SimulatedPort> => listenForClients(this.#host, port, undefined, session);
    this.#listener = await (this.#port === 0 ? this.#ports.listen(listen) : listen(this.#port));
    this.#port = this.#listener.port;
  }

  /** Resets every connection and resolves once the port refuses. */
  async end(): Promise<void> {
    const listener = this.#listener;
    this.#listener = undefined;
    await listener?.close("reset");
  }
}
