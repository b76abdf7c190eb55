import type { Diff, Endpoint, EndpointSink, Snapshot, Status } from "@rollcall/core";

/**
 * A sink that remembers what it was told, folds the diffs that it applied, and collects what breaks the poller's promises. It
 * collects because an assertion inside a sink would be swallowed: a poller takes a throwing sink for one that did not apply the set.
 */
export class RecordingSink implements EndpointSink {
  /** Every call of `update`, in order, whether or not it was applied. */
  readonly calls: { readonly snapshot: Snapshot; readonly diff: Diff }[] = [];
  /** Every status told, in order. */
  readonly statuses: Status[] = [];
  /** Promises of the poller that were broken: calls that overlap, versions that go back, diffs that do not add up. */
  readonly problems: string[] = [];
  /** Calls in progress. */
  running = 0;
  /** What a call does before it counts as applied; may throw, or return a promise. Default: nothing. */
  behaviour: (snapshot: Snapshot) => unknown = () => undefined;
  #folded = new Map<string, Endpoint>();

  /** The set that the applied diffs add up to, sorted by id. */
  get folded(): readonly Endpoint[] {
    return [...this.#folded.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
  }

  update(snapshot: Snapshot, diff: Diff): unknown {
    if (this.running > 0) this.problems.push("called while a call is in progress");
    const last = this.calls.at(-1)?.snapshot.version ?? 0;
    if (snapshot.version < last) this.problems.push(`version ${snapshot.version} after ${last}`);
    this.calls.push({ snapshot, diff });
    const result = this.behaviour(snapshot);
    if (!(result instanceof Promise)) return this.#apply(snapshot, diff);
    this.running += 1;
    return result.then(
      () => {
        this.running -= 1;
        this.#apply(snapshot, diff);
      },
      (error: unknown) => {
        this.running -= 1;
        throw error;
      },
    );
  }

  status(status: Status): void {
    this.statuses.push(status);
  }

  #apply(snapshot: Snapshot, diff: Diff): void {
    const folded = new Map(this.#folded);
    for (const gone of diff.removed) if (!folded.delete(gone.id)) this.problems.push(`removed ${gone.id}, which was not there`);
    for (const [before, after] of diff.changed) {
      if (folded.get(before.id) !== before) this.problems.push(`changed ${before.id} from something else`);
      folded.set(after.id, after);
    }
    for (const added of diff.added) {
      if (folded.has(added.id)) this.problems.push(`added ${added.id} twice`);
      folded.set(added.id, added);
    }
    this.#folded = folded;
    const view = snapshot.endpoints;
    const same = this.folded.length === view.length && this.folded.every((endpoint, at) => endpoint === view[at]);
    if (!same) this.problems.push(`the diffs add up to another set at version ${snapshot.version}`);
  }
}

/** A sink that remembers what it was told. Subscribe it and read `calls`, `folded`, `statuses` and `problems`. */
export function recordingSink(): RecordingSink {
  return new RecordingSink();
}
