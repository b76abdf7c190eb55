import { getEventListeners } from "node:events";
import { settle } from "@rollcall/testkit";
import { describe, expect, it } from "vitest";
import { kafkaBrokersSource } from "../src/kafka-brokers-source.js";
import { broker, FakeCluster, FROZEN } from "./support/fake-cluster.js";

const b1 = broker(1);
const endpoint = { id: "1", host: "b1", port: 9092 };

function probe(cluster: FakeCluster, signal: AbortSignal = new AbortController().signal): Promise<void> | undefined {
  return kafkaBrokersSource({ seeds: ["s"] }, cluster.context).probe?.(endpoint, { signal });
}

describe("probing a broker", () => {
  it("resolves when it tells its versions, asks for nothing else, and leaves no connection", async () => {
    const cluster = new FakeCluster(b1);
    const { signal } = new AbortController();
    await probe(cluster, signal);
    expect(getEventListeners(signal, "abort")).toEqual([]);
    expect(cluster.asked()).toEqual(["b1:9092"]);
    expect(cluster.transport.open.size).toBe(0);
  });

  it("rejects when nobody listens, naming the address", async () => {
    await expect(probe(new FakeCluster())).rejects.toMatchObject({
      message: "[kafka] [UNAVAILABLE] broker 1 at b1:9092 does not answer: connect ECONNREFUSED b1:9092",
    });
  });

  it("of one that is frozen ends with its signal, with the signal's reason", async () => {
    const cluster = new FakeCluster();
    cluster.at(b1, FROZEN);
    const patience = new AbortController();
    const probed = probe(cluster, patience.signal)?.catch((error: unknown) => error);
    await settle();
    patience.abort(new Error("silent"));
    expect(await probed).toEqual(new Error("silent"));
    expect(cluster.transport.open.size).toBe(0);
  });
});
