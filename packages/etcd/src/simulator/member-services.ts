import type { MessageInitShape } from "@bufbuild/protobuf";
import type { Server } from "@grpc/grpc-js";
import type { Clock } from "@rollcall/core";
import { Auth, Cluster, KV, Maintenance, type MemberSchema, type ResponseHeaderSchema } from "../gen/rpc_pb.js";
import type { AuthStore } from "./auth-store.js";
import { type ClusterState, type ListedMember, type MemberState, memberOf, type RequestNeeds } from "./cluster-state.js";
import type { Consensus } from "./consensus.js";
import { EtcdRefusal } from "./etcd-refusal.js";
import { type Answers, addService, type CallContext } from "./grpc-service.js";
import type { KeyValueStore } from "./key-value-store.js";
import { memberAdded, memberPromoted, memberRemoved, memberUpdated } from "./membership.js";

/** What the members of one cluster share. */
export interface SharedCluster {
  /** Decimal. */
  readonly clusterId: string;
  readonly consensus: Consensus;
  readonly clock: Clock;
  readonly store: KeyValueStore;
  readonly auth: AuthStore;
  /** A new random id, decimal. */
  nextId(): string;
  /** Ends the process of a member that was removed by a request. */
  removed(id: string): void;
  /** Hears the name of every method called. */
  called(method: string): void;
}

/** The version that Status names: the one whose behaviour is simulated. */
const VERSION = "3.7.3";

type Needs = Omit<RequestNeeds, "leader">;
const QUORUM: Needs = { quorum: true, learnerMayAnswer: false };
const LOCAL: Needs = { quorum: false, learnerMayAnswer: false };
const ANYWHERE: Needs = { quorum: false, learnerMayAnswer: true };

/** The member whose requests are answered. */
interface Self {
  readonly decimalId: string;
  readonly delayMs: number;
}

/** Adds everything that a member serves. */
export function addMemberServices(server: Pick<Server, "addService">, self: Self, cluster: SharedCluster): void {
  const member = new MemberDesk(self, cluster);
  const called = (method: string): void => cluster.called(method);
  addService(server, Cluster, clusterAnswers(member, cluster), called);
  addService(server, KV, keyValueAnswers(member, cluster), called);
  addService(server, Maintenance, maintenanceAnswers(member, cluster), called);
  addService(server, Auth, authAnswers(member, cluster), called);
}

/** Where requests to one member are let in, and what its answers have in common. */
class MemberDesk {
  readonly #self: Self;
  readonly #cluster: SharedCluster;

  constructor(self: Self, cluster: SharedCluster) {
    this.#self = self;
    this.#cluster = cluster;
  }

  get state(): MemberState {
    const member = memberOf(this.#cluster.consensus.state, this.#self.decimalId);
    if (member === undefined) throw new EtcdRefusal("serverStopped");
    return member;
  }

  /** In etcd's order: learner, leader, agreement of a quorum, and only then the token. */
  async admit(needs: Needs, context: CallContext): Promise<void> {
    await this.admitAnybody(needs, context);
    this.#cluster.auth.check(context.metadata("token"));
  }

  async admitAnybody(needs: Needs, context: CallContext): Promise<void> {
    if (this.#self.delayMs > 0) await pause(this.#cluster.clock, this.#self.delayMs, context.signal);
    const leader = context.metadata("hasleader") === "true";
    await this.#cluster.consensus.admit(this.#self.decimalId, { ...needs, leader }, context.signal);
  }

  header(revision = this.#cluster.store.revision): MessageInitShape<typeof ResponseHeaderSchema> {
    return { clusterId: this.#cluster.clusterId, memberId: this.#self.decimalId, revision, raftTerm: String(this.state.view.term) };
  }

  /** The answer of every membership request; its revision is always 0. */
  membership(): { header: MessageInitShape<typeof ResponseHeaderSchema>; members: MessageInitShape<typeof MemberSchema>[] } {
    return { header: this.header("0"), members: this.state.view.list.map(toMessage) };
  }
}

/** Ends early when nobody waits any more. */
function pause(clock: Clock, delayMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = clock.setTimeout(resolve, delayMs);
    signal.addEventListener("abort", () => {
      clock.clearTimeout(timer);
      resolve();
    });
  });
}

function clusterAnswers(member: MemberDesk, { consensus, nextId, removed }: SharedCluster): Answers<typeof Cluster> {
  const change = async (context: CallContext, by: (state: ClusterState) => ClusterState): Promise<void> => {
    await member.admit(QUORUM, context);
    consensus.change(by);
  };
  return {
    memberList: async ({ linearizable }, context) => {
      await member.admit(linearizable ? QUORUM : LOCAL, context);
      return member.membership();
    },
    memberAdd: async ({ peerURLs, isLearner }, context) => {
      const id = nextId();
      await change(context, (state) => memberAdded(state, { id, peerUrls: peerURLs, learner: isLearner }));
      const added = memberOf(consensus.state, id);
      return { ...member.membership(), ...(added && { member: toMessage(added.listed) }) };
    },
    memberRemove: async ({ ID }, context) => {
      await change(context, (state) => memberRemoved(state, ID));
      removed(ID);
      return member.membership();
    },
    memberUpdate: async ({ ID, peerURLs }, context) => {
      await change(context, (state) => memberUpdated(state, ID, peerURLs));
      return member.membership();
    },
    memberPromote: async ({ ID }, context) => {
      await change(context, (state) => memberPromoted(state, ID));
      return member.membership();
    },
  };
}

function keyValueAnswers(member: MemberDesk, { store }: SharedCluster): Answers<typeof KV> {
  return {
    put: async (request, context) => {
      await member.admit(QUORUM, context);
      store.put(request);
      return { header: member.header() };
    },
    range: async (request, context) => {
      await member.admit(request.serializable ? ANYWHERE : QUORUM, context);
      return { header: member.header(), ...store.range(request) };
    },
  };
}

function maintenanceAnswers(member: MemberDesk, { store }: SharedCluster): Answers<typeof Maintenance> {
  return {
    status: async (_request, context) => {
      await member.admit(ANYWHERE, context);
      const { view, listed } = member.state;
      return {
        header: member.header(),
        version: VERSION,
        leader: view.leader ?? "0",
        raftIndex: store.revision,
        raftTerm: String(view.term),
        errors: view.leader === undefined ? [new EtcdRefusal("noLeader").message] : [],
        isLearner: listed.learner,
      };
    },
  };
}

function authAnswers(member: MemberDesk, { auth }: SharedCluster): Answers<typeof Auth> {
  return {
    authenticate: async ({ name, password }, context) => {
      await member.admitAnybody(QUORUM, context);
      return { header: member.header(), token: auth.authenticate(name, password) };
    },
  };
}

function toMessage({ id, name, peerUrls, clientUrls, learner }: ListedMember): MessageInitShape<typeof MemberSchema> {
  return { ID: id, name, peerURLs: [...peerUrls], clientURLs: [...clientUrls].sort(), isLearner: learner };
}
