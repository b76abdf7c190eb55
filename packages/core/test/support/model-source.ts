import { clusterPin, type Endpoint } from "../../src/index.js";
import type { FetchContext, MetadataSource, WatchContext } from "../../src/metadata-source.js";
import type { ManualClock } from "./manual-clock.js";
import { History, type Journal } from "./model-journal.js";
import { ProbingSource } from "./probing-source.js";
import { type Answer, answer } from "./scripted-source.js";

/** An answer that may also say who is down. */
export interface ModelAnswer extends Answer {
  readonly down?: readonly string[];
  /** Happens while the poller reads it. */
  readonly whileRead?: () => void;
}

/** What a source says to a question, or how it fails. */
export type ModelScript = (context: FetchContext<ModelAnswer>) => Promise<ModelAnswer> | ModelAnswer;

/** How a question ended; `order` numbers everything that happened in a life. */
export interface End {
  readonly at: number;
  readonly order: number;
}

/** One `fetch`. */
export interface Fetch {
  readonly at: number;
  readonly order: number;
  readonly signal: AbortSignal;
  /** When its signal fired. */
  aborted?: End;
  settled?: End & ({ readonly answer: ModelAnswer } | { readonly error: unknown });
}

/** One `probe`. */
export interface Probe {
  readonly endpoint: Endpoint;
  readonly at: number;
  readonly order: number;
  /** Whether polling went on when it began, and how many were being asked then, this one included. */
  readonly awake: boolean;
  readonly atOnce: number;
  aborted?: End;
  settled?: End & { readonly answered: boolean };
}

/** What kind of source it is. */
export interface SourceKind {
  readonly key: string;
  readonly probes: boolean;
  /** What `watch` does when it is called. */
  readonly watch: "quiet" | "throwing" | "pushing" | "pushing at once";
}

/** A member may be the witness of everybody else at the same moment. */
const STORM = 60;

/** The source of a life: it knows the truth, says what its script says, and remembers everything it was asked. */
export class ModelSource extends ProbingSource {
  readonly fetches = new History<Fetch>();
  readonly asked = new History<Probe>();
  /** When polling began, each time. */
  readonly begins: { readonly at: number; readonly order: number }[] = [];
  /** The members of the cluster, as `member()` writes them. */
  members: readonly string[] = ["a", "b", "c"];
  /** Whom the cluster itself reports as down. */
  down: readonly string[] = [];
  says: ModelScript = () => this.truth();
  readonly pin: ReturnType<typeof clusterPin> = clusterPin({ foreign: "refuse" });
  readonly kind: SourceKind;
  readonly #journal: Journal;
  readonly #beingAsked = new Set<Probe>();
  #epoch = 0;

  constructor(clock: ManualClock, journal: Journal, kind: SourceKind) {
    super(clock, []);
    this.#journal = journal;
    this.kind = kind;
    this.pin.check("ours");
  }

  /** What the poller is given: only what this kind of source can do. */
  get face(): MetadataSource<ModelAnswer> {
    const face: MetadataSource<ModelAnswer> = {
      key: this.kind.key,
      fetch: (context) => this.fetch(context),
      endpoints: ({ endpoints, whileRead }) => {
        whileRead?.();
        return endpoints;
      },
      unavailable: ({ down = [] }) => down,
      sameMetadata: (before, after) => this.sameMetadata(before, after),
      watch: (context) => this.watch(context),
      close: () => this.close(),
    };
    return this.kind.probes ? { ...face, probe: (endpoint, context) => this.probe(endpoint, context) } : face;
  }

  truth(): ModelAnswer {
    this.pin.check("ours");
    return { ...answer(...this.members), down: this.down };
  }

  nextEpoch(): number {
    this.#epoch += 1;
    return this.#epoch;
  }

  /** Says that there is news while it is being asked. */
  announcing(answered: ModelAnswer): ModelAnswer {
    this.watches.at(-1)?.changed();
    return answered;
  }

  get isWatched(): boolean {
    return this.watches.some(({ signal }) => !signal.aborted);
  }

  /** Whoever is being asked now. */
  get beingAsked(): ReadonlySet<Probe> {
    return this.#beingAsked;
  }

  /** Whether a member is asked more often at one moment than anything can explain. */
  isStorm({ endpoint, at }: Probe): boolean {
    return this.asked.all.slice(-1_000).filter((probe) => probe.at === at && probe.endpoint.id === endpoint.id).length > STORM;
  }

  override fetch(context: FetchContext<ModelAnswer>): Promise<ModelAnswer> {
    const { signal } = context;
    const fetch = this.fetches.add({ ...this.#now(`fetch ${this.fetches.all.length + 1}`), signal });
    signal.addEventListener("abort", () => {
      fetch.aborted = this.#now("fetch aborted");
    });
    const failed = (error: unknown): never => {
      fetch.settled = { ...this.#now(`fetch failed: ${String(error)}`), error };
      throw error;
    };
    let said: Promise<ModelAnswer> | ModelAnswer;
    try {
      said = this.says(context);
    } catch (error) {
      return failed(error);
    }
    return Promise.resolve(said).then((answered) => {
      fetch.settled = { ...this.#now("fetch answered"), answer: answered };
      return answered;
    }, failed);
  }

  override probe(endpoint: Endpoint, context: { readonly signal: AbortSignal }): Promise<void> {
    const { id } = endpoint;
    const atOnce = this.#beingAsked.size + 1;
    const probe = this.asked.add({ ...this.#now(`probe ${id}`), endpoint, awake: this.isWatched, atOnce });
    this.#beingAsked.add(probe);
    context.signal.addEventListener("abort", () => {
      if (this.#beingAsked.delete(probe)) probe.aborted = this.#now(`probe ${id} aborted`);
    });
    const ended = (answered: boolean, text: string): void => {
      probe.settled = { ...this.#now(text), answered };
      this.#beingAsked.delete(probe);
    };
    const failed = (error: unknown): never => {
      ended(false, `${id} refuses: ${String(error)}`);
      throw error;
    };
    if (this.isStorm(probe)) return new Promise(() => undefined); // or the life would never end
    let said: Promise<void>;
    try {
      said = super.probe(endpoint, context);
    } catch (error) {
      return failed(error);
    }
    return said.then(() => ended(true, `${id} serves`), failed);
  }

  override watch(context: WatchContext): void {
    super.watch(context);
    this.begins.push(this.#now("polling begins"));
    context.signal.addEventListener("abort", () => this.#journal.note("polling ends"));
    if (this.kind.watch === "throwing") throw new Error("watch is not to be had");
    if (this.kind.watch === "pushing at once") context.changed();
    if (this.kind.watch === "pushing") this.#push(context);
  }

  #push({ signal, changed }: WatchContext): void {
    const again = (): void => {
      timer = this.clock.setTimeout(again, 3_300);
      changed();
    };
    let timer = this.clock.setTimeout(again, 3_300);
    signal.addEventListener("abort", () => this.clock.clearTimeout(timer));
  }

  #now(what: string): End {
    return { at: this.clock.now(), order: this.#journal.note(what) };
  }
}
