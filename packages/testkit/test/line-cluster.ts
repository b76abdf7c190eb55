import type { Socket } from "node:net";
import type { Endpoint, MetadataSource } from "@rollcall/core";
import { Peer } from "../src/source/peer.js";
import type { SourceCapabilities, SourceHarness } from "../src/source/source-harness.js";

/** What a member says of another. */
export interface LineMember {
  readonly id: string;
  readonly host: string;
  readonly port: number;
  readonly zone: string;
}

/** The only token that the members accept. */
export const TOKEN = "s3cret-t0ken";

/** So many members are on one page of an answer. */
const PAGE = 2;

type Fault = "frozen" | "malformed" | "half";

interface Member {
  readonly id: string;
  peer: Peer;
  fault?: Fault;
}

/**
 * A cluster of a system that exists only here: whoever connects to a member asks line by line, in JSON. `{"ask":"members","page":0}`
 * is answered with `{"pages":2,"by":"m1","members":[…]}`, `{"ask":"ping"}` with `{"pong":true}`, anything without the token with
 * `{"denied":true}`.
 */
export class LineCluster implements SourceHarness {
  readonly #members: Member[] = [];
  readonly #make: (seeds: readonly string[], token: string) => MetadataSource<unknown>;

  private constructor(make: (seeds: readonly string[], token: string) => MetadataSource<unknown>) {
    this.#make = make;
  }

  /** Three members, and sources that are made like this. */
  static async start(make: (seeds: readonly string[], token: string) => MetadataSource<unknown>): Promise<LineCluster> {
    const cluster = new LineCluster(make);
    for (const id of ["m1", "m2", "m3"]) cluster.#members.push({ id, peer: await cluster.#listen(id) });
    return cluster;
  }

  get seeds(): readonly string[] {
    return this.#members.map(({ peer }) => peer.seed);
  }

  get connections(): number {
    return this.#members.reduce((sum, { peer }) => sum + peer.open, 0);
  }

  source(seeds: readonly string[], token: string = TOKEN): MetadataSource<unknown> {
    return this.#make(seeds, token);
  }

  /** Another port for the last member. */
  async move(): Promise<void> {
    const member = this.#members.at(-1);
    if (member === undefined) return;
    const left = member.peer;
    member.peer = await this.#listen(member.id);
    await left.close();
  }

  /** From now on a member, the first or the one at this port, does worse; resolves with the seed that leads to it. */
  async harm(fault: Fault, at?: Pick<Endpoint, "port">): Promise<readonly string[]> {
    const ill = this.#members.find(({ peer }) => at === undefined || peer.port === at.port);
    if (ill === undefined) throw new Error(`nobody is at port ${at?.port}`);
    ill.fault = fault;
    return [ill.peer.seed];
  }

  async close(): Promise<void> {
    for (const { peer } of this.#members) await peer.close();
  }

  #listen(id: string): Promise<Peer> {
    return Peer.listen((socket) => {
      let text = "";
      socket.setEncoding("utf8").on("data", (data: string) => {
        const lines = `${text}${data}`.split("\n");
        text = lines.pop() ?? "";
        for (const line of lines) this.#asked(id, socket, line);
      });
    });
  }

  #asked(id: string, socket: Socket, line: string): void {
    const fault = this.#members.find((member) => member.id === id)?.fault;
    const { ask, page, token } = parsed(line);
    if (fault === "frozen") return;
    if (fault === "half" && page === 1) socket.destroy();
    else if (fault === "malformed") say(socket, { pages: 1, by: id, members: "all" });
    else if (token !== TOKEN) say(socket, { denied: true });
    else if (ask === "ping") say(socket, { pong: true });
    else say(socket, { pages: Math.ceil(this.#members.length / PAGE), by: id, members: this.#page(page ?? 0) });
  }

  #page(page: number): readonly LineMember[] {
    const listed = this.#members.slice(page * PAGE, (page + 1) * PAGE);
    return listed.map(({ id, peer }) => ({ id, host: "127.0.0.1", port: peer.port, zone: `zone-of-${id}` }));
  }
}

/** Ports are used again, so somebody else may speak here by mistake. */
function parsed(line: string): { readonly ask?: string; readonly page?: number; readonly token?: string } {
  try {
    return Object(JSON.parse(line));
  } catch {
    return {};
  }
}

function say(socket: Socket, message: unknown): void {
  socket.write(`${JSON.stringify(message)}\n`);
}

/** Everything that this cluster and a good source on it can do. */
export const CAPABILITIES: SourceCapabilities<LineCluster> = {
  severalSeeds: true,
  known: true,
  restore: true,
  secrets: [TOKEN, "wr0ng-t0ken"],
  connections: (cluster) => cluster.connections,
  move: (cluster) => cluster.move(),
  stopServing: (cluster, endpoint) => cluster.harm("frozen", endpoint),
  wrongCredentials: (cluster) => cluster.source(cluster.seeds, "wr0ng-t0ken"),
  malformed: (cluster) => cluster.harm("malformed"),
  partial: (cluster) => cluster.harm("half"),
};
