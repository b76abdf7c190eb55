import { type ClusterState, inContact, type ListedMember, type MemberState, memberOf, withMember } from "./cluster-state.js";
import { EtcdRefusal } from "./etcd-refusal.js";

/** etcd's default of `--max-learners`. */
const MAX_LEARNERS = 1;

/** Lists a member that has not been started: it has no name and no client URLs. Throws `Peer URLs already exists`, `too many learner members in cluster`. */
export function memberAdded(state: ClusterState, added: Pick<ListedMember, "id" | "peerUrls" | "learner">): ClusterState {
  const listed = state.members.map((member) => member.listed);
  if (listed.some((other) => other.peerUrls.some((url) => added.peerUrls.includes(url)))) throw new EtcdRefusal("peerUrlExists");
  if (added.learner && listed.filter((other) => other.learner).length >= MAX_LEARNERS) throw new EtcdRefusal("tooManyLearners");
  const member: MemberState = {
    listed: { ...added, name: "", clientUrls: [] },
    publishes: { name: "", clientUrls: [] },
    process: "down",
    frozen: false,
    isolated: false,
    view: { leader: undefined, term: 0, list: [] },
  };
  return { ...state, members: [...state.members, member] };
}

/** Takes a member out of the list. Throws `member not found`. */
export function memberRemoved(state: ClusterState, id: string): ClusterState {
  if (memberOf(state, id) === undefined) throw new EtcdRefusal("memberNotFound");
  return { ...state, members: state.members.filter((member) => member.listed.id !== id) };
}

/** Gives a learner its vote. Throws `member not found`, `can only promote a learner member`, and `… which is in sync with leader`. */
export function memberPromoted(state: ClusterState, id: string): ClusterState {
  const member = memberOf(state, id);
  if (member === undefined) throw new EtcdRefusal("memberNotFound");
  if (!member.listed.learner) throw new EtcdRefusal("notALearner");
  if (!inContact(state, member)) throw new EtcdRefusal("learnerNotReady");
  return withMember(state, id, { listed: { ...member.listed, learner: false } });
}

/** Changes where the peers reach a member. Throws `member not found`, `Peer URLs already exists`. */
export function memberUpdated(state: ClusterState, id: string, peerUrls: readonly string[]): ClusterState {
  const member = memberOf(state, id);
  if (member === undefined) throw new EtcdRefusal("memberNotFound");
  const others = state.members.filter((other) => other.listed.id !== id);
  if (others.some((other) => other.listed.peerUrls.some((url) => peerUrls.includes(url)))) throw new EtcdRefusal("peerUrlExists");
  return withMember(state, id, { listed: { ...member.listed, peerUrls } });
}
