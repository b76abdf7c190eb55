import { describe, expect, it } from "vitest";
import { answering, broker, FakeCluster, FROZEN } from "./support/fake-cluster.js";
import type { FakeBroker } from "./support/fake-transport.js";
import { polled } from "./support/polled.js";

const [b1, b2, b3, b4] = [broker(1), broker(2), broker(3), broker(4)];

/** A request's length on the wire without its body: frame length, api key, version, correlation id, and the client id `rollcall`. */
const HEADER_BYTES = 4 + 2 + 2 + 4 + 2 + 8;

describe("the brokers of a cluster, polled", () => {
  it("row 1: an idle client sees an added broker within one interval, and a hundred triggers cost two questions at most", async () => {
    const cluster = new FakeCluster(b1, b2, b3);
    const stage = await polled(cluster);
    cluster.brokers = [b1, b2, b3, b4];
    cluster.start(b4);
    await cluster.clock.advance(33_000);
    expect(stage.sink.folded.map(({ id }) => id)).toEqual(["1", "2", "3", "4"]);
    cluster.asked();
    for (let trigger = 0; trigger < 100; trigger += 1) stage.poller.refresh().catch(() => undefined);
    await cluster.clock.advance(2_500);
    expect(cluster.asked().length).toBeLessThanOrEqual(2);
  });

  it("row 2: one connection per poll carries one request of at most 30 bytes, and none is there between polls", async () => {
    const cluster = new FakeCluster(b1, b2, b3);
    const requests: (readonly [apiKey: number, bytes: number])[] = [];
    const { versions, answer } = answering(() => ({ clusterId: "ours", brokers: cluster.brokers }));
    const counting: FakeBroker["answer"] = (request) => {
      requests.push([request.apiKey, HEADER_BYTES + request.body.length]);
      return answer?.(request) ?? Promise.reject(new Error("nothing to say"));
    };
    for (const each of cluster.brokers) cluster.at(each, { versions, answer: counting });
    await polled(cluster);
    await cluster.clock.advance(100_000);
    const asked = cluster.asked();
    expect(asked.length).toBeGreaterThanOrEqual(3);
    expect(asked.length).toBeLessThanOrEqual(5);
    expect(requests.map(([apiKey]) => apiKey)).toEqual(asked.map(() => 60));
    expect(Math.max(...requests.map(([, bytes]) => bytes))).toBeLessThanOrEqual(30);
    expect(cluster.transport.open.size).toBe(0);
  });

  it("row 3: when every broker was replaced while nobody looked, the seeds lead back in one poll", async () => {
    const cluster = new FakeCluster(b1, b2, b3);
    let addresses = ["b1", "b2", "b3"];
    const stage = await polled(cluster, { seeds: async () => addresses });
    cluster.stop(b1, b2, b3);
    cluster.brokers = [11, 12, 13].map((id) => broker(id));
    cluster.start(...cluster.brokers);
    addresses = ["b11", "b12", "b13"];
    await stage.refresh();
    expect(stage.view).toBe("11 12 13 |");
  });

  it("row 4: the broker that is asked freezes: the next answer is there in less than a second, whoever it is", async () => {
    const cluster = new FakeCluster(b1, b2, b3);
    const stage = await polled(cluster, {}, { timeoutMs: 1_000 });
    for (const frozen of [b1, b2, b3, b1, b2, b3]) {
      cluster.at(frozen, FROZEN);
      await stage.refresh();
      expect(stage.poller.status.failures).toBe(0);
      cluster.start(frozen);
    }
    expect(cluster.asked().length).toBeGreaterThan(7);
  });

  it("row 4: one that is set aside is not asked first: short polls do not wait for it again and again", async () => {
    const cluster = new FakeCluster(b1, b2, b3);
    const stage = await polled(cluster, {}, { intervalMs: 500, minIntervalMs: 100 });
    cluster.at(b3, FROZEN);
    stage.poller.suspect({ host: "b3", port: 9092 });
    await cluster.clock.advance(5_000);
    expect(stage.view).toBe("1 2 | 3");
    cluster.asked();
    const before = stage.poller.status.lastSuccessAt ?? 0;
    await cluster.clock.advance(5_000);
    expect(stage.poller.status).toMatchObject({ failures: 0, state: "fresh" });
    expect(stage.poller.status.lastSuccessAt).toBeGreaterThan(before);
  });

  it("row 9: a broker that is cut off, and answers its old view for ever, is not followed for ever", async () => {
    const cluster = new FakeCluster(b1, b2, b3);
    const stage = await polled(cluster, { seeds: ["b1"] });
    cluster.at(
      b1,
      answering(() => ({ clusterId: "ours", brokers: [b1, b2, b3] })),
    );
    cluster.brokers = [b1, b2, b3, b4];
    cluster.start(b4);
    await stage.refresh();
    expect(stage.view).toBe("1 2 3 4 |");
  });

  it("row 9: a broker that lags behind does not make the set flap, whoever is asked", async () => {
    const cluster = new FakeCluster(b1, b2, b3, b4);
    const stage = await polled(cluster);
    const lagging = answering(() => ({ clusterId: "ours", brokers: [b1, b2, b3] }));
    const asked = [...cluster.asked()];
    for (let poll = 0; poll < 10; poll += 1) {
      cluster.at(b1, lagging);
      cluster.start(b2, b3, b4);
      cluster.transport.listening.delete(asked.at(-1) ?? "");
      await stage.refresh();
      asked.push(...cluster.asked());
    }
    expect(new Set(asked).size).toBe(4);
    expect(stage.sink.calls.flatMap(({ diff }) => diff.removed)).toEqual([]);
    expect(stage.view).toBe("1 2 3 4 |");
  });

  it("row 10: a fenced broker is aside, an unregistered one is gone, and one that is back is used, without being asked", async () => {
    const cluster = new FakeCluster(b1, b2, b3);
    const stage = await polled(cluster);
    const views = [stage.view];
    const fenced = { ...b3, fenced: true };
    for (const brokers of [
      [b1, b2, fenced],
      [b1, b2, b3],
      [b1, b2, fenced],
      [b1, b2],
    ]) {
      cluster.brokers = brokers;
      await stage.refresh();
      views.push(stage.view);
    }
    expect(views).toEqual(["1 2 3 |", "1 2 | 3", "1 2 3 |", "1 2 | 3", "1 2 |"]);
    expect(stage.poller.status.aside).toEqual([]);
  });

  it("row 10: a fenced broker stays so while brokers are asked that are too old to tell, and leaves when one can tell", async () => {
    const cluster = new FakeCluster(b1, b2, b3);
    const stage = await polled(cluster);
    const old = (...brokers: (typeof b1)[]): FakeBroker => ({
      ...answering(() => ({ clusterId: "ours", brokers }), 0, 1),
      versions: new Map([
        [3, { min: 0, max: 12 }],
        [60, { min: 0, max: 1 }],
      ]),
    });
    cluster.brokers = [b1, b2, { ...b3, fenced: true }];
    await stage.refresh();
    for (const each of [b1, b2]) cluster.at(each, old(b1, b2));
    await stage.refresh();
    expect(stage.view).toBe("1 2 | 3");
    cluster.brokers = [b1, b2];
    cluster.start(b1, b2);
    await stage.refresh();
    expect(stage.view).toBe("1 2 |");
  });

  it("row 11: another port or rack is `changed`, and nothing is said while nothing changes", async () => {
    const cluster = new FakeCluster(b1, b2, b3);
    const stage = await polled(cluster, { seeds: ["b2", "b3"] }, { intervalMs: 1_000 });
    const [before] = stage.sink.folded;
    cluster.stop(b1);
    const moved = broker(1, { port: 9999, rack: "az1" });
    cluster.brokers = [moved, b2, b3];
    cluster.start(moved);
    await stage.refresh();
    const after = { id: "1", host: "b1", port: 9999, attributes: { rack: "az1" } };
    expect(stage.sink.calls.slice(1).map(({ diff }) => diff)).toEqual([{ added: [], removed: [], changed: [[before, after]] }]);
    cluster.asked();
    await cluster.clock.advance(60_000);
    expect(cluster.asked().length).toBeGreaterThan(50);
    expect(stage.sink.calls).toHaveLength(2);
  });
});
