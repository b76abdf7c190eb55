import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { EtcdCluster, EtcdClusterMember } from "@rollcall/etcd/simulator";
import { Ports } from "../ports.js";
import { ServerExited, ServerProcess } from "../server-process.js";
import { until } from "../until.js";
import type { Watchdog } from "../watchdog.js";
import { AdminClient } from "./admin-client.js";
import { type EtcdFlagsContext, EtcdMember, etcdFlags, hexId, shutGate } from "./etcd-member.js";
import { type EtcdClientTls, writeEtcdTls } from "./etcd-tls.js";
import { isTransient, Membership } from "./membership.js";
import { PeerNetwork } from "./peer-network.js";
import type { RealEtcdCluster } from "./real-etcd-options.js";

// Started together, members would find each other's ports open but not serving, which costs a second each.
const START_SPACING_MS = 100;
// A member ends 1 s after SIGTERM and within 90 ms once it hears of its removal; one that does not must not keep its port.
const MAX_LAUNCHES = 3;
const STOP_GRACE_MS = 5_000;
const DEFAULT_TOKEN_TTL_S = 300;
// Members look once a second for tokens that have expired.
const TOKEN_SWEEP_MS = 1_500;

/** The processes of one cluster, with the watchdog that ends them when their owner does not. */
export class EtcdProcesses implements RealEtcdCluster {
  readonly directory: string;
  readonly tls: EtcdClientTls | undefined;
  readonly #members: EtcdMember[] = [];
  readonly #ports = new Ports();
  readonly #network = new PeerNetwork();
  readonly #client: AdminClient;
  readonly #membership: Membership;
  readonly #binary: string;
  readonly #context: EtcdFlagsContext;
  readonly #watchdog: Watchdog;
  readonly #isolatable: boolean;
  #planned = 0;

  constructor(binary: string, context: EtcdFlagsContext, watchdog: Watchdog, isolatable: boolean, tls: EtcdClientTls | undefined) {
    this.#binary = binary;
    this.#context = context;
    this.directory = context.directory;
    this.#watchdog = watchdog;
    this.#isolatable = isolatable;
    this.tls = tls;
    this.#client = new AdminClient(context.tls?.operator);
    this.#membership = new Membership(this.#client, this.#members);
  }

  async bootstrap(count: number, rootPassword: string | undefined): Promise<void> {
    for (let i = 0; i < count; i++) this.#members.push(await this.#plan(false));
    for (const member of this.#members) {
      if (member !== this.#members[0]) await sleep(START_SPACING_MS);
      await this.#launch(member, false);
    }
    await this.#membership.settled();
    for (const { ID, peerURLs } of await this.#membership.list()) {
      const member = this.#members.find(({ peerUrl }) => peerURLs.includes(peerUrl));
      if (member !== undefined) member.peer.id = hexId(ID);
    }
    if (rootPassword !== undefined) await this.setPassword("root", rootPassword);
  }

  get members(): readonly EtcdClusterMember[] {
    return [...this.#members];
  }

  async grow({ learner = false, start = true }: { learner?: boolean | undefined; start?: boolean | undefined } = {}): Promise<EtcdMember> {
    const member = await this.#join(await this.#plan(learner));
    if (start) await this.start(member);
    return member;
  }

  async growSilent(): Promise<EtcdMember> {
    const member = await this.#join(await this.#plan(false, true));
    await this.start(member);
    return member;
  }

  async promote(member: EtcdClusterMember): Promise<void> {
    const learner = this.#known(member);
    // While clients write, a joining member may serve only seconds after its start; promoted before, it would be a dead voter.
    await this.#membership.serving(learner);
    await this.#membership.promote(learner);
    learner.learner = false;
    await this.#membership.serving(learner);
  }

  async remove(member: EtcdClusterMember): Promise<void> {
    const leaving = this.#known(member);
    // Any other order loses calls in flight: with the lead still there, proposals get lost and hang for 7 s; a process that ends
    // because of its removal answers some with code 2, `raft: stopped`, which no client may retry.
    if (leaving.usable && this.#membership.canSpare(leaving)) await this.#retire(leaving);
    const hears = leaving.usable;
    await this.#membership.remove(leaving);
    this.#members.splice(this.#members.indexOf(leaving), 1);
    if (hears) await leaving.process?.endsWithin(STOP_GRACE_MS);
    await leaving.process?.kill();
    this.#network.heal(leaving.id);
    await leaving.closeProxies();
  }

  async replace(member: EtcdClusterMember): Promise<EtcdMember> {
    const successor = await this.grow({ learner: true });
    await this.promote(successor);
    await this.remove(member);
    return successor;
  }

  async freeze(member: EtcdClusterMember): Promise<void> {
    const frozen = this.#inState(member, "running");
    await frozen.process?.freeze();
    frozen.state = "frozen";
  }

  async thaw(member: EtcdClusterMember): Promise<void> {
    const thawed = this.#inState(member, this.#known(member).silent ? "running" : "frozen");
    if (thawed.state === "frozen") thawed.process?.signal("SIGCONT");
    else await thawed.openGate();
    thawed.state = "running";
    await this.#membership.settled();
  }

  async kill(member: EtcdClusterMember): Promise<void> {
    const killed = this.#known(member);
    killed.state = "killed";
    await killed.process?.kill();
  }

  async start(member: EtcdClusterMember, how: Parameters<EtcdCluster["start"]>[1] = {}): Promise<void> {
    const started = this.#inState(member, "killed", "unstarted");
    if (how.move) await started.moveTo(await this.#ports.take());
    started.advertised = how.advertise;
    for (let launches = 1; ; launches += 1) {
      try {
        await this.#launch(started, true);
        await this.#membership.listening(started);
        return await this.#membership.settled();
      } catch (error) {
        // A joining etcd asks the others for their versions once, with little patience, and ends when nobody answers in time.
        const impatient = error instanceof ServerExited && error.message.includes("incompatible with current running cluster");
        if (!impatient || launches === MAX_LAUNCHES) throw error;
      }
    }
  }

  async isolate(member: EtcdClusterMember): Promise<void> {
    const isolated = this.#inState(member, "running");
    if (!this.#isolatable) throw new Error("this cluster was started with `isolatable: false`");
    isolated.isolated = true;
    this.#network.cut(isolated.id);
    await this.#membership.leaderless(isolated);
  }

  async heal(member: EtcdClusterMember): Promise<void> {
    const healed = this.#known(member);
    healed.isolated = false;
    this.#network.heal(healed.id);
    await this.#membership.settled();
  }

  async setPassword(username: string, password: string): Promise<void> {
    const set = async (): Promise<void> => {
      const { listenUrl } = await this.#membership.leader();
      await this.#client.setPassword(listenUrl, username, password);
    };
    await until(set, { what: `${username} has a password`, retry: isTransient });
  }

  async expireTokens(): Promise<void> {
    const { tokenTtlS = DEFAULT_TOKEN_TTL_S } = this.#context;
    await sleep(tokenTtlS * 1_000 + TOKEN_SWEEP_MS);
  }

  async leader(): Promise<EtcdClusterMember> {
    return this.#membership.leader();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const members = this.#members.splice(0);
    await Promise.all(members.map((member) => member.closeProxies()));
    await Promise.all(members.map((member) => member.process?.kill()));
    this.#network.close();
    await this.#ports[Symbol.asyncDispose]();
    await this.#watchdog[Symbol.asyncDispose]();
  }

  async #plan(learner: boolean, silent = false): Promise<EtcdMember> {
    const peer = { id: "", port: await this.#ports.take() };
    const advertisedPeerPort = this.#isolatable ? await this.#ports.take() : peer.port;
    const closePeerProxy = this.#isolatable ? await this.#network.expose(peer, advertisedPeerPort) : () => {};
    const clientPort = await this.#ports.take();
    const gate = silent ? await shutGate(await this.#ports.take(), clientPort) : undefined;
    return new EtcdMember({ name: `n${this.#planned++}`, clientPort, peer, advertisedPeerPort, learner, gate, closePeerProxy });
  }

  /** Puts a member into the cluster's list. */
  async #join(member: EtcdMember): Promise<EtcdMember> {
    try {
      member.peer.id = hexId(await this.#membership.add(member.peerUrl, member.learner));
    } catch (error) {
      await member.closeProxies();
      throw error;
    }
    this.#members.push(member);
    return member;
  }

  async #launch(member: EtcdMember, existing: boolean): Promise<void> {
    const tls = await writeEtcdTls(this.directory, member.name, this.#context.tls);
    member.scheme = tls === undefined ? "http" : "https";
    const flags = etcdFlags(member, this.#members, existing, this.#context, tls);
    const log = join(this.#context.directory, `${member.name}.log`);
    member.process = await ServerProcess.start(this.#binary, flags, log, this.#watchdog);
    member.state = "running";
  }

  /** Hands over the lead, then lets the process answer what it was asked and end (SIGTERM). */
  async #retire(member: EtcdMember): Promise<void> {
    await this.#membership.handOver(member);
    member.state = "killed";
    member.process?.signal("SIGTERM");
    await member.process?.endsWithin(STOP_GRACE_MS);
  }

  #known(member: EtcdClusterMember): EtcdMember {
    const known = this.#members.find(({ id }) => id === member.id);
    if (known === undefined) throw new Error(`member ${member.id} is not in the cluster's list`);
    return known;
  }

  #inState(member: EtcdClusterMember, ...states: readonly EtcdMember["state"][]): EtcdMember {
    const known = this.#known(member);
    if (!states.includes(known.state)) throw new Error(`member ${member.id} is ${known.state}, not ${states.join(" or ")}`);
    return known;
  }
}
