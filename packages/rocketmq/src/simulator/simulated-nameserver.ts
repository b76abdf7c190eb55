import { hostPort } from "@rollcall/core";
import type { SimulatedClient } from "@rollcall/core/provider";
import { nameserverService } from "./nameserver-service.js";
import type { RocketmqTestNameserver } from "./rocketmq-test-cluster.js";
import { RouteTables } from "./route-tables.js";
import { ServerProcess } from "./server-process.js";
import type { SimulatorSettings } from "./simulator-options.js";

/** A nameserver as the operator holds it, with the process it has or had. */
export class SimulatedNameserver implements RocketmqTestNameserver {
  readonly process: ServerProcess;
  readonly #settings: SimulatorSettings;
  readonly #waitMs: number;
  #tables: RouteTables<SimulatedClient>;

  constructor(port: number, waitMs: number, settings: SimulatorSettings) {
    this.process = new ServerProcess(`nameserver ${hostPort.format({ host: settings.host, port })}`, port, settings);
    this.#settings = settings;
    this.#waitMs = waitMs;
    this.#tables = new RouteTables(settings.expiryMs);
  }

  get address(): string {
    return this.process.address;
  }

  /** Begins a life, in which it knows nothing yet. */
  async start(): Promise<void> {
    const { clock } = this.#settings;
    const readyAt = clock.now() + this.#waitMs;
    await this.process.begin(nameserverService(() => ({ tables: this.#tables, clock, readyAt })));
    this.forget();
  }

  /** Empties its tables. */
  forget(): void {
    this.#tables = new RouteTables(this.#settings.expiryMs);
  }

  /** Resolves once it does not list who was registered at this address, or does not run. */
  async dropped(address: string): Promise<void> {
    while (this.process.running && this.#tables.lists(address)) await new Promise((resolve) => setImmediate(resolve));
  }
}
