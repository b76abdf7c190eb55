import { PortBlocks } from "@rollcall/core/provider";
import type { AcmeDbMember } from "../acme-db-members-metadata.js";
import type { AcmeDbSimulator, AcmeDbSimulatorMember, AcmeDbSimulatorOptions } from "./acme-db-simulator.js";
import { SimulatedMember } from "./simulated-member.js";

const HOST = "127.0.0.1";
const ZONES = ["a", "b", "c"];

/**
 * Starts a cluster of acme-db in this process, on loopback. Resolves once every member serves.
 *
 * @throws Error for a number of members that is out of bounds, or when no port is free
 */
export async function startAcmeDbSimulator(options: AcmeDbSimulatorOptions = {}): Promise<AcmeDbSimulator> {
  const { members = 3, token } = options;
  if (!(Number.isInteger(members) && members >= 1 && members <= 45)) throw new Error(`members: got ${members}, allowed is 1 to 45`);
  const cluster = new SimulatedCluster(token);
  try {
    for (let count = 0; count < members; count += 1) await cluster.grow();
  } catch (error) {
    await cluster[Symbol.asyncDispose]();
    throw error;
  }
  return cluster;
}

class SimulatedCluster implements AcmeDbSimulator {
  readonly #authorization: string | undefined;
  readonly #ports = new PortBlocks(HOST);
  readonly #members: SimulatedMember[] = [];
  /** Ids of those who are cut off. */
  readonly #isolated = new Set<string>();
  #born = 0;

  constructor(token: string | undefined) {
    this.#authorization = token === undefined ? undefined : `Bearer ${token}`;
  }

  get members(): readonly SimulatedMember[] {
    return [...this.#members];
  }

  get connections(): number {
    return this.#members.reduce((sum, { connections }) => sum + connections, 0);
  }

  async grow(): Promise<AcmeDbSimulatorMember> {
    const zone = ZONES[this.#born % ZONES.length] ?? "a";
    this.#born += 1;
    const id = `m${this.#born}`;
    const member = new SimulatedMember({ id, zone, host: HOST }, { list: () => this.#listOf(id), authorization: this.#authorization });
    await this.#ports.listen((port) => member.listen(port));
    this.#members.push(member);
    return member;
  }

  async remove(member: AcmeDbSimulatorMember): Promise<void> {
    const removed = this.#find(member);
    this.#members.splice(this.#members.indexOf(removed), 1);
    await removed.end();
  }

  async kill(member: AcmeDbSimulatorMember): Promise<void> {
    await this.#find(member).end();
  }

  async start(member: AcmeDbSimulatorMember): Promise<void> {
    const down = this.#find(member);
    await down.listen(down.port);
  }

  async move(member: AcmeDbSimulatorMember): Promise<void> {
    const moved = this.#find(member);
    await moved.end();
    await this.#ports.listen((port) => moved.listen(port));
  }

  freeze(member: AcmeDbSimulatorMember): void {
    this.#find(member).freeze();
  }

  thaw(member: AcmeDbSimulatorMember): void {
    this.#find(member).thaw();
  }

  isolate(member: AcmeDbSimulatorMember): void {
    this.#isolated.add(this.#find(member).id);
  }

  script(member: AcmeDbSimulatorMember, body: string): void {
    this.#find(member).script = body;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#members.map((member) => member.end()));
    await this.#ports.end();
  }

  /** What a member says of the cluster; the order is none of the protocol's promises. */
  #listOf(asked: string): string {
    const members = this.#members.map(({ id, host, port, zone }): AcmeDbMember => ({ id, host, port, zone }));
    const quorum = !this.#isolated.has(asked);
    return JSON.stringify({ quorum, members: quorum ? members : members.filter(({ id }) => id === asked) });
  }

  #find({ id }: AcmeDbSimulatorMember): SimulatedMember {
    const found = this.#members.find((member) => member.id === id);
    if (found === undefined) throw new Error(`there is no member ${id}`);
    return found;
  }
}
