import { remotingCall, startRocketmqSimulator } from "@rollcall/rocketmq/simulator";
import type { RocketmqProducer, SendReport } from "@rollcall/testbed";
import { describe, expect, test } from "vitest";
import { type Contender, contenders, type Sources } from "../src/rocketmq-failover/contenders.js";
import { type FailoverLine, failoverReport, isVoid } from "../src/rocketmq-failover/failover-report.js";
import { type Outcome, outcomeOf } from "../src/rocketmq-failover/outcome.js";
import { FULL, type Pace, SHORT, watchMs } from "../src/rocketmq-failover/pace.js";
import { play } from "../src/rocketmq-failover/play.js";
import { SCENARIOS } from "../src/rocketmq-failover/scenarios.js";

const ARRAY = "Rollcall's `nameServerArray`";

/** A producer to which nothing happens. */
class Unmoved implements RocketmqProducer {
  readonly report: SendReport = { ok: 1, failed: [], flowControl: 0, longestGapMs: 0 };
  readonly lastFailedAt: number | undefined = undefined;
  readonly said: string[] = [];

  acknowledgedAfter(): number {
    return 1;
  }

  async start(): Promise<void> {
    this.said.push("started");
  }

  async stop(): Promise<void> {}

  async [Symbol.asyncDispose](): Promise<void> {
    this.said.push("ended");
  }
}

describe("a scenario", () => {
  const AT_ONCE: Pace = { clientPollMs: 30, javaLookUpMs: 30, tellJava: false, rollcallMs: 30, beginMs: 10_000, quietMs: 1 };
  const answers = async ({ address }: { readonly address: string }): Promise<boolean> => {
    return remotingCall(address, { code: 106 }).then(
      () => true,
      () => false,
    );
  };

  test.each(SCENARIOS)("$name: who took part lived through it, with the sources of its beginning", async (scenario) => {
    await using cluster = await startRocketmqSimulator({ nameservers: scenario.nameservers, brokers: 0 });
    const old = [...cluster.nameservers];
    const producer = new Unmoved();
    const begun: Sources[] = [];
    const contender: Contender = {
      client: "ali-ons",
      fedBy: ARRAY,
      rollcall: true,
      producer: (sources) => {
        begun.push({ ...sources, nameServerArray: [...sources.nameServerArray] });
        return producer;
      },
    };
    const [line] = await play(scenario, cluster, [contender], AT_ONCE);
    expect(line).toMatchObject({ scenario: scenario.name, outcome: { ok: 0, failedBefore: 0, failedAfter: 0, backMs: 0 } });
    expect(producer.said).toEqual(["started", "ended"]);
    const list = old.map(({ address }) => address);
    expect(begun).toMatchObject([{ list, nameServerArray: [...list].sort(), addressServer: cluster.addressServer.url }]);

    const next = cluster.nameservers.slice(old.length);
    expect(cluster.addressServer.addresses).toEqual(next.map(({ address }) => address));
    expect(await Promise.all(old.map(answers))).toEqual(old.map(() => scenario.name.endsWith("alive")));
    expect(await Promise.all(next.map(answers))).toEqual(old.map(() => true));
    const brokers = await Promise.all(cluster.brokers.map(async (broker) => [broker.name, await answers(broker)] as const));
    for (const [name, isAlive] of brokers) expect(isAlive, name).toBe(name.startsWith("new"));
  });
});

test("everybody is fed as the table says, and static lists must fail", () => {
  const all = contenders({ jvm: [] });
  expect(all.filter(({ rollcall }) => rollcall).map(({ client, fedBy }) => `${client}: ${fedBy}`)).toEqual([
    "ali-ons: `onsAddr`: Rollcall's `nsaddrServer`",
    `ali-ons: ${ARRAY}`,
    "Java: Rollcall's `nsaddrServer`",
  ]);
  expect(all.filter(({ control }) => control).map(({ client, fedBy }) => `${client}: ${fedBy}`)).toEqual([
    "ali-ons: static list",
    "Java: static list",
  ]);
});

test("it is watched until every client must be back: 160 s at full length, for Java's two minutes and a poll, and seconds for a quick look", () => {
  expect(watchMs(FULL)).toBe(160_000);
  expect(watchMs(SHORT)).toBeLessThan(10_000);
});

describe("an outcome", () => {
  const said = (ok: number, ...failed: readonly string[]): SendReport => ({ ok, failed, flowControl: ok / 10, longestGapMs: 600 });
  const marks = { begun: said(10, "a"), killed: said(20, "a", "b"), killedAt: 1_000, endedAt: 9_000, quietMs: 2_000 };
  const outcome = (lastFailedAt: number | undefined, acknowledgedAt: number): Outcome => {
    const report = said(50, "a", "b", "c", "d");
    const acknowledgedAfter = (since: number): number => (acknowledgedAt > since ? 1 : 0);
    const producer: Pick<RocketmqProducer, "report" | "lastFailedAt" | "acknowledgedAfter"> = { report, lastFailedAt, acknowledgedAfter };
    return outcomeOf(producer, marks);
  };

  test("begins when everybody has begun, and tells what failed before the brokers died from what failed after", () => {
    expect(outcome(3_500, 8_900)).toEqual({ ok: 40, failedBefore: 1, failedAfter: 2, busy: 4, longestGapMs: 600, backMs: 2_500 });
  });

  test("who has not failed since was never away, and whoever fails or is silent at the end is not back", () => {
    expect(outcome(undefined, 8_900).backMs).toBe(0);
    expect(outcome(900, 8_900).backMs).toBe(0);
    expect(outcome(8_000, 8_900).backMs).toBeUndefined();
    expect(outcome(3_500, 6_000).backMs).toBeUndefined();
  });
});

describe("the report", () => {
  const line = (client: "ali-ons" | "Java", fedBy: string, backMs: number | undefined, failedAfter = 3): FailoverLine => {
    const contender = { client, fedBy, rollcall: fedBy === ARRAY, control: fedBy === "static" };
    return { scenario: "A", contender, outcome: { ok: 100, failedBefore: 0, failedAfter, busy: 0, longestGapMs: 1_500, backMs } };
  };

  test("says in what a client does better without Rollcall than with it", () => {
    const [, , ...rows] = failoverReport([
      line("ali-ons", "static", undefined),
      line("ali-ons", "direct", 250, 2),
      line("ali-ons", ARRAY, 300),
      line("Java", "static", 100),
    ]);
    expect(
      rows.map((row) =>
        row
          .split("|")
          .map((cell) => cell.trim())
          .slice(3, -1),
      ),
    ).toEqual([
      ["static", "100", "0", "3", "0", "1.5", "not back", ""],
      ["direct", "100", "0", "2", "0", "1.5", "0.25", "failed, back"],
      [ARRAY, "100", "0", "3", "0", "1.5", "0.3", ""],
      ["static", "100", "0", "3", "0", "1.5", "0.1", ""],
    ]);
  });

  test("a run in which the control came back is void", () => {
    expect(isVoid([line("ali-ons", "static", undefined), line("ali-ons", ARRAY, 300)])).toBe(false);
    expect(isVoid([line("ali-ons", "static", 300)])).toBe(true);
  });
});
