import { once } from "node:events";
import { connect } from "node:net";
import type { ServiceError } from "@grpc/grpc-js";
import { ServerExited } from "../server-process.js";
import { until } from "../until.js";
import type { AdminClient, ListedMember } from "./admin-client.js";
import type { EtcdMember } from "./etcd-member.js";

// Short: a member opens its port before it serves, and a longer deadline would be spent on that socket.
const PROBE_TIMEOUT_MS = 150;

/** Asks the members of a cluster, whichever can answer, and changes its membership. */
export class Membership {
  readonly #client: AdminClient;
  readonly #members: readonly EtcdMember[];

  /** @param members Live: the cluster adds to it and takes from it. */
  constructor(client: AdminClient, members: readonly EtcdMember[]) {
    this.#client = client;
    this.#members = members;
  }

  /** Whether the voters that take part are a majority. */
  get hasQuorum(): boolean {
    return this.canSpare(undefined);
  }

  /** Whether they are one without this member, too. */
  canSpare(member: EtcdMember | undefined): boolean {
    const voters = this.#members.filter(({ learner }) => !learner);
    return voters.filter((voter) => voter.usable && voter !== member).length * 2 > voters.length;
  }

  /** Resolves once this member serves: a voter a linearizable list, a learner its status. Rejects when its process ends. */
  async serving(member: EtcdMember): Promise<void> {
    await until(
      async () => {
        member.process?.throwIfExited();
        await (member.learner ? this.#status(member) : this.#list(member, PROBE_TIMEOUT_MS));
      },
      { what: `${member.name} serves`, retry: (error) => !(error instanceof ServerExited) },
    );
  }

  /** Resolves once connections to this member's client port are accepted. Rejects when its process ends. */
  async listening(member: EtcdMember): Promise<void> {
    await until(
      async () => {
        member.process?.throwIfExited();
        const { hostname, port } = new URL(member.listenUrl);
        const socket = connect(Number(port), hostname);
        await once(socket, "connect").finally(() => socket.destroy());
      },
      { what: `${member.name} listens`, pauseMs: 10, retry: (error) => !(error instanceof ServerExited) },
    );
  }

  /** Resolves once every member that takes part serves; at once when there is no quorum. */
  async settled(): Promise<void> {
    if (!this.hasQuorum) return;
    await Promise.all(this.#members.filter(({ usable }) => usable).map((member) => this.serving(member)));
  }

  /** Resolves once this member says that it has no leader. */
  async leaderless(member: EtcdMember): Promise<void> {
    await until(
      async () => {
        const { leader } = await this.#status(member);
        if (leader !== "0") throw new Error(`leader ${leader}`);
        // The interceptor that refuses clients looks at the leader by itself: wait for what a client is told.
        const told = await this.#list(member, PROBE_TIMEOUT_MS).catch((error: ServiceError) => error.details);
        if (told !== "etcdserver: no leader") throw new Error("not refused yet");
      },
      { what: `${member.name} has no leader` },
    );
  }

  /** The member that leads, as soon as there is one. */
  async leader(): Promise<EtcdMember> {
    return this.#ask("a leader", undefined, async (asked) => {
      const { leader } = await this.#status(asked);
      const found = this.#members.find(({ decimalId, usable }) => usable && decimalId === leader);
      if (found === undefined) throw new Error(`leader ${leader}`);
      return found;
    });
  }

  /** The cluster's list, linearizable. */
  async list(): Promise<readonly ListedMember[]> {
    return this.#ask("the member list", undefined, (asked) => this.#list(asked));
  }

  /** Puts a peer URL into the list and returns the new member's id, decimal. */
  async add(peerURL: string, isLearner: boolean): Promise<string> {
    const listed = (list: readonly ListedMember[]) => list.find(({ peerURLs }) => peerURLs.includes(peerURL))?.ID;
    return this.#change(`add ${peerURL}`, listed, undefined, ({ listenUrl }) =>
      this.#client.call(listenUrl, "Cluster/MemberAdd", { peerURLs: [peerURL], isLearner }),
    );
  }

  /** Gives a learner its vote, as soon as it is in sync. */
  async promote(member: EtcdMember): Promise<void> {
    const isVoter = (list: readonly ListedMember[]) => list.some(({ ID, isLearner }) => ID === member.decimalId && !isLearner) || undefined;
    await this.#change(`promote ${member.name}`, isVoter, undefined, ({ listenUrl }) =>
      this.#client.call(listenUrl, "Cluster/MemberPromote", { ID: member.decimalId }),
    );
  }

  /** If this member leads, hands the lead to the newest other voter, and resolves once every voter follows that one. */
  async handOver(member: EtcdMember): Promise<void> {
    if ((await this.leader()) !== member) return;
    const heir = this.#members.findLast((other) => other.usable && !other.learner && other !== member);
    if (heir === undefined) return;
    await this.#client.call(member.listenUrl, "Maintenance/MoveLeader", { targetID: heir.decimalId });
    await until(
      async () => {
        const voters = this.#members.filter((voter) => voter.usable && !voter.learner);
        const answers = await Promise.all(voters.map((voter) => this.#status(voter)));
        if (answers.some(({ leader }) => leader !== heir.decimalId)) throw new Error("not everybody follows yet");
      },
      { what: `${heir.name} leads`, pauseMs: 20 },
    );
  }

  /** Takes a member out of the list; another one is asked. */
  async remove(member: EtcdMember): Promise<void> {
    const isGone = (list: readonly ListedMember[]) => list.every(({ ID }) => ID !== member.decimalId) || undefined;
    await this.#change(`remove ${member.name}`, isGone, member, ({ listenUrl }) =>
      this.#client.call(listenUrl, "Cluster/MemberRemove", { ID: member.decimalId }),
    );
  }

  /** A call whose answer was lost may have had its effect: look before each try, and after it. */
  async #change<T>(
    what: string,
    reached: (list: readonly ListedMember[]) => T | undefined,
    avoid: EtcdMember | undefined,
    act: (asked: EtcdMember) => Promise<unknown>,
  ): Promise<T> {
    return this.#ask(what, avoid, async (asked) => {
      const before = reached(await this.#list(asked));
      if (before !== undefined) return before;
      await act(asked);
      const after = reached(await this.#list(asked));
      if (after === undefined) throw new Error("no effect yet");
      return after;
    });
  }

  /** Tries with one usable voter after the other; members may come and go meanwhile. */
  async #ask<T>(what: string, avoid: EtcdMember | undefined, attempt: (asked: EtcdMember) => Promise<T>): Promise<T> {
    let turn = 0;
    return until(
      async () => {
        const able = this.#members.filter((member) => member.usable && !member.learner && member !== avoid);
        const asked = able[turn++ % able.length];
        if (asked === undefined) throw new NobodyToAsk(`${what}: no running voter is left to ask`);
        return attempt(asked);
      },
      { what, retry: isTransient },
    );
  }

  #list({ listenUrl }: EtcdMember, timeoutMs?: number): Promise<readonly ListedMember[]> {
    return this.#client
      .call(listenUrl, "Cluster/MemberList", { linearizable: true }, { hasLeader: true, timeoutMs })
      .then(({ members }) => members);
  }

  #status({ listenUrl }: EtcdMember): Promise<{ readonly leader: string }> {
    return this.#client.call(listenUrl, "Maintenance/Status", {}, { timeoutMs: PROBE_TIMEOUT_MS });
  }
}

class NobodyToAsk extends Error {}

/** Final are only refusals that another try cannot change; "unhealthy cluster" and the like come as UNAVAILABLE. */
export function isTransient(error: unknown): boolean {
  if (error instanceof NobodyToAsk) return false;
  const { code, details } = error as Partial<ServiceError>;
  if (details?.includes("in sync with leader")) return true;
  return code === undefined || ![3, 5, 7, 9, 12].includes(code);
}
