import { Client, type ClientDuplexStream, credentials } from "@grpc/grpc-js";
import type { Endpoint, MetadataPoller } from "@rollcall/core";
import type { EtcdMetadata } from "@rollcall/etcd";
import type { EtcdCluster, EtcdClusterMember } from "@rollcall/etcd/simulator";
import { grpcTarget } from "@rollcall/grpc";
import { Etcd3 } from "etcd3";
import { expect, vi } from "vitest";
import { pollerOn, type Test, urls } from "../../../testbed/scenarios/etcd-scenario.js";
import { watchPrefix } from "../../src/etcd-watch.js";
import { expectEvery, type ToldEvent } from "./every-event.js";

type Stream = ClientDuplexStream<unknown, unknown>;

/** For how long the watch stays on a member that is not in use, in milliseconds. */
export const MAX_DRAIN_MS = 2_000;
/** Until something is seen that has to come. */
const PATIENCE = { timeout: 20_000, interval: 20 };

/** A watch on `jobs/`, with its streams counted, and whoever writes there. Ends with the test. */
export class Watched {
  readonly cluster: EtcdCluster;
  readonly poller: MetadataPoller<EtcdMetadata>;
  readonly client: Client;
  /** All that were made, the newest last. */
  readonly streams: Stream[] = [];
  readonly #told: ToldEvent[] = [];
  #ended: unknown;
  readonly #written: string[] = [];
  readonly #life = new AbortController();
  #frozen: EtcdClusterMember | undefined;

  private constructor(test: Test, cluster: EtcdCluster, mapEndpoint: (endpoint: Endpoint) => Endpoint | undefined) {
    this.cluster = cluster;
    this.poller = pollerOn(test, urls(cluster), { mapEndpoint });
    const roundRobin = JSON.stringify({ loadBalancingConfig: [{ round_robin: {} }], methodConfig: [] });
    this.client = new Client(grpcTarget(this.poller), credentials.createInsecure(), { "grpc.service_config": roundRobin });
    const make = this.client.makeBidiStreamRequest.bind(this.client) as (...args: readonly unknown[]) => Stream;
    Object.assign(this.client, { makeBidiStreamRequest: (...args: readonly unknown[]) => this.#counted(make(...args)) });
    test.onTestFinished(() => {
      this.#life.abort();
      this.client.close();
    });
  }

  /** Resolves once it is on a member. */
  static async start(
    test: Test,
    cluster: EtcdCluster,
    mapEndpoint = (endpoint: Endpoint): Endpoint | undefined => endpoint,
  ): Promise<Watched> {
    const watched = new Watched(test, cluster, mapEndpoint);
    const after = await watched.asEtcd3((writer) => writer.put("elsewhere").value(""));
    void watched.#watch(after.header.revision);
    await vi.waitFor(() => watched.member, PATIENCE);
    return watched;
  }

  /** Where the newest stream is. */
  get member(): EtcdClusterMember {
    const peer = this.streams.at(-1)?.getPeer();
    const found = this.cluster.members.find(({ clientUrl }) => new URL(clientUrl).host === peer);
    if (found === undefined) throw new Error(`the watch is on ${peer}`);
    return found;
  }

  /** Freezes the member that the watch is on. */
  async freeze(): Promise<EtcdClusterMember> {
    this.#frozen = this.member;
    await this.cluster.freeze(this.#frozen);
    return this.#frozen;
  }

  /** Resolves once the frozen one is set aside. */
  async setAside({ clientUrl }: EtcdClusterMember): Promise<void> {
    const { hostname: host, port } = new URL(clientUrl);
    this.poller.suspect({ host, port: Number(port) });
    await vi.waitUntil(() => this.poller.snapshot?.aside.length === 1, PATIENCE);
  }

  /** Asks members that are not frozen: one that thaws would do what it was asked long ago. */
  async asEtcd3<T>(ask: (client: Etcd3) => PromiseLike<T>): Promise<T> {
    const hosts = urls(this.cluster).filter((url) => url !== this.#frozen?.clientUrl);
    const client = new Etcd3({ hosts, defaultCallOptions: () => ({ deadline: Date.now() + 2_000 }) });
    try {
      return await ask(client);
    } finally {
      client.close();
    }
  }

  /** Writes a key, and does not wait for the watch. */
  async write(name: string): Promise<void> {
    await this.asEtcd3((writer) => writer.put(`jobs/${name}`).value(""));
    this.#written.push(`jobs/${name}`);
  }

  /** Resolves once all that was written has been told, once and in order. */
  async toldAll(): Promise<void> {
    await vi.waitFor(async () => {
      expect(this.#ended).toBeUndefined();
      const { kvs } = await this.asEtcd3((reader) => reader.getAll().prefix("jobs/").exec());
      expect(kvs.map(({ key }) => String(key))).toEqual(this.#written.toSorted());
      expectEvery(this.#told, kvs);
    }, PATIENCE);
  }

  /** Resolves once the watch is on its second stream. */
  async moved(): Promise<void> {
    await vi.waitUntil(() => this.streams.length === 2, PATIENCE);
  }

  async #watch(after: string): Promise<void> {
    const { signal } = this.#life;
    try {
      const events = watchPrefix(this.client, this.poller, "jobs/", { after, maxDrainMs: MAX_DRAIN_MS, signal });
      for await (const event of events) this.#told.push(event);
    } catch (error) {
      if (!signal.aborted) this.#ended = error;
    }
  }

  #counted(stream: Stream): Stream {
    this.streams.push(stream);
    return stream;
  }
}
