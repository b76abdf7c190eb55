import { status } from "@grpc/grpc-js";

/** Codes and messages as etcd 3.7 sends them (api/v3rpc/rpctypes/error.go). */
const REFUSALS = {
  noLeader: ["UNAVAILABLE", "etcdserver: no leader"],
  requestTimedOut: ["UNAVAILABLE", "etcdserver: request timed out"],
  serverStopped: ["UNAVAILABLE", "etcdserver: server stopped"],
  notForLearners: ["FAILED_PRECONDITION", "etcdserver: rpc not supported for learner"],
  memberNotFound: ["NOT_FOUND", "etcdserver: member not found"],
  peerUrlExists: ["FAILED_PRECONDITION", "etcdserver: Peer URLs already exists"],
  tooManyLearners: ["FAILED_PRECONDITION", "etcdserver: too many learner members in cluster"],
  notALearner: ["FAILED_PRECONDITION", "etcdserver: can only promote a learner member"],
  learnerNotReady: ["FAILED_PRECONDITION", "etcdserver: can only promote a learner member which is in sync with leader"],
  emptyKey: ["INVALID_ARGUMENT", "etcdserver: key is not provided"],
  authNotEnabled: ["FAILED_PRECONDITION", "etcdserver: authentication is not enabled"],
  authFailed: ["INVALID_ARGUMENT", "etcdserver: authentication failed, invalid user ID or password"],
  userEmpty: ["INVALID_ARGUMENT", "etcdserver: user name is empty"],
  invalidToken: ["UNAUTHENTICATED", "etcdserver: invalid auth token"],
} as const;

/** The reasons for which the simulator refuses a request. */
export type RefusalName = keyof typeof REFUSALS;

/** A request that etcd refuses: the gRPC status is `code` and `message`. */
export class EtcdRefusal extends Error {
  override readonly name: string = "EtcdRefusal";
  /** The gRPC status code. */
  readonly code: status;

  /** @param reason - which of etcd's refusals it is */
  constructor(reason: RefusalName) {
    const [code, message] = REFUSALS[reason];
    super(message);
    this.code = status[code];
  }
}
