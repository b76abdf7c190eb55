import { type Endpoint, isDiscoveryError } from "@rollcall/core";
import { describe, expect, it, onTestFinished } from "vitest";
import { bootstrapBrokers, bootstrapBrokersOver } from "../src/bootstrap-brokers.js";
import type { BootstrapBrokersOptions } from "../src/bootstrap-brokers-options.js";
import type { KafkaTransport } from "../src/kafka-transport.js";
import { atOnce, broker, clusterOf, picks, tally } from "./support/bootstrap-scene.js";
import { answering, FROZEN } from "./support/fake-cluster.js";
import { type FakeBroker, FakeTransport } from "./support/fake-transport.js";

const UP = answering(() => ({ clusterId: "ours", brokers: [] }));
const text = (id: number): string => `kafka-${id}.test:9092`;

/** A poller that lists these brokers, a function that looks at them before it hands one out, and what it told the poller. */
function scene(endpoints: readonly Endpoint[], options: BootstrapBrokersOptions = {}) {
  const { clock, source, poller } = clusterOf(...endpoints);
  const transport = new FakeTransport();
  const suspected: unknown[] = [];
  const suspect = poller.suspect.bind(poller);
  poller.suspect = (at, { cause } = {}) => {
    suspected.push([at.host, isDiscoveryError(cause) ? cause.code : cause]);
    suspect(at, { cause });
  };
  const over = (way: KafkaTransport) => bootstrapBrokersOver(poller, { clock, client: {}, ...options }, () => way);
  const set = (state: FakeBroker, ...ids: readonly number[]): void => {
    for (const id of ids) transport.listening.set(text(id), state);
  };
  onTestFinished(() => {
    expect([...transport.open], "connections that were left").toEqual([]);
    return poller.close();
  });
  return { clock, source, poller, transport, suspected, over, set, brokers: over(transport) };
}

describe("row 17: a broker is looked at before it is handed out", () => {
  it("row 17: a frozen broker is never handed out while another answers", async () => {
    const { clock, poller, set, brokers } = scene([broker(1), broker(2), broker(3), broker(4)]);
    set(UP, 3);
    set(FROZEN, 1, 2, 4);
    const answers: string[] = [];
    for (let calls = 0; calls < 40; calls += 1) {
      const call = brokers();
      await clock.advance(750);
      answers.push(...((await atOnce(clock, call)) ?? ["it waits"]));
    }
    expect(tally(answers)).toEqual({ [text(3)]: 40 });
    const control = bootstrapBrokers(poller, { clock });
    expect(Object.keys(tally(await picks(clock, control, 4))), "the run is void unless the control hands them out").toHaveLength(4);
  });

  it("passes over who refuses at once, and has the poller look there", async () => {
    const { clock, source, poller, suspected, set, brokers } = scene([broker(1, "az1"), broker(2, "az2")], { rack: "az1" });
    set(UP, 2);
    source.down.add("1");
    expect(await picks(clock, brokers, 1)).toEqual([text(2)]);
    expect(suspected).toEqual([["kafka-1.test", "UNAVAILABLE"]]);
    await clock.advance(100);
    expect(poller.snapshot?.aside.map(({ id }) => id)).toEqual(["1"]);
  });

  it("asks the next one after 250 ms of silence, and gives each 1 s; who was being asked when another answered is not suspected", async () => {
    const ids = [1, 2, 3, 4, 5, 6];
    const { clock, transport, suspected, set, brokers } = scene(ids.map((id) => broker(id)));
    set(FROZEN, ...ids);
    const call = brokers();
    const asked: number[] = [];
    for (const ms of [249, 1, 249, 1, 250, 249]) {
      await clock.advance(ms);
      asked.push(transport.asked.length);
    }
    expect([asked, suspected]).toEqual([[1, 2, 2, 3, 4, 4], []]);
    set(UP, ...ids.filter((id) => !transport.asked.includes(text(id))));
    await clock.advance(1);
    expect(await atOnce(clock, call)).toEqual([transport.asked[4]]);
    expect(suspected).toEqual([[transport.asked[0]?.split(":")[0], "TIMEOUT"]]);
  });

  it("keeps the order of racks: others come only when nobody of the rack answers", async () => {
    const cluster = [broker(1, "az1"), broker(2, "az1"), broker(3, "az2"), broker(4, "az3")];
    const { clock, transport, set, brokers } = scene(cluster, { rack: "az1" });
    set(UP, 1, 2, 3, 4);
    expect(tally(await picks(clock, brokers, 10))).toEqual({ [text(1)]: 5, [text(2)]: 5 });
    transport.listening.delete(text(1));
    expect(tally(await picks(clock, brokers, 4))).toEqual({ [text(2)]: 4 });
    transport.listening.delete(text(2));
    expect(Object.keys(tally(await picks(clock, brokers, 4))).sort()).toEqual([text(3), text(4)]);
  });

  it("goes on to the seeds, and asks for them only then", async () => {
    let asked = 0;
    const seeds = async (): Promise<string[]> => [text(1), `seed-${++asked}.test`];
    const { clock, transport, set, brokers } = scene([broker(1), broker(2)], { seeds });
    set(UP, 2);
    transport.listening.set("seed-1.test:9092", UP);
    expect([await picks(clock, brokers, 2), asked]).toEqual([[text(2), text(2)], 0]);
    transport.listening.delete(text(2));
    expect([await picks(clock, brokers, 1), asked]).toEqual([["seed-1.test:9092"], 1]);
    expect(transport.asked.slice(-3).sort()).toEqual([text(1), text(2), "seed-1.test:9092"]);
  });
});

describe("row 17: when nobody answers", () => {
  it("row 17: all silent: the best guess is handed out within waitMs, another one each time, and all are suspected", async () => {
    const { clock, set, suspected, brokers } = scene([broker(1), broker(2)], { waitMs: 900 });
    set(FROZEN, 1, 2);
    const answers: string[] = [];
    for (let calls = 0; calls < 4; calls += 1) {
      const call = brokers();
      await clock.advance(400);
      expect(await atOnce(clock, call)).toBeUndefined();
      await clock.advance(500);
      answers.push(...(await call));
    }
    expect(tally(answers)).toEqual({ [text(1)]: 2, [text(2)]: 2 });
    expect(suspected).toHaveLength(8);
  });

  it("row 17: one of many answers, in a short time: each has its turn", async () => {
    const ids = Array.from({ length: 20 }, (_, at) => at + 1);
    const { clock, set, brokers } = scene([...ids.map((id) => broker(id, "az1")), broker(21, "az2")], { rack: "az1", waitMs: 500 });
    set(FROZEN, ...ids);
    set(UP, 21);
    const call = brokers();
    await clock.advance(500);
    expect(await call).toEqual([text(21)]);
  });

  it("row 17: nobody answers: who refused is handed out rather than who is silent, which kafkajs never leaves", async () => {
    const { clock, set, brokers } = scene([broker(1, "az1"), broker(2, "az2")], { rack: "az1" });
    set(FROZEN, 1);
    const call = brokers();
    await clock.advance(3_000);
    expect(await call).toEqual([text(2)]);
  });

  it("row 17: all refuse: it is handed out at once", async () => {
    const { clock, suspected, brokers } = scene([broker(1), broker(2)]);
    expect(tally(await picks(clock, brokers, 6))).toEqual({ [text(1)]: 3, [text(2)]: 3 });
    expect(suspected).toHaveLength(12);
  });

  it("row 17: the user is refused: who said so is handed out at once, nobody else is asked, and nobody suspected", async () => {
    const { clock, suspected, over } = scene([broker(1), broker(2), broker(3)]);
    let asked = 0;
    const brokers = over({
      connect: async () => {
        asked += 1;
        throw Object.assign(new Error("no"), { name: "KafkaJSSASLAuthenticationError" });
      },
    });
    expect(new Set(await picks(clock, brokers, 3)).size).toBe(3);
    expect([asked, suspected]).toEqual([3, []]);
  });

  it("row 17: a transport that fails in every way is no reason to throw", async () => {
    const { clock, poller, over } = scene([broker(1)]);
    const thrown = [() => Promise.reject(undefined), () => new Promise<never>(() => undefined)];
    thrown.push(() => {
      throw new Error("at once");
    });
    poller.suspect = () => {
      throw new Error("not now");
    };
    for (const connect of thrown) {
      const call = over({ connect })();
      await clock.advance(3_000);
      expect(await call).toEqual([text(1)]);
    }
  });
});

describe("many clients", () => {
  it("at once are 50 small checks, spread like the clients themselves, and leave nothing", async () => {
    const cluster = [broker(1, "az1"), broker(2, "az2"), broker(3, "az2")];
    const { clock, source, transport, suspected, set, brokers } = scene(cluster, { rack: "az2" });
    set(UP, 1, 2, 3);
    await atOnce(clock, brokers());
    const { pending } = clock;
    transport.asked.length = 0;
    const answers = await atOnce(clock, ...Array.from({ length: 50 }, () => brokers()));
    expect(tally(answers ?? [])).toEqual({ [text(2)]: 25, [text(3)]: 25 });
    expect([transport.asked.length, suspected, source.probed]).toEqual([50, [], []]);
    await clock.advance(2_000);
    expect(clock.pending).toBe(pending);
  });

  it("one after another suspect nobody: a pick that answered needs no second look", async () => {
    const { clock, source, suspected, set, brokers } = scene([broker(1), broker(2), broker(3)]);
    set(UP, 1, 2, 3);
    for (let clients = 0; clients < 20; clients += 1) {
      await atOnce(clock, brokers());
      await clock.advance(300);
    }
    expect([suspected, source.probed]).toEqual([[], []]);
  });
});

describe("the end", () => {
  it("of the function answers who waits at once, with the best guess, and leaves nothing", async () => {
    const { clock, transport, suspected, set, brokers } = scene([broker(1), broker(2), broker(3)]);
    set(FROZEN, 1, 2, 3);
    const call = brokers();
    await clock.advance(300);
    expect(await atOnce(clock, call)).toBeUndefined();
    brokers[Symbol.dispose]();
    expect(await atOnce(clock, call)).toEqual([transport.asked[0]]);
    expect([clock.pending, suspected, transport.asked.length]).toEqual([0, [], 2]);
    expect(await picks(clock, brokers, 2)).toHaveLength(2);
    expect([clock.pending, transport.asked.length]).toEqual([0, 2]);
  });

  it("of the poller lets nobody else be asked: who is being asked has the rest of its second", async () => {
    const { clock, poller, transport, set, brokers } = scene([1, 2, 3, 4, 5].map((id) => broker(id)));
    set(FROZEN, 1, 2, 3, 4, 5);
    const call = brokers();
    await clock.advance(300);
    await poller.close();
    await clock.advance(950);
    expect(await atOnce(clock, call)).toEqual([transport.asked[0]]);
    expect(await picks(clock, brokers, 2)).toHaveLength(2);
    expect([clock.pending, transport.asked.length]).toEqual([0, 2]);
  });
});
