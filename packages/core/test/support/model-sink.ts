import type { Diff, Endpoint, EndpointSink, Select, Snapshot, Status, Subscription } from "../../src/index.js";
import { type Dice, History } from "./model-journal.js";
import type { Life } from "./model-life.js";
import type { End } from "./model-source.js";
import { RecordingSink } from "./recording-sink.js";

/** So many calls at one moment are more than anything can explain. */
const STORM = 500;

/** One call of `update`, and what was so when it came. */
export interface Call {
  readonly at: number;
  readonly snapshot: Snapshot;
  readonly diff: Diff;
  /** The version and the view that the sink had applied before. */
  readonly applied: { readonly version: number; readonly endpoints: readonly Endpoint[] };
  /** Whether another call was in progress, whether `subscribe` had not returned yet, and whether no call should come any more. */
  readonly overlapping: boolean;
  readonly tooEarly: boolean;
  readonly tooLate: boolean;
}

/** How one subscription is asked for. */
export interface SinkKind {
  readonly name: string;
  readonly metadata: boolean;
  readonly select: Select | undefined;
  /** Whether it can also be ended by a signal. */
  readonly signal: boolean;
}

/** A subscriber of a life. It misbehaves as it is told, and remembers how it was treated. */
export class ModelSink implements EndpointSink {
  readonly folding = new RecordingSink();
  readonly calls = new History<Call>();
  readonly statuses = new History<{ readonly status: Status; readonly tooLate: boolean }>();
  readonly kind: SinkKind;
  readonly controller = new AbortController();
  behaviour: () => unknown = () => undefined;
  /** What its `select` and its `status` do beside what they should. */
  selecting: () => unknown = () => undefined;
  hearing: () => unknown = () => undefined;
  /** Whether it was disposed. */
  over = false;
  /** Whether a call has not returned or settled. */
  busy = false;
  /** When it last did not apply what it was told, unless it has been up to date since. */
  failedAt: number | undefined;
  applied: Call["applied"] = { version: 0, endpoints: [] };
  readonly #life: Life;
  #subscription: Subscription | undefined;

  constructor(life: Life, kind: SinkKind) {
    this.#life = life;
    this.kind = kind;
    this.folding.behaviour = () => this.behaviour();
  }

  /** What it should see of a set; throws where its selection is of no use. */
  view(endpoints: readonly Endpoint[]): readonly Endpoint[] {
    const { select } = this.kind;
    if (select === undefined) return endpoints;
    const chosen = select(endpoints);
    if (chosen.length === 0 && endpoints.length > 0) throw new Error("nobody is left");
    return endpoints.filter((endpoint) => chosen.includes(endpoint));
  }

  /** @throws whatever `subscribe` throws */
  subscribe(): void {
    const { metadata, select, signal } = this.kind;
    const options = { metadata, ...(select && { select: this.#select }), ...(signal && { signal: this.controller.signal }) };
    this.#subscription = this.#life.poller.subscribe(this, options);
  }

  /** Ends the subscription; by its signal where it has one and `bySignal` says so. */
  leave(bySignal = false): void {
    if (this.over) return;
    this.over = true;
    if (bySignal && this.kind.signal) this.controller.abort();
    else this.#subscription?.[Symbol.dispose]();
    this.#life.audienceChanged();
  }

  update(snapshot: Snapshot, diff: Diff): unknown {
    const { applied, busy, over } = this;
    const at = this.#life.time.now();
    this.calls.add({ at, snapshot, diff, applied, overlapping: busy, tooEarly: this.#subscription === undefined, tooLate: over });
    this.#life.journal.note(`${this.kind.name} is told of version ${snapshot.version}`);
    if (this.calls.all.at(-STORM)?.at === at) {
      this.#life.problems.push(`4: ${this.kind.name} is told again and again at one moment`);
      return new Promise(() => undefined); // or the life would never end
    }
    this.busy = true;
    let answer: unknown;
    try {
      answer = this.folding.update(snapshot, diff);
    } catch (error) {
      return this.#failed(error);
    }
    if (!(answer instanceof Promise)) return this.#done(snapshot);
    return answer.then(
      () => this.#done(snapshot),
      (error: unknown) => this.#failed(error),
    );
  }

  status(status: Status): unknown {
    this.statuses.add({ status, tooLate: this.over });
    return this.hearing();
  }

  readonly #select: Select = (endpoints) => {
    try {
      void Promise.resolve(this.selecting()).catch(() => undefined); // a selection that is awaited by nobody
      return this.view(endpoints);
    } catch (error) {
      return this.#failed(error);
    }
  };

  #done({ version, endpoints }: Snapshot): void {
    this.busy = false;
    this.failedAt = undefined;
    this.applied = { version, endpoints };
  }

  #failed(error: unknown): never {
    this.busy = false;
    this.failedAt = this.#life.time.now();
    throw error;
  }
}

/** Somebody who iterates. */
export class ModelReader {
  readonly versions: number[] = [];
  over = false;
  /** Whether it waits for the next version. */
  waiting = false;
  readonly #life: Life;
  readonly #iterator: AsyncIterator<Snapshot>;

  constructor(life: Life) {
    this.#life = life;
    this.#iterator = life.poller[Symbol.asyncIterator]();
  }

  /** Reads up to `most` versions, each of which takes `bodyMs`. */
  async read(most: number, bodyMs: number): Promise<void> {
    for (let read = 0; read < most && !this.over; read += 1) {
      this.waiting = true;
      const { done, value } = await this.#iterator.next();
      this.waiting = false;
      if (done === true) break;
      this.versions.push(value.version);
      if (bodyMs > 0) await new Promise<void>((resolve) => this.#life.time.setTimeout(resolve, bodyMs));
    }
    await this.leave();
  }

  async leave(): Promise<void> {
    if (this.over) return;
    this.over = true;
    const left = this.#iterator.return?.();
    this.#life.audienceChanged();
    await left;
  }
}

/** How sinks subscribe: most of them to everything. */
export function sinkKind(dice: Dice, number: number, subset: Select): SinkKind {
  const name = `sink ${number}`;
  const withoutA: Select = (endpoints) => (endpoints.length > 1 ? endpoints.filter(({ id }) => id !== "a") : endpoints);
  const everybody: Select = (endpoints) => endpoints;
  const select = dice.weighted<Select | undefined>([
    [4, undefined],
    [1, everybody],
    [1, subset],
    [1, withoutA],
  ]);
  return { name, select, metadata: dice.chance(0.3), signal: dice.chance(0.3) };
}

/** A question that somebody waits for. */
export interface Wait {
  readonly kind: "ready" | "refresh";
  /** Fetches that had begun before. */
  readonly fetches: number;
  /** Whether it counts as listening. */
  readonly joins: boolean;
  readonly signal: AbortSignal;
  settled?: End & ({ readonly snapshot: Snapshot } | { readonly error: unknown });
}
