import { Delivery, type DeliveryHost } from "../../src/delivery.js";
import { diffEndpoints } from "../../src/diff.js";
import type { Endpoint, EndpointSink, Snapshot, Status, SubscribeOptions } from "../../src/index.js";
import { RecordingSink } from "./recording-sink.js";
import { ids, member } from "./scripted-source.js";
import { steady } from "./steady-clock.js";

/** All is well. */
export const status: Status = { state: "fresh", failures: 0, held: 0, aside: [] };

/** One delivery to one sink, and what its host was told. */
export function delivering<S extends EndpointSink>(sink: S, options: SubscribeOptions = {}) {
  const resolved = steady();
  const feed: { snapshot: Snapshot | undefined; status: Status } = { snapshot: undefined, status };
  const failures: (readonly [error: unknown, failures: number])[] = [];
  const left: unknown[] = [];
  const host: DeliveryHost<unknown> = {
    feed,
    options: resolved,
    diff: diffEndpoints,
    sinkFailed: (error, count) => void failures.push([error, count]),
    left: (gone) => void left.push(gone),
  };
  const delivery = new Delivery(host, sink, options);
  const known = new Map<string, Endpoint>();
  const same = (text: string): Endpoint => known.get(text) ?? member(text);
  /** There is a new version; members that were there before keep their identity. */
  const publish = (...members: readonly string[]): void => {
    const endpoints = members.map(same);
    for (const [at, endpoint] of endpoints.entries()) known.set(members[at] ?? "", endpoint);
    feed.snapshot = { version: (feed.snapshot?.version ?? 0) + 1, endpoints, aside: [], metadata: undefined, changedAt: 0 };
    delivery.offer();
  };
  return { delivery, sink, clock: resolved.clock, feed, failures, left, publish };
}

/** What a recording sink was told: the view, and what was added and removed. */
export function told({ calls }: RecordingSink): readonly string[] {
  return calls.map(({ snapshot, diff }) => `${ids(snapshot.endpoints)} +${ids(diff.added)} -${ids(diff.removed)}`);
}

/** A sink whose calls end when the test says so. */
export function slowSink() {
  const sink = new RecordingSink();
  const ends: { readonly apply: (value?: unknown) => void; readonly refuse: (error: unknown) => void }[] = [];
  sink.behaviour = () => new Promise((resolve, reject) => ends.push({ apply: resolve, refuse: reject }));
  return { sink, ends };
}

/** Throws what it is given. */
export function fail(error: unknown): never {
  throw error;
}
