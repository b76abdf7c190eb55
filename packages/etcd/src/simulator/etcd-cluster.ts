/** One member of an {@link EtcdCluster}, as an operator sees it. */
export interface EtcdClusterMember {
  /** Member id in lower-case hex, as `etcdctl member list` prints it. */
  readonly id: string;
  /** The URL it advertises to clients, for example `http://127.0.0.1:20001`; stays readable after the member is gone. */
  readonly clientUrl: string;
}

/**
 * A cluster that a scenario can operate, whatever it is made of: the in-process simulator and real etcd processes implement
 * the same interface, so that the same scenarios with the same expectations run on both.
 *
 * Every method resolves once its effect can be observed by a client. A method that cannot do its work rejects.
 */
export interface EtcdCluster extends AsyncDisposable {
  /** The members in the cluster's own list, oldest first, learners and unstarted ones included. */
  readonly members: readonly EtcdClusterMember[];
  /**
   * Adds a member on a new port and starts it; resolves once it serves.
   * `learner` (default false): it joins without a vote. `start` (default true): false leaves it listed but never started.
   */
  grow(options?: { readonly learner?: boolean | undefined; readonly start?: boolean | undefined }): Promise<EtcdClusterMember>;
  /** Adds a voter that is listed with its URL but does not serve: the URL accepts connections and stays silent, until it is thawed. */
  growSilent(): Promise<EtcdClusterMember>;
  /** Makes a learner a voter, waiting until it is in sync. */
  promote(member: EtcdClusterMember): Promise<void>;
  /** Takes a member out of the list; it is gone for good, and its port refuses connections, when this resolves. */
  remove(member: EtcdClusterMember): Promise<void>;
  /** Adds a learner on a new port, promotes it, then removes `member`: how nodes are replaced one by one. */
  replace(member: EtcdClusterMember): Promise<EtcdClusterMember>;
  /** Stops a member without closing anything: connections stay open, new ones are accepted, nothing answers (SIGSTOP). */
  freeze(member: EtcdClusterMember): Promise<void>;
  /** Lets a frozen or silent member go on. */
  thaw(member: EtcdClusterMember): Promise<void>;
  /** Ends a member's process at once (SIGKILL); it stays in the list. */
  kill(member: EtcdClusterMember): Promise<void>;
  /**
   * Starts a killed member again, with its data, or one that never started. `move`: on another client port, which its `clientUrl` then names.
   * `advertise`: until its next start that is what `clientUrl` and the list say instead, wherever it listens. Resolves once it serves if there is a quorum.
   */
  start(
    member: EtcdClusterMember,
    options?: { readonly move?: boolean | undefined; readonly advertise?: string | undefined },
  ): Promise<void>;
  /** Cuts a member off from its peers, while clients still reach it; resolves once it knows that it has no leader. */
  isolate(member: EtcdClusterMember): Promise<void>;
  /** Ends the isolation of a member. */
  heal(member: EtcdClusterMember): Promise<void>;
  /**
   * Gives a user, who may be new, a password, which ends the tokens that it has. The first user switches authentication on; in etcd it has to
   * be `root`, and who is added later has no role.
   */
  setPassword(username: string, password: string): Promise<void>;
  /** Resolves once every token that nobody uses meanwhile has expired. */
  expireTokens(): Promise<void>;
  /** The member that leads now. */
  leader(): Promise<EtcdClusterMember>;
  /** Ends everything that was started and removes what it wrote. */
  [Symbol.asyncDispose](): Promise<void>;
}
