import { MetadataPoller } from "@rollcall/core";
import { type EtcdMetadata, etcdMembers } from "@rollcall/etcd";
import type { EtcdCluster } from "@rollcall/etcd/simulator";
import { grpcTarget } from "@rollcall/grpc";
import { generatedClient, type KeyValueClient, niceClient, plainClient, Writer } from "@rollcall/testbed";
import { addressOf } from "./cluster.js";
import { Rate } from "./rate.js";
import type { LoadLine, MemberLine, Scene } from "./scene.js";

/** Long enough that no replacement can wait for it: the poller has to notice by itself. */
const INTERVAL_MS = 30_000;

/** A client with the writer that keeps it busy. */
export interface Load {
  readonly client: KeyValueClient;
  readonly writer: Writer;
  readonly rate: Rate;
}

/** Who is on stage: one poller, three kinds of clients on it, and a control that knows only the original addresses. */
export class Cast implements AsyncDisposable {
  readonly poller: MetadataPoller<EtcdMetadata>;
  readonly clients: readonly Load[];
  readonly control: Load;
  /** The addresses of the members that the cluster had when the cast was made. */
  readonly originals: readonly string[];
  readonly #cluster: Pick<EtcdCluster, "members">;
  readonly #began = performance.now();

  constructor(cluster: Pick<EtcdCluster, "members">) {
    this.#cluster = cluster;
    this.originals = cluster.members.map(addressOf);
    this.poller = new MetadataPoller(etcdMembers({ seeds: this.originals }), { intervalMs: INTERVAL_MS });
    const target = grpcTarget(this.poller);
    this.clients = [plainClient, generatedClient, niceClient].map((make, at) => load(make({ target }), `client-${at}/`));
    const fixed = plainClient({ target: `ipv4:${this.originals.join(",")}` });
    this.control = load({ ...fixed, kind: "control: ipv4:, no discovery" }, "control/");
  }

  /** Everybody begins to write. */
  start(): void {
    for (const { writer } of this.#everybody) writer.start();
  }

  /** Waits for the writes in flight. */
  async stop(): Promise<void> {
    await Promise.all(this.#everybody.map(({ writer }) => writer.stop()));
  }

  /** How it looks now. */
  scene(): Scene {
    const { snapshot, status } = this.poller;
    const now = performance.now();
    return {
      elapsedMs: now - this.#began,
      poller: {
        state: status.state,
        version: snapshot?.version ?? 0,
        nextPollInMs: status.nextAttemptAt === undefined ? undefined : Math.max(0, status.nextAttemptAt - Date.now()),
      },
      members: this.#members(),
      clients: this.clients.map((client) => line(client, now)),
      control: line(this.control, now),
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    for (const { client } of this.#everybody) client.close();
    await this.poller.close();
  }

  get #everybody(): readonly Load[] {
    return [...this.clients, this.control];
  }

  #members(): readonly MemberLine[] {
    const listed = this.#cluster.members.map(addressOf);
    const used = (this.poller.snapshot?.endpoints ?? []).map(({ host, port }) => `${host}:${port}`);
    return [...new Set([...listed, ...used])].map((address) => ({
      address,
      original: this.originals.includes(address),
      inUse: used.includes(address),
      listed: listed.includes(address),
    }));
  }
}

function load(client: KeyValueClient, prefix: string): Load {
  return { client, writer: new Writer(client, prefix), rate: new Rate() };
}

function line({ writer, rate }: Load, now: number): LoadLine {
  const { report } = writer;
  return { ...report, perSecond: rate.perSecond(now, report.acknowledged) };
}
