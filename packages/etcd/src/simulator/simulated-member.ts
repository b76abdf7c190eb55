import type { ListedMember } from "./cluster-state.js";
import type { EtcdCluster, EtcdClusterMember } from "./etcd-cluster.js";
import { MemberServer } from "./member-server.js";
import { addMemberServices, type SharedCluster } from "./member-services.js";
import type { SimulatorSettings } from "./simulator-options.js";

/** How a member is started. */
export type StartOptions = NonNullable<Parameters<EtcdCluster["start"]>[1]>;

/** A member as the operator holds it, with the process it has or had. */
export class SimulatedMember implements EtcdClusterMember {
  readonly id: string;
  /** The id as the protocol carries it. */
  readonly decimalId: string;
  /** The name it publishes. */
  readonly name: string;
  /** How long it takes to answer, in milliseconds. */
  delayMs = 0;
  #clientUrl = "";
  #port = 0;
  #server: MemberServer | undefined;
  #stopped: Promise<void> | undefined;

  constructor(decimalId: string, name: string) {
    this.decimalId = decimalId;
    this.id = BigInt(decimalId).toString(16);
    this.name = name;
  }

  get clientUrl(): string {
    return this.#clientUrl;
  }

  /** What the list says of it while it is in contact. */
  get publishes(): Pick<ListedMember, "name" | "clientUrls"> {
    return { name: this.name, clientUrls: [this.#clientUrl] };
  }

  /** Nobody dials it, and nobody can: the members talk inside this process. */
  get peerUrl(): string {
    return `http://${this.name}.invalid:2380`;
  }

  /** How many clients are connected. */
  get connections(): number {
    return this.#server?.connections ?? 0;
  }

  /** Starts the process, with nothing flowing yet, on the port it had (`move`: on another). Rejects with the system's error. */
  async listen(settings: SimulatorSettings, cluster: SharedCluster, { move = false, advertise }: StartOptions): Promise<void> {
    const { host } = settings;
    const { scheme, credentials } = settings.clientPort(this.name);
    const server = await MemberServer.start(host, move ? 0 : this.#port, credentials);
    addMemberServices(server.services, this, cluster);
    this.#server = server;
    this.#port = server.port;
    this.#clientUrl = advertise ?? `${scheme}://${host.includes(":") ? `[${host}]` : host}:${server.port}`;
  }

  /** Lets bytes flow between clients and the process, or stops them. */
  flow(open: boolean): void {
    this.#server?.flow(open);
  }

  /** Ends the process, if there is one; resolves once the port refuses. */
  async stop(how: "end" | "reset"): Promise<void> {
    if (this.#server !== undefined) this.#stopped = this.#server.stop(how);
    this.#server = undefined;
    await this.#stopped;
  }
}
