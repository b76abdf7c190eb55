import { EtcdRefusal, type RefusalName } from "./etcd-refusal.js";

/** One entry of the member list, as MemberList prints it. */
export interface ListedMember {
  /** Decimal, as the protocol's uint64. */
  readonly id: string;
  /** Empty until the member has published itself. */
  readonly name: string;
  /** Where its peers reach it. */
  readonly peerUrls: readonly string[];
  /** Empty until the member has published itself. */
  readonly clientUrls: readonly string[];
  /** It has no vote. */
  readonly learner: boolean;
}

/** What a member believes. It grows old while the member is out of contact. */
export interface MemberView {
  /** The id of the leader, or undefined once the member knows that it has none. */
  readonly leader: string | undefined;
  /** The raft term. */
  readonly term: number;
  /** The member list, in the order of numeric ids. */
  readonly list: readonly ListedMember[];
}

/** One member: what the cluster's list says of it, and how its process does. */
export interface MemberState {
  readonly listed: ListedMember;
  /** What it writes into the list as soon as it is in contact. */
  readonly publishes: Pick<ListedMember, "name" | "clientUrls">;
  /**
   * - `down`: no process.
   * - `silent`: takes part in raft, but does not serve clients, and will not by itself.
   * - `joining`: serves as soon as it is in contact with a leader.
   * - `serving`: serves clients.
   */
  readonly process: "down" | "silent" | "joining" | "serving";
  /** The process is stopped. */
  readonly frozen: boolean;
  /** Its peers cannot be reached; clients can. */
  readonly isolated: boolean;
  readonly view: MemberView;
}

/** The whole cluster at one moment: everything that decides an answer is in here. */
export interface ClusterState {
  /** The last elected leader, whether or not it can still lead. */
  readonly leader: string | undefined;
  readonly term: number;
  /** Oldest first. */
  readonly members: readonly MemberState[];
}

/** What a request needs from the member that gets it. */
export interface RequestNeeds {
  /** It asks for linearizability or writes, so a quorum has to agree. */
  readonly quorum: boolean;
  /** It carries the metadata `hasleader: true`. */
  readonly leader: boolean;
  /** A learner may answer it. */
  readonly learnerMayAnswer: boolean;
}

/** The member with this id, or undefined if it is not in the list. */
export function memberOf(state: ClusterState, id: string): MemberState | undefined {
  return state.members.find((member) => member.listed.id === id);
}

/** The member can exchange messages with its peers. */
export function connected(member: MemberState): boolean {
  return member.process !== "down" && !member.frozen && !member.isolated;
}

/** Clients get through to the member's server. */
export function reachable(member: MemberState): boolean {
  return member.process === "serving" && !member.frozen;
}

/** More than half of those that have a vote are connected. */
export function hasQuorum(state: ClusterState): boolean {
  const voters = state.members.filter((member) => !member.listed.learner);
  return voters.filter(connected).length * 2 > voters.length;
}

/** The elected leader is connected, still a voter and has a quorum behind it. */
export function hasLeader(state: ClusterState): boolean {
  return state.leader !== undefined && electable(state).some((member) => member.listed.id === state.leader);
}

/** The member follows, or is, a leader that leads. */
export function inContact(state: ClusterState, member: MemberState): boolean {
  return connected(member) && hasLeader(state);
}

/** Time has to pass before the truth shows: somebody follows a leader it has lost, or a quorum has no leader. */
export function awaitsElection(state: ClusterState): boolean {
  return electable(state).length > 0 && !hasLeader(state) ? true : state.members.some((member) => hasLostLeader(state, member));
}

/** What the members learn from each other at once: whoever is in contact publishes itself, serves, and sees leader, term and list. */
export function settled(state: ClusterState): ClusterState {
  if (!hasLeader(state)) return state;
  const members = state.members.map((member) =>
    connected(member) ? { ...member, listed: { ...member.listed, ...member.publishes } } : member,
  );
  const list = members.map((member) => member.listed).sort((a, b) => (BigInt(a.id) < BigInt(b.id) ? -1 : 1));
  const view: MemberView = { leader: state.leader, term: state.term, list };
  const inform = (member: MemberState): MemberState => {
    if (!connected(member)) return member;
    return { ...member, view, process: member.process === "joining" ? "serving" : member.process };
  };
  return { ...state, members: members.map(inform) };
}

/** What the election timeout brings: a new leader if one is missing and can be had, and whoever still has none knows it. */
export function afterElectionTimeout(state: ClusterState, random: () => number): ClusterState {
  const elected = hasLeader(state) ? state : elect(state, random);
  const members = elected.members.map((member) =>
    hasLostLeader(elected, member) ? { ...member, view: { ...member.view, leader: undefined } } : member,
  );
  return settled({ ...elected, members });
}

/** Whether a member may answer a request now, has to wait, or refuses. `started`: it has waited already, so its leader was checked. */
export function verdict(state: ClusterState, id: string, needs: RequestNeeds, started: boolean): "answer" | "wait" | RefusalName {
  const member = memberOf(state, id);
  if (member === undefined || member.process === "down") return "serverStopped";
  if (member.listed.learner && !needs.learnerMayAnswer) return "notForLearners";
  if (needs.leader && !started && member.view.leader === undefined) return "noLeader";
  return needs.quorum && !inContact(state, member) ? "wait" : "answer";
}

/** The state with some facts of one member changed. Throws `member not found`. */
export function withMember(state: ClusterState, id: string, change: Partial<MemberState>): ClusterState {
  if (memberOf(state, id) === undefined) throw new EtcdRefusal("memberNotFound");
  return { ...state, members: state.members.map((member) => (member.listed.id === id ? { ...member, ...change } : member)) };
}

function electable(state: ClusterState): readonly MemberState[] {
  return hasQuorum(state) ? state.members.filter((member) => connected(member) && !member.listed.learner) : [];
}

function elect(state: ClusterState, random: () => number): ClusterState {
  const candidates = electable(state);
  const leader = candidates[Math.floor(random() * candidates.length)]?.listed.id;
  return { ...state, leader, term: leader === undefined ? state.term : state.term + 1 };
}

/** A stopped process notices nothing, so a frozen member keeps its leader until it goes on. */
function hasLostLeader(state: ClusterState, member: MemberState): boolean {
  const runs = member.process !== "down" && !member.frozen;
  return runs && member.view.leader !== undefined && !inContact(state, member);
}
