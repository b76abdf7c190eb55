/** How the simulated cluster begins. */
export interface AcmeDbSimulatorOptions {
  /** How many members. Default 3; 1 to 45. */
  readonly members?: number | undefined;
  /** What every request has to carry as `Authorization: Bearer …`. Default: nothing is asked for. */
  readonly token?: string | undefined;
}

/** One member of the simulated cluster. */
export interface AcmeDbSimulatorMember {
  /** Its own, wherever it moves. */
  readonly id: string;
  readonly zone: string;
  readonly host: string;
  /** Another one after a move. */
  readonly port: number;
  /** `host:port`, as a seed. */
  readonly address: string;
}

/** A cluster in this process. Dispose it, or it keeps the process alive. */
export interface AcmeDbSimulator extends AsyncDisposable {
  /** Everybody who is listed, also whoever is down. */
  readonly members: readonly AcmeDbSimulatorMember[];
  /** How many connections clients have open, over all members. */
  readonly connections: number;
  /** Adds a member that serves. */
  grow(): Promise<AcmeDbSimulatorMember>;
  /** Takes a member off the list and ends it. */
  remove(member: AcmeDbSimulatorMember): Promise<void>;
  /** Ends a member's process: it is listed, and refuses connections. */
  kill(member: AcmeDbSimulatorMember): Promise<void>;
  /** Starts a member that is down, where it was. */
  start(member: AcmeDbSimulatorMember): Promise<void>;
  /** Gives a member another port under the same id. */
  move(member: AcmeDbSimulatorMember): Promise<void>;
  /** Stops a member's process, as `kill -STOP` does: it accepts connections and says nothing. */
  freeze(member: AcmeDbSimulatorMember): void;
  /** Lets it go on; what was asked meanwhile is answered. */
  thaw(member: AcmeDbSimulatorMember): void;
  /** Cuts a member off from its peers: it lists only itself, and says that it has no quorum. */
  isolate(member: AcmeDbSimulatorMember): void;
  /** Has a member answer `GET /members` with this text. */
  script(member: AcmeDbSimulatorMember, body: string): void;
}
