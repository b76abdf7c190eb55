import { connect, type Socket } from "node:net";
import type { KafkaTestCluster } from "@rollcall/kafka/simulator";
import type { ISocketFactory } from "kafkajs";
import { expect, it, vi } from "vitest";
import { addresses, brokersOf, staticAdmin } from "./kafka-scenario.js";

const TOPICS = 1_000;

/** What one poll may cost, in bytes: connecting included, three brokers listed. */
const LIMIT = { out: 60, in: 700 } as const;

/** What polls cost. Leaves the topics behind. */
export function costScenarios(shared: () => KafkaTestCluster): void {
  it("8, row 2: a poll costs the same bytes with 1 000 topics more, over one socket that it closes", async (test) => {
    const cluster = shared();
    const sockets = new CountedSockets();
    const client = { ...cluster.client, socketFactory: sockets.factory };
    const poller = brokersOf(test, cluster, { client, minIntervalMs: 10 });
    const poll = async (): Promise<unknown> => {
      const before = sockets.bytes;
      await poller.refresh();
      await vi.waitFor(() => expect(sockets.open).toBe(0));
      return { out: sockets.bytes.out - before.out, in: sockets.bytes.in - before.in };
    };
    const admin = await staticAdmin(test, cluster, addresses(cluster));
    let received = 0;
    admin.on("admin.network.request", ({ payload }) => {
      received += payload.size;
    });
    await admin.describeCluster();
    const receivedBefore = received;

    const before = await poll();
    expect(before).toMatchObject({ out: expect.toSatisfy((out) => out <= LIMIT.out), in: expect.toSatisfy((bytes) => bytes <= LIMIT.in) });
    await cluster.createTopics(Array.from({ length: TOPICS }, (_, number) => ({ topic: `many-${number}`, replicas: 1 })));
    expect([await poll(), await poll()]).toEqual([before, before]);
    expect(sockets.mostOpen).toBe(1);
    received = 0;
    await admin.describeCluster();
    expect(received, "kafkajs's own question must have become dearer, else this run proves nothing").toBeGreaterThan(
      receivedBefore + TOPICS * 20,
    );
  });
}

/** Sockets for kafkajs that count what passes. */
class CountedSockets {
  readonly #sockets: Socket[] = [];
  mostOpen = 0;

  readonly factory: ISocketFactory = ({ host, port, onConnect }) => {
    const socket = connect({ host, port }, onConnect);
    this.#sockets.push(socket);
    this.mostOpen = Math.max(this.mostOpen, this.open);
    return socket;
  };

  get open(): number {
    return this.#sockets.filter(({ closed }) => !closed).length;
  }

  get bytes(): { readonly out: number; readonly in: number } {
    const sum = (of: (socket: Socket) => number): number => this.#sockets.reduce((total, socket) => total + of(socket), 0);
    return { out: sum(({ bytesWritten }) => bytesWritten), in: sum(({ bytesRead }) => bytesRead) };
  }
}
