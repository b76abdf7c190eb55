import type { Clock } from "@rollcall/core";
import { afterElectionTimeout, awaitsElection, type ClusterState, type RequestNeeds, settled, verdict } from "./cluster-state.js";
import { EtcdRefusal } from "./etcd-refusal.js";

/** etcdserver waits `5 s + 2 × election timeout` for the cluster to agree (config.go, ReqTimeout). */
const REQUEST_TIMEOUT_MS = 5_000;

/** The cluster's state over time: applies changes, holds elections and lets requests wait for what they need. */
export class Consensus {
  readonly #clock: Clock;
  readonly #electionMs: number;
  readonly #changed: (state: ClusterState) => void;
  readonly #waiting = new Set<() => void>();
  #state: ClusterState = { leader: undefined, term: 1, members: [] };
  #election: unknown;
  #closed = false;

  /** @param changed - called after every change, before anybody who waits goes on */
  constructor(clock: Clock, electionMs: number, changed: (state: ClusterState) => void) {
    this.#clock = clock;
    this.#electionMs = electionMs;
    this.#changed = changed;
  }

  /** The cluster as it is now. */
  get state(): ClusterState {
    return this.#state;
  }

  /** Applies a change, which may throw; an election follows by itself when it is due. Throws `server stopped` after close. */
  change(by: (state: ClusterState) => ClusterState): void {
    if (this.#closed) throw new EtcdRefusal("serverStopped");
    this.#state = settled(by(this.#state));
    this.#changed(this.#state);
    for (const look of this.#waiting) look();
    if (this.#election === undefined && awaitsElection(this.#state)) {
      this.#election = this.#clock.setTimeout(() => this.elect(), this.#electionMs);
    }
  }

  /** Holds the election that is due, if any, without waiting for the timeout. */
  elect(): void {
    this.#clock.clearTimeout(this.#election);
    this.#election = undefined;
    this.change((state) => afterElectionTimeout(state, () => this.#clock.random()));
  }

  /** Resolves once a member may answer; rejects with the {@link EtcdRefusal} it has to give instead. */
  async admit(id: string, needs: RequestNeeds, signal: AbortSignal): Promise<void> {
    let started = false;
    await this.until((state) => {
      const found = verdict(state, id, needs, started);
      started = true;
      if (found === "wait") return undefined;
      if (found === "answer") return true;
      throw new EtcdRefusal(found);
    }, signal);
  }

  /**
   * The first value that `find` finds in the state; it is asked again after every change. Rejects with what `find` throws,
   * `request timed out` after 5 s + 2 election timeouts, `server stopped` after close, and when the signal fires.
   */
  async until<T>(find: (state: ClusterState) => T | undefined, signal?: AbortSignal): Promise<T> {
    if (this.#closed) throw new EtcdRefusal("serverStopped");
    const found = find(this.#state);
    return found !== undefined ? found : await this.#wait(find, signal);
  }

  /** Ends the elections; whoever waits is told `server stopped`. */
  close(): void {
    this.#closed = true;
    this.#clock.clearTimeout(this.#election);
    for (const look of this.#waiting) look();
  }

  #wait<T>(find: (state: ClusterState) => T | undefined, signal: AbortSignal | undefined): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const end = (settle: () => void): void => {
        this.#waiting.delete(look);
        this.#clock.clearTimeout(timer);
        signal?.removeEventListener("abort", giveUp);
        settle();
      };
      const fail = (error: unknown): void => end(() => reject(error));
      const giveUp = (): void => fail(new EtcdRefusal("requestTimedOut"));
      const look = (): void => {
        try {
          if (this.#closed) throw new EtcdRefusal("serverStopped");
          const found = find(this.#state);
          if (found !== undefined) end(() => resolve(found));
        } catch (error) {
          fail(error);
        }
      };
      const timer = this.#clock.setTimeout(giveUp, REQUEST_TIMEOUT_MS + 2 * this.#electionMs);
      this.#waiting.add(look);
      signal?.addEventListener("abort", giveUp);
      if (signal?.aborted) giveUp();
    });
  }
}
