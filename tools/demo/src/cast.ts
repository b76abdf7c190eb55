import type { EndpointFeed } from "@rollcall/core";

/** What a system calls things on the screen. */
export interface Words {
  /** What a client writes, one at a time. */
  readonly write: string;
  /** What `again` of a {@link Load} counts. */
  readonly again: string;
  /** What `longestMs` of a {@link Load} measures. */
  readonly longest: string;
}

/** What became of everything that one client wrote. */
export interface Load {
  /** What kind of client it is. */
  readonly kind: string;
  /** Writes that the cluster acknowledged. */
  readonly acknowledged: number;
  /** Writes that failed for good, each with its error. */
  readonly failed: readonly string[];
  /** How often something had to begin anew: a count of the system's own. */
  readonly again: number;
  /** The worst of it in milliseconds: a measure of the system's own. */
  readonly longestMs: number;
}

/** What leads a cast through its story. */
export interface Direction {
  /** Takes one line that says what happens now. */
  readonly say: (text: string) => void;
  /** What an operator does between two steps: waits a while. A rejection ends the story. */
  readonly pause: () => Promise<unknown>;
}

/** Members of one kind, and the poller that follows them. */
export interface Membership {
  /** What one of them is called on the screen. */
  readonly member: string;
  readonly poller: EndpointFeed;
  /** The addresses of those that the cluster had when the cast was made. */
  readonly originals: readonly string[];
  /** The addresses of those that the cluster has now. */
  readonly listed: readonly string[];
}

/** Who is on stage: pollers, three clients on them, and a control that knows only the original addresses. What a system contributes. */
export interface Cast extends AsyncDisposable {
  readonly words: Words;
  /** Everybody who is replaced, always in this order, as of now: one kind after another, of which each is found through the one before. */
  readonly memberships: readonly Membership[];
  /** The clients on the pollers, always in this order, as of now. */
  readonly clients: readonly Load[];
  /** The client that has no discovery, as of now. */
  readonly control: Load;
  /** Everybody begins to write, and the cluster loses every original member. Rejects when it cannot do a step or `pause` rejects. */
  play(direction: Direction): Promise<void>;
  /** Waits for the writes in flight. */
  stop(): Promise<void>;
  /** How many acknowledged writes of each client cannot be read back. */
  lost(): Promise<readonly number[]>;
  /** Whether the control gets nothing through any more, although it tries. */
  isControlDead(): Promise<boolean>;
}
