import { MetadataPoller } from "@rollcall/core";
import { type EtcdMetadata, etcdMembers } from "@rollcall/etcd";
import type { EtcdCluster } from "@rollcall/etcd/simulator";
import { grpcTarget } from "@rollcall/grpc";
import { generatedClient, type KeyValueClient, niceClient, plainClient, Writer } from "@rollcall/testbed";
import type { Cast, Direction, Load, Membership, Words } from "../cast.js";
import { addressOf } from "./cluster.js";

/** Long enough that no replacement can wait for it: the poller has to notice by itself. */
const INTERVAL_MS = 30_000;
const CONTROL_DEADLINE_MS = 2_000;

/** A client with the writer that keeps it busy. */
interface Busy {
  readonly client: KeyValueClient;
  readonly writer: Writer;
}

/** Three kinds of gRPC clients that put keys while each member of an etcd cluster is replaced in turn. */
export class EtcdCast implements Cast {
  readonly words: Words = { write: "key", again: "retries", longest: "longest gap" };
  readonly #poller: MetadataPoller<EtcdMetadata>;
  readonly #originals: readonly string[];
  readonly #cluster: Pick<EtcdCluster, "members" | "replace">;
  readonly #clients: readonly Busy[];
  readonly #control: Busy;

  constructor(cluster: Pick<EtcdCluster, "members" | "replace">) {
    this.#cluster = cluster;
    this.#originals = this.#listed;
    this.#poller = new MetadataPoller(etcdMembers({ seeds: this.#originals }), { intervalMs: INTERVAL_MS });
    const target = grpcTarget(this.#poller);
    this.#clients = [plainClient, generatedClient, niceClient].map((make, at) => busy(make({ target }), `client-${at}/`));
    const fixed = plainClient({ target: `ipv4:${this.#originals.join(",")}` });
    this.#control = busy({ ...fixed, kind: "ipv4:, no discovery" }, "control/");
  }

  get memberships(): readonly Membership[] {
    return [{ member: "member", poller: this.#poller, originals: this.#originals, listed: this.#listed }];
  }

  get clients(): readonly Load[] {
    return this.#clients.map(loadOf);
  }

  get control(): Load {
    return loadOf(this.#control);
  }

  async play({ say, pause }: Direction): Promise<void> {
    const originals = [...this.#cluster.members];
    say("Three clients write through one poller that asks every 30 s. The control was given the same addresses, once.");
    for (const { writer } of this.#everybody) writer.start();
    await pause();
    for (const [at, member] of originals.entries()) {
      say(`Replacing ${addressOf(member)}, ${at + 1} of ${originals.length}: a learner joins, gets its vote, then the old member leaves.`);
      const successor = await this.#cluster.replace(member);
      const last = at + 1 === originals.length;
      say(`${addressOf(successor)} took its place.${last ? " No original address is left, not even a seed." : ""}`);
      await pause();
    }
  }

  async stop(): Promise<void> {
    await Promise.all(this.#everybody.map(({ writer }) => writer.stop()));
  }

  lost(): Promise<readonly number[]> {
    return Promise.all(this.#clients.map(async ({ writer }) => (await writer.lost()).length));
  }

  isControlDead(): Promise<boolean> {
    return this.#control.client.put("control/late", "late", CONTROL_DEADLINE_MS).then(
      () => false,
      () => true,
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    for (const { client } of this.#everybody) client.close();
    await this.#poller.close();
  }

  get #listed(): readonly string[] {
    return this.#cluster.members.map(addressOf);
  }

  get #everybody(): readonly Busy[] {
    return [...this.#clients, this.#control];
  }
}

function busy(client: KeyValueClient, prefix: string): Busy {
  return { client, writer: new Writer(client, prefix) };
}

function loadOf({ writer }: Busy): Load {
  const { kind, acknowledged, failed, retries, longestGapMs } = writer.report;
  return { kind, acknowledged, failed, again: retries, longestMs: longestGapMs };
}
