import { connect, type Socket } from "node:net";
import {
  askCandidates,
  DiscoveryError,
  type DiscoveryErrorCode,
  type Endpoint,
  type FetchContext,
  type MetadataSource,
} from "@rollcall/core";
import type { LineMember } from "./line-cluster.js";

/** The answer of a line cluster. */
export interface LineMetadata {
  /** Who answered; says nothing about the cluster. */
  readonly by: string;
  readonly members: readonly LineMember[];
}

/** A connection to one member: a question, then its answer. */
export class Line {
  readonly seed: string;
  readonly socket: Socket;
  /** How much is read before a line that does not end is given up. */
  maxLength = 1_000_000;
  /** Whether this is all of an answer. */
  isWhole: (text: string) => boolean = (text) => text.endsWith("\n");
  #text = "";
  #problem = "it hung up";
  #settle: { resolve(line: string): void; reject(error: unknown): void } | undefined;

  constructor(seed: string) {
    this.seed = seed;
    const { hostname, port } = new URL(`line://${seed}`);
    this.socket = connect(Number(port), hostname).setEncoding("utf8");
    this.socket.on("data", (text: string) => this.#read(text)).once("close", () => this.#fail("UNAVAILABLE", this.#problem));
    this.socket.on("error", (error) => {
      this.#problem = error.message;
    });
  }

  /** Asks one thing. Rejects with whatever goes wrong; then the line is of no use any more. */
  async ask(question: unknown, signal: AbortSignal): Promise<Readonly<Record<string, unknown>>> {
    if (this.socket.destroyed) throw failure("UNAVAILABLE", `${this.seed}: ${this.#problem}`);
    const line = await new Promise<string>((resolve, reject) => {
      this.#settle = { resolve, reject };
      signal.addEventListener("abort", () => reject(signal.reason), { once: true });
      this.#text = "";
      this.socket.write(`${JSON.stringify(question)}\n`);
    });
    const answer = parsed(line);
    if (answer["denied"] === true) throw failure("UNAUTHENTICATED", `${this.seed} refuses the token`);
    return answer;
  }

  #read(text: string): void {
    this.#text += text;
    if (this.isWhole(this.#text)) this.#settle?.resolve(this.#text);
    else if (this.#text.length > this.maxLength) this.#fail("MALFORMED_RESPONSE", "its line does not end");
  }

  #fail(code: DiscoveryErrorCode, problem: string): void {
    this.#settle?.reject(failure(code, `${this.seed}: ${problem}`));
    this.socket.destroy();
  }
}

/** A source as it should be, in so many pieces that each of them can be spoiled. */
export class LineSource implements MetadataSource<LineMetadata> {
  readonly key: string;
  readonly seeds: readonly string[];
  readonly token: string;
  hedgeAfterMs = 50;
  attemptTimeoutMs = 5_000;
  #held: Line | undefined;
  #ended = false;

  constructor(seeds: readonly string[], token: string) {
    this.key = `line:${seeds.join(",")}`;
    this.seeds = seeds;
    this.token = token;
  }

  async fetch({ signal, known }: FetchContext<LineMetadata>): Promise<LineMetadata> {
    const { hedgeAfterMs, attemptTimeoutMs } = this;
    const opened = new Set<Line>();
    const ask = async (seed: string, attempt: { readonly signal: AbortSignal }): Promise<{ line: Line; metadata: LineMetadata }> => {
      const line = this.lineTo(seed);
      opened.add(line);
      return { line, metadata: await this.list(line, attempt.signal) };
    };
    try {
      const candidates = new Set(this.candidates(known));
      const { answer } = await askCandidates(candidates, ask, { signal, hedgeAfterMs, attemptTimeoutMs, source: "line" });
      opened.delete(answer.line);
      this.hold(answer.line);
      return answer.metadata;
    } finally {
      for (const line of opened) this.drop(line);
    }
  }

  endpoints({ members }: LineMetadata): readonly Endpoint[] {
    return members.map(({ id, host, port, zone }) => ({ id, host, port, attributes: { zone } }));
  }

  sameMetadata(before: LineMetadata, after: LineMetadata): boolean {
    return before.members.length === after.members.length;
  }

  async probe({ host, port }: Endpoint, { signal }: { readonly signal: AbortSignal }): Promise<void> {
    const line = new Line(`${host}:${port}`);
    try {
      const { pong } = await line.ask({ ask: "ping", token: this.token }, signal);
      if (pong !== true) throw failure("MALFORMED_RESPONSE", "no pong");
    } finally {
      line.socket.destroy();
    }
  }

  watch({ signal }: { readonly signal: AbortSignal }): void {
    this.#ended = false;
    signal.addEventListener("abort", () => this.letGo(), { once: true });
  }

  restore(stored: unknown): LineMetadata {
    const { by, members } = Object(stored) as Partial<LineMetadata>;
    return { by: String(by), members: checkedMembers(members) };
  }

  async close(): Promise<void> {
    this.letGo();
  }

  /** Whom to ask, in this order. */
  candidates(known: readonly Endpoint[]): readonly string[] {
    const held = this.#held === undefined ? [] : [this.#held.seed];
    return [...held, ...known.map(({ host, port }) => `${host}:${port}`), ...this.seeds];
  }

  /** All pages of one member's list. */
  async list(line: Line, signal: AbortSignal): Promise<LineMetadata> {
    const members: LineMember[] = [];
    for (let page = 0; ; page += 1) {
      const answer = await this.page(page, line, signal);
      members.push(...answer.members);
      if (page + 1 >= answer.pages) return { by: answer.by, members };
    }
  }

  /** One page of it. */
  async page(page: number, line: Line, signal: AbortSignal): Promise<LineMetadata & { readonly pages: number }> {
    const { by, pages, members } = await line.ask({ ask: "members", page, token: this.token }, signal);
    return { by: String(by), pages: Number(pages), members: checkedMembers(members) };
  }

  /** The line that is held to a member, or a new one. */
  lineTo(seed: string): Line {
    const held = this.#held;
    return held?.seed === seed && !held.socket.destroyed ? held : new Line(seed);
  }

  /** Keeps one line, while there is somebody to keep it for. */
  hold(line: Line): void {
    if (this.#held !== line) this.#held?.socket.destroy();
    this.#held = line;
    if (this.#ended) this.letGo();
  }

  /** Closes a line that led to no answer. */
  drop(line: Line): void {
    line.socket.destroy();
  }

  /** Closes what is held, until somebody watches again. */
  letGo(): void {
    this.#ended = true;
    this.#held?.socket.destroy();
    this.#held = undefined;
  }
}

/** An error of this system. */
export function failure(code: DiscoveryErrorCode, message: string): DiscoveryError {
  return new DiscoveryError(code, message, { source: "line" });
}

function parsed(line: string): Readonly<Record<string, unknown>> {
  try {
    return Object(JSON.parse(line)) as Record<string, unknown>;
  } catch {
    throw failure("MALFORMED_RESPONSE", `this is no JSON: ${line.slice(0, 200)}`);
  }
}

function checkedMembers(members: unknown): readonly LineMember[] {
  const isMember = (one: Partial<LineMember> | null): boolean =>
    [one?.id, one?.host, one?.zone].every((text) => typeof text === "string") && /^[\d.]+$/.test(`${one?.host}`) && Number(one?.port) > 0;
  if (Array.isArray(members) && members.every(isMember)) return members;
  throw failure("MALFORMED_RESPONSE", "this is no list of members");
}
