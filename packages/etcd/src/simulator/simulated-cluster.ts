import { AuthStore } from "./auth-store.js";
import {
  type ClusterState,
  connected,
  hasLeader,
  hasQuorum,
  inContact,
  type MemberState,
  memberOf,
  reachable,
  withMember,
} from "./cluster-state.js";
import { Consensus } from "./consensus.js";
import type { EtcdCluster, EtcdClusterMember } from "./etcd-cluster.js";
import { EtcdRefusal } from "./etcd-refusal.js";
import type { EtcdSimulator } from "./etcd-simulator.js";
import { idMaker } from "./id-maker.js";
import { KeyValueStore } from "./key-value-store.js";
import type { SharedCluster } from "./member-services.js";
import { memberAdded, memberPromoted, memberRemoved } from "./membership.js";
import { SimulatedMember, type StartOptions } from "./simulated-member.js";
import { type EtcdSimulatorOptions, type SimulatorSettings, simulatorSettings } from "./simulator-options.js";

/**
 * Starts a cluster of real gRPC servers on free ports of this machine; it speaks etcd 3.7's MemberList, membership changes, Status,
 * Authenticate, Put and Range. Not simulated: watches, leases, transactions, roles, history; a cut-off member's serializable Range is
 * not stale. Resolves once it serves. Dispose it, or its sockets keep the process alive. Rejects with `INVALID_OPTIONS`.
 */
export async function startEtcdSimulator(options: EtcdSimulatorOptions = {}): Promise<EtcdSimulator> {
  const simulator = new SimulatedCluster(simulatorSettings(options));
  try {
    await simulator.bootstrap();
  } catch (error) {
    await simulator[Symbol.asyncDispose]();
    throw error;
  }
  return simulator;
}

class SimulatedCluster implements EtcdSimulator {
  readonly #settings: SimulatorSettings;
  readonly #consensus: Consensus;
  readonly #shared: SharedCluster;
  readonly #handles = new Map<string, SimulatedMember>();
  readonly calls = new Map<string, number>();
  readonly #nextId: () => string;
  #names = 0;

  constructor(settings: SimulatorSettings) {
    this.#settings = settings;
    this.#nextId = idMaker(settings.clock);
    this.#consensus = new Consensus(settings.clock, settings.electionMs, (state) => this.#openGates(state));
    this.#shared = {
      clusterId: this.#nextId(),
      consensus: this.#consensus,
      clock: settings.clock,
      store: new KeyValueStore(),
      auth: new AuthStore(settings.clock, settings.auth),
      nextId: this.#nextId,
      removed: (id) => void this.#end(this.#handle(id)),
      called: (method) => this.calls.set(method, (this.calls.get(method) ?? 0) + 1),
    };
  }

  async bootstrap(): Promise<void> {
    for (let index = 0; index < this.#settings.members; index += 1) await this.#join(false, "joining");
    this.#consensus.elect();
  }

  get members(): readonly EtcdClusterMember[] {
    return this.#consensus.state.members.map((member) => this.#handle(member.listed.id));
  }

  get connections(): number {
    return [...this.#handles.values()].reduce((sum, member) => sum + member.connections, 0);
  }

  async setPassword(username: string, password: string): Promise<void> {
    this.#shared.auth.setPassword(username, password);
  }

  async expireTokens(): Promise<void> {
    this.#shared.auth.expire();
  }

  slow(member: EtcdClusterMember, delayMs: number): void {
    this.#find(member).delayMs = delayMs;
  }

  async leader(): Promise<EtcdClusterMember> {
    return this.#handle(await this.#consensus.until((state) => (hasLeader(state) ? state.leader : undefined)));
  }

  async grow({ learner = false, start = true }: Parameters<EtcdCluster["grow"]>[0] = {}): Promise<EtcdClusterMember> {
    await this.leader();
    return await this.#join(learner, start ? "joining" : "down");
  }

  async growSilent(): Promise<EtcdClusterMember> {
    await this.leader();
    return await this.#join(false, "silent");
  }

  async promote(member: EtcdClusterMember): Promise<void> {
    const { decimalId } = this.#find(member);
    await this.#consensus.until((state) => {
      const learner = memberOf(state, decimalId);
      if (learner === undefined) throw new EtcdRefusal("memberNotFound");
      return inContact(state, learner) || undefined;
    });
    this.#consensus.change((state) => memberPromoted(state, decimalId));
  }

  async remove(member: EtcdClusterMember): Promise<void> {
    const removed = this.#find(member);
    await this.leader();
    this.#consensus.change((state) => memberRemoved(state, removed.decimalId));
    await this.#end(removed);
  }

  async replace(member: EtcdClusterMember): Promise<EtcdClusterMember> {
    const joined = await this.grow({ learner: true });
    await this.promote(joined);
    await this.remove(member);
    return joined;
  }

  async freeze(member: EtcdClusterMember): Promise<void> {
    this.#set(this.#running(member), { frozen: true });
  }

  async thaw(member: EtcdClusterMember): Promise<void> {
    const thawed = this.#running(member);
    this.#set(thawed, { frozen: false, ...(this.#state(thawed).process === "silent" && { process: "joining" }) });
    await this.#backInContact(thawed);
  }

  async kill(member: EtcdClusterMember): Promise<void> {
    const killed = this.#running(member);
    const stopped = killed.stop("reset");
    this.#set(killed, { process: "down", frozen: false });
    await stopped;
  }

  async start(member: EtcdClusterMember, how: StartOptions = {}): Promise<void> {
    const started = this.#find(member);
    if (this.#state(started).process !== "down") throw new Error(`member ${member.id} runs already`);
    await this.#launch(started, how, (state) => begun(state, started, "joining"));
    await this.#backInContact(started);
  }

  async isolate(member: EtcdClusterMember): Promise<void> {
    const isolated = this.#running(member);
    if (this.#state(isolated).frozen) throw new Error(`member ${member.id} is frozen: it cannot notice that it is isolated`);
    const others = this.#consensus.state.members.filter(({ listed }) => listed.id !== isolated.decimalId && !listed.learner);
    if (others.length === 0) throw new Error(`member ${member.id} is the only voter: it has nobody to be isolated from`);
    this.#set(isolated, { isolated: true });
    await this.#consensus.until(() => (this.#state(isolated).view.leader === undefined ? true : undefined));
  }

  async heal(member: EtcdClusterMember): Promise<void> {
    const healed = this.#find(member);
    this.#set(healed, { isolated: false });
    await this.#backInContact(healed);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#consensus.close();
    await Promise.all([...this.#handles.values()].map((member) => member.stop("end")));
  }

  /** Lists a new member, whose process is then `process`; unstarted, it has a port that refuses. */
  async #join(learner: boolean, process: MemberState["process"]): Promise<SimulatedMember> {
    const member = this.#handle(this.#nextId());
    const { decimalId: id, peerUrl } = member;
    await this.#launch(member, { move: true }, (state) => {
      const added = memberAdded(state, { id, peerUrls: [peerUrl], learner });
      return process === "down" ? added : begun(added, member, process);
    });
    if (process === "down") await member.stop("end");
    return member;
  }

  async #launch(member: SimulatedMember, how: StartOptions, enter: (state: ClusterState) => ClusterState): Promise<void> {
    await member.listen(this.#settings, this.#shared, how);
    try {
      this.#consensus.change(enter);
    } catch (error) {
      await (memberOf(this.#consensus.state, member.decimalId) === undefined ? this.#end(member) : member.stop("end"));
      throw error;
    }
  }

  /** Ends the process of a member that is in the list no more. */
  async #end(member: SimulatedMember): Promise<void> {
    await member.stop("end");
    this.#handles.delete(member.decimalId);
  }

  #openGates(state: ClusterState): void {
    for (const member of state.members) this.#handle(member.listed.id).flow(reachable(member));
  }

  /** Resolves once a member follows a leader again, or at once if it cannot. */
  async #backInContact(member: SimulatedMember): Promise<void> {
    await this.#consensus.until((state) => {
      const now = memberOf(state, member.decimalId);
      return now === undefined || !connected(now) || !hasQuorum(state) || inContact(state, now) || undefined;
    });
  }

  #set(member: SimulatedMember, change: Partial<MemberState>): void {
    this.#consensus.change((state) => withMember(state, member.decimalId, change));
  }

  #state(member: SimulatedMember): MemberState {
    const state = memberOf(this.#consensus.state, member.decimalId);
    if (state === undefined) throw new EtcdRefusal("memberNotFound");
    return state;
  }

  #running(member: EtcdClusterMember): SimulatedMember {
    const found = this.#find(member);
    if (this.#state(found).process === "down") throw new Error(`member ${member.id} does not run`);
    return found;
  }

  #find(member: EtcdClusterMember): SimulatedMember {
    const decimalId = String(BigInt(`0x${member.id}`));
    if (memberOf(this.#consensus.state, decimalId) === undefined) throw new EtcdRefusal("memberNotFound");
    return this.#handle(decimalId);
  }

  /** Members that a client added by MemberAdd get their handle when it is asked for. */
  #handle(decimalId: string): SimulatedMember {
    let handle = this.#handles.get(decimalId);
    if (handle === undefined) {
      handle = new SimulatedMember(decimalId, `n${this.#names}`);
      this.#names += 1;
      this.#handles.set(decimalId, handle);
    }
    return handle;
  }
}

function begun(state: ClusterState, member: SimulatedMember, process: MemberState["process"]): ClusterState {
  return withMember(state, member.decimalId, { process, publishes: member.publishes });
}
