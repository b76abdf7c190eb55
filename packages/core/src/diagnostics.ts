import { channel, tracingChannel } from "node:diagnostics_channel";
import type { Endpoint } from "./endpoint.js";
import type { Diff, Snapshot } from "./snapshot.js";

/** Message of the tracing channel `rollcall:poll`: one object per poll, completed until `asyncEnd`. */
export interface PollTrace {
  /** The source's key. */
  readonly source: string;
  /** Polls of this poller so far, this one included. */
  readonly poll: number;
  /** Failed polls in a row before this one. */
  readonly attempt: number;
  /** What the answer led to; absent when the poll failed or was aborted. */
  outcome?: "changed" | "unchanged" | "held" | undefined;
}

/** Message of the channel `rollcall:change`: a new version is published. */
export interface ChangeMessage {
  readonly source: string;
  readonly snapshot: Snapshot;
  readonly diff: Diff;
}

/** Message of the channel `rollcall:held`: the guard holds removals back. */
export interface HeldMessage {
  readonly source: string;
  /** What the suspicious answer listed. */
  readonly answer: readonly Endpoint[];
  /** What stays listed. */
  readonly kept: readonly Endpoint[];
  /** Suspicious answers in a row. */
  readonly streak: number;
}

/** Message of the channel `rollcall:rejected`: an entry of an answer is not used. */
export interface RejectedMessage {
  readonly source: string;
  readonly entry: unknown;
  readonly reason: string;
}

/** Message of the channel `rollcall:sink-error`: a sink threw or rejected, or its `select` is of no use. */
export interface SinkErrorMessage {
  readonly source: string;
  readonly error: unknown;
  /** Failed deliveries in a row. */
  readonly failures: number;
}

const poll = tracingChannel<"rollcall:poll", PollTrace>("rollcall:poll");
const change = channel("rollcall:change");
const held = channel("rollcall:held");
const rejected = channel("rollcall:rejected");
const sinkError = channel("rollcall:sink-error");

/** Runs one poll between its start and its finish event. */
export function tracePoll<R>(trace: PollTrace, run: () => Promise<R>): Promise<R> {
  return poll.tracePromise(run, trace);
}

/** `diff` is only computed when somebody listens. */
export function reportChange(source: string, snapshot: Snapshot, diff: () => Diff): void {
  if (change.hasSubscribers) change.publish({ source, snapshot, diff: diff() } satisfies ChangeMessage);
}

/** Tells `rollcall:held`. */
export function reportHeld(message: HeldMessage): void {
  held.publish(message);
}

/** Tells `rollcall:rejected`. */
export function reportRejected(message: RejectedMessage): void {
  rejected.publish(message);
}

/** Tells `rollcall:sink-error`. */
export function reportSinkError(message: SinkErrorMessage): void {
  sinkError.publish(message);
}
