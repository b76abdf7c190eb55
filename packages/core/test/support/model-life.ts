import { subscribe as listen, unsubscribe as unlisten } from "node:diagnostics_channel";
import { type DiagnosticsMessages, MetadataPoller, type PollerOptions, type Snapshot, type Status, select } from "../../src/index.js";
import { ManualClock } from "./manual-clock.js";
import { type Dice, History, Journal, PollerClock } from "./model-journal.js";
import { ModelReader, ModelSink, sinkKind, type Wait } from "./model-sink.js";
import { type End, type ModelAnswer, ModelSource, type SourceKind } from "./model-source.js";

export const INTERVAL_MS = 10_000;
export const FLOOR_MS = 1_000;
export const TIMEOUT_MS = 2_000;
export const PROBE_TIMEOUT_MS = 500;
export const RECHECK_MS = 1_000;

/** One published version, and what was so when it came. */
export interface Version extends End {
  readonly snapshot: Snapshot<ModelAnswer>;
  readonly aside: Status["aside"];
  readonly diff: DiagnosticsMessages["rollcall:change"]["diff"];
  readonly awake: boolean;
  /** Found out afterwards: an answer that was believed in full or held, or what a probe said. */
  madeBy?: "full" | "held" | "empty" | "verdict";
}

/** One poll, between its start and its finish event. */
export interface Poll extends End {
  readonly number: number;
  /** Whether polling went on from its start to now. */
  readonly heard: () => boolean;
  ended?: End & {
    readonly outcome: "changed" | "unchanged" | "held" | undefined;
    readonly error: { readonly code: string } | undefined;
    readonly heard: boolean;
    readonly aside: Status["aside"];
  };
}

/** Time that passed at once; `isDue`: it must have made a poll due. */
export interface Jump extends End {
  readonly isDue: boolean;
}

type PollTrace = DiagnosticsMessages["rollcall:poll"] & { readonly error?: { readonly code: string } };

/** What differs from life to life. */
export interface LifeKind extends SourceKind {
  readonly options: PollerOptions;
  readonly lingerMs: number;
  readonly guard: "default" | "trusting" | "allowing empty";
  /** Whether members are asked whether they serve, and how often without suspicion. */
  readonly probing: boolean;
  readonly everyMs: number | undefined;
  /** Whether the cluster may become large, and whether the poller may be closed at any time. */
  readonly crowd: boolean;
  readonly mayClose: boolean;
}

/** A poller with everything around it: time, a source, subscribers, callers, and a record of what happened to all of them. */
export class Life {
  readonly time: ManualClock;
  readonly clock: PollerClock;
  readonly journal: Journal;
  readonly kind: LifeKind;
  readonly source: ModelSource;
  readonly poller: MetadataPoller<ModelAnswer>;
  readonly sinks: ModelSink[] = [];
  readonly readers: ModelReader[] = [];
  readonly waits = new History<Wait>();
  readonly versions = new History<Version>();
  readonly polls = new History<Poll>();
  readonly jumps: Jump[] = [];
  /** Suspicions that were uttered while polling went on. */
  readonly suspicions: End[] = [];
  closed = false;
  /** Since when nobody listens; undefined while somebody does. */
  idleSince: number | undefined = Number.NEGATIVE_INFINITY;
  /** What happened that never may, whatever the state. */
  readonly problems: string[] = [];
  readonly #listeners = new Map<string, (message: unknown) => void>();

  constructor(seed: number, kind: LifeKind) {
    this.time = new ManualClock(seed);
    this.clock = new PollerClock(this.time);
    this.journal = new Journal(this.time);
    this.kind = kind;
    this.source = new ModelSource(this.time, this.journal, kind);
    this.poller = new MetadataPoller(this.source.face, { ...kind.options, clock: this.clock });
    this.#listen<DiagnosticsMessages["rollcall:change"]>("rollcall:change", (message) => this.#changed(message));
    this.#listen<PollTrace>("tracing:rollcall:poll:start", (trace) => this.#pollStarted(trace));
    this.#listen<PollTrace>("tracing:rollcall:poll:asyncEnd", (trace) => this.#pollEnded(trace));
  }

  /** Stops recording. */
  end(): void {
    for (const [channel, listener] of this.#listeners) unlisten(channel, listener);
  }

  /** Everything that happened since the last look is fresh now. */
  look(): void {
    for (const history of [this.source.fetches, this.source.asked, this.waits, this.versions, this.polls]) history.look();
    for (const { calls, statuses } of this.sinks) for (const history of [calls, statuses]) history.look();
  }

  /** Whether somebody subscribes, iterates or waits. */
  get isListened(): boolean {
    const waits = this.waits.all.some(({ joins, settled }) => joins && settled === undefined);
    return waits || this.sinks.some(({ over }) => !over) || this.readers.some(({ over }) => !over);
  }

  /** Somebody came or left. */
  audienceChanged(): void {
    this.idleSince = this.isListened ? undefined : (this.idleSince ?? this.time.now());
  }

  subscribe(dice: Dice): void {
    const subset = select.subset({ size: 2, seed: String(this.sinks.length) });
    const sink = new ModelSink(this, sinkKind(dice, this.sinks.length + 1, subset));
    this.journal.note(`${sink.kind.name} subscribes`);
    this.#whileOpen(() => {
      sink.subscribe();
      this.sinks.push(sink);
      this.audienceChanged();
    });
  }

  everybodyLeaves(): void {
    for (const sink of this.sinks) sink.leave();
    for (const reader of this.readers) void reader.leave();
  }

  iterate(most: number, bodyMs: number): void {
    if (this.closed) return;
    const reader = new ModelReader(this);
    this.readers.push(reader);
    this.journal.note("somebody iterates");
    void reader.read(most, bodyMs);
    this.audienceChanged();
  }

  ready(signal: AbortSignal = new AbortController().signal): void {
    const joins = !this.closed && this.poller.snapshot === undefined && !signal.aborted;
    this.#wait({ kind: "ready", fetches: this.source.fetches.all.length, joins, signal });
  }

  refresh(signal: AbortSignal = new AbortController().signal): void {
    this.#wait({ kind: "refresh", fetches: this.source.fetches.all.length, joins: !this.closed && !signal.aborted, signal });
  }

  /** Suspects members by id, whether or not they are listed. */
  suspect(ids: readonly string[]): void {
    const { endpoints = [], aside = [] } = this.poller.snapshot ?? {};
    const listed = new Map([...endpoints, ...aside].map((endpoint) => [endpoint.id, endpoint]));
    const order = this.journal.note(`suspects ${ids.join(" ")}`);
    if (this.source.isWatched) this.suspicions.push({ at: this.time.now(), order });
    for (const id of ids) this.poller.suspect(listed.get(id) ?? { host: `${id}.nowhere`, port: 1 }, { cause: new Error("a call failed") });
  }

  close(): void {
    this.journal.note("close");
    this.closed = true;
    for (const sink of this.sinks) sink.over = true;
    for (const reader of this.readers) reader.over = true;
    void this.poller.close();
  }

  #wait(question: Wait): void {
    const wait = this.waits.add(question);
    this.journal.note(`${wait.kind}${wait.signal.aborted ? " with a signal that has fired" : ""}`);
    const settled = (how: { readonly snapshot: Snapshot } | { readonly error: unknown }): void => {
      const text = "error" in how ? String(how.error) : `resolves with version ${how.snapshot.version}`;
      wait.settled = { at: this.time.now(), order: this.journal.note(`${wait.kind} ${text}`), ...how };
      this.audienceChanged();
    };
    void this.poller[wait.kind]({ signal: wait.signal }).then(
      (snapshot) => settled({ snapshot }),
      (error: unknown) => settled({ error }),
    );
    this.audienceChanged();
  }

  /** A closed poller must refuse, an open one must not. */
  #whileOpen(act: () => void): void {
    const { closed } = this;
    try {
      act();
      if (closed) this.problems.push("10: subscribing to a closed poller succeeds");
    } catch (error) {
      if (!closed) this.problems.push(`10: subscribing fails: ${String(error)}`);
    }
  }

  #changed({ snapshot, diff }: DiagnosticsMessages["rollcall:change"]): void {
    const { aside } = this.poller.status;
    const names = (list: Snapshot["endpoints"]): string =>
      list.map(({ id, host }) => (host === `${id}.test` ? id : `${id}@${host}`)).join(" ");
    const order = this.journal.note(`version ${snapshot.version}: ${names(snapshot.endpoints)} | aside: ${names(snapshot.aside)}`);
    const version = { at: this.time.now(), order, snapshot: snapshot as Snapshot<ModelAnswer>, aside, diff };
    this.versions.add({ ...version, awake: this.source.isWatched });
  }

  #pollStarted({ poll }: PollTrace): void {
    const watch = this.source.watches.at(-1);
    const heard = (): boolean => watch?.signal.aborted === false;
    this.polls.add({ at: this.time.now(), order: this.journal.note(`poll ${poll} starts`), number: poll, heard });
  }

  #pollEnded({ poll: number, outcome, error }: PollTrace): void {
    const poll = this.polls.all.find((started) => started.number === number && started.ended === undefined);
    const order = this.journal.note(`poll ${number} ends: ${outcome ?? String(error)}`);
    if (poll === undefined) this.problems.push(`15: poll ${number} ends without having begun`);
    else poll.ended = { at: this.time.now(), order, outcome, error, heard: poll.heard(), aside: this.poller.status.aside };
  }

  #listen<M extends { readonly source: string }>(channel: string, record: (message: M) => void): void {
    const listener = (message: unknown): void => {
      if ((message as M).source === this.kind.key) record(message as M);
    };
    this.#listeners.set(channel, listener);
    listen(channel, listener);
  }
}
