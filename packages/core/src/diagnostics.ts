import { channel, tracingChannel } from "node:diagnostics_channel";
import type { Endpoint } from "./endpoint.js";
import type { Diff, Snapshot, Status } from "./snapshot.js";

/** The channels of `node:diagnostics_channel`, and the message of each. `source` is the source's key. */
export interface DiagnosticsMessages {
  /** Of the tracing channel `rollcall:poll`: one object per poll, completed until `asyncEnd`. */
  readonly "rollcall:poll": {
    /** The source's key. */
    readonly source: string;
    /** Polls of this poller so far, this one included. */
    readonly poll: number;
    /** Failed polls in a row before this one. */
    readonly attempt: number;
    /** What the last `refresh()` that wanted this poll gave as its reason. */
    readonly reason: string | undefined;
    /** What the answer led to; absent when the poll failed or was aborted. */
    outcome?: "changed" | "unchanged" | "held" | undefined;
  };
  /** A new version is published. */
  readonly "rollcall:change": { readonly source: string; readonly snapshot: Snapshot; readonly diff: Diff };
  /** The guard holds back the removals of what `answer` lists; `kept` stays; `streak` suspicious answers in a row. */
  readonly "rollcall:held": {
    readonly source: string;
    readonly answer: readonly Endpoint[];
    readonly kept: readonly Endpoint[];
    readonly streak: number;
  };
  /** An entry of an answer is not used; or a stored snapshot is not, a version is not stored, `watch` threw: then `entry` is the error. */
  readonly "rollcall:rejected": { readonly source: string; readonly entry: unknown; readonly reason: string };
  /**
   * A listed member is not used from now on, or a newcomer was asked and does not serve. `error` is what its probe ended with, `cause` what whoever suspected it last gave as the
   * cause. Its return shows in `rollcall:change`.
   */
  readonly "rollcall:aside": {
    readonly source: string;
    readonly endpoint: Endpoint;
    readonly reason: Status["aside"][number]["reason"];
    readonly error: unknown;
    readonly cause: unknown;
  };
  /**
   * A sink threw or rejected, or its `select` is of no use, `failures` deliveries in a row; or the dispose of a live client failed
   * (source `liveClient`, failures 0).
   */
  readonly "rollcall:sink-error": { readonly source: string; readonly error: unknown; readonly failures: number };
}

/** Message of the tracing channel `rollcall:poll`. */
export type PollTrace = DiagnosticsMessages["rollcall:poll"];

const poll = tracingChannel<"rollcall:poll", PollTrace>("rollcall:poll");
const change = channel("rollcall:change");
const held = channel("rollcall:held");
const rejected = channel("rollcall:rejected");
const aside = channel("rollcall:aside");
const sinkError = channel("rollcall:sink-error");

/** Runs one poll between its start and its finish event. */
export function tracePoll<R>(trace: PollTrace, run: () => Promise<R>): Promise<R> {
  return poll.tracePromise(run, trace);
}

/** `diff` is only computed when somebody listens. */
export function reportChange(source: string, snapshot: Snapshot, diff: () => Diff): void {
  if (change.hasSubscribers) change.publish({ source, snapshot, diff: diff() } satisfies DiagnosticsMessages["rollcall:change"]);
}

/** Tells `rollcall:held`. */
export function reportHeld(message: DiagnosticsMessages["rollcall:held"]): void {
  held.publish(message);
}

/** Tells `rollcall:rejected`. */
export function reportRejected(message: DiagnosticsMessages["rollcall:rejected"]): void {
  rejected.publish(message);
}

/** Tells `rollcall:aside`. */
export function reportAside(message: DiagnosticsMessages["rollcall:aside"]): void {
  aside.publish(message);
}

/** Tells `rollcall:sink-error`. */
export function reportSinkError(message: DiagnosticsMessages["rollcall:sink-error"]): void {
  sinkError.publish(message);
}
