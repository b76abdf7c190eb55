import { expect, it, vi } from "vitest";
import {
  believed,
  believedListed,
  brokerAt,
  brokersOf,
  kafkaFor,
  listed,
  type StartKafka,
  staticAdmin,
  type Test,
} from "./kafka-scenario.js";

const EAGER = { intervalMs: 60_000, minIntervalMs: 10 } as const;
/** A little more than what the source waits before it believes that a cluster was replaced. */
const LONG_ENOUGH_MS = 91_000;

/** Another cluster on an address of ours. */
export function identityScenario(startKafka: StartKafka): void {
  it("7, row 7: a foreign cluster on an old address is refused; once only it has answered for long, it is followed, unless that is forbidden", async (test) => {
    const cluster = await kafkaFor(test, startKafka);
    const lost = brokerAt(cluster, 0);
    const seeds = [lost.address];
    const [follows, refuses] = [
      brokersOf(test, cluster, { ...EAGER, seeds }),
      brokersOf(test, cluster, { ...EAGER, seeds, foreign: "refuse" }),
    ];
    const ours = listed(...cluster.brokers);
    const control = await staticAdmin(test, cluster, seeds);
    for (const poller of [follows, refuses]) await poller.ready();

    await cluster.kill(lost);
    const foreign = await cluster.startForeign(lost);
    // Polls begin with any broker: the address that is theirs now has its turn among these.
    for (const poller of [follows, refuses].flatMap((each) => Array(5).fill(each) as (typeof each)[])) {
      expect((await poller.refresh()).metadata.clusterId).toBe(cluster.clusterId);
      expect(believedListed(poller)).toBe(ours);
    }
    await cluster.killAll();
    const refused = expect.stringMatching(`${lost.address}: .*of cluster ${foreign.clusterId}`);
    for (const poller of [follows, refuses]) {
      await expect(poller.refresh()).rejects.toMatchObject({ message: refused });
      expect(believedListed(poller)).toBe(ours);
    }
    await vi.waitFor(
      async () => expect((await control.describeCluster()).clusterId, "the control must mix the clusters").toBe(foreign.clusterId),
      { timeout: 20_000 },
    );

    const warnings = processWarnings(test);
    laterBy(test, LONG_ENOUGH_MS);
    await vi.waitFor(async () => expect((await follows.refresh()).metadata.clusterId).toBe(foreign.clusterId), { timeout: 5_000 });
    expect(believed(follows)).toBe(listed(...foreign.brokers));
    expect(warnings).toEqual([expect.stringContaining(foreign.clusterId)]);
    // More often than it takes to believe it where that is allowed.
    for (let polls = 0; polls < 5; polls += 1) await expect(refuses.refresh()).rejects.toMatchObject({ message: refused });
    expect(believedListed(refuses)).toBe(ours);
  });
}

/** What the process is warned of by us, until the test ends. */
function processWarnings(test: Test): readonly string[] {
  const warnings: string[] = [];
  const hear = (warning: Error): void => {
    if (warning.name === "RollcallWarning") warnings.push(warning.message);
  };
  process.on("warning", hear);
  test.onTestFinished(() => void process.off("warning", hear));
  return warnings;
}

/** From now until the test ends the monotonic clock is ahead of its time. */
function laterBy(test: Test, ms: number): void {
  const now = performance.now.bind(performance);
  const shifted = vi.spyOn(performance, "now").mockImplementation(() => now() + ms);
  test.onTestFinished(() => shifted.mockRestore());
}
