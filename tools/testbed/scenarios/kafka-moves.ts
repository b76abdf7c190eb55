import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, vi } from "vitest";
import { addresses, believed, brokersOf, kafkaFor, listed, liveBrokers, type StartKafka, type Test, writerOn } from "./kafka-scenario.js";

const TOPIC = "moves";

/** All brokers at other addresses at once: nobody who was known is there any more, so the seeds must lead to them. */
export function moveScenario(startKafka: StartKafka, print: (line: string) => void): void {
  it("3, row 3: all addresses moved at once: back within 2 s of the brokers by seeds that are asked again, within 1 s when a client asks", async (test) => {
    const cluster = await kafkaFor(test, startKafka);
    await cluster.createTopics([{ topic: TOPIC }]);
    const [old, oldList] = [addresses(cluster), listed(...cluster.brokers)];
    const file = await seedsFile(test);
    await file.write(old);
    const alone = brokersOf(test, cluster, { seeds: async () => addresses(cluster), intervalMs: 1_000, minIntervalMs: 500 });
    const asked = brokersOf(test, cluster, { seeds: file.read, intervalMs: 30_000, minIntervalMs: 500 });
    const fixed = brokersOf(test, cluster, { seeds: old, intervalMs: 1_000 });
    for (const poller of [alone, asked, fixed]) poller.subscribe(() => undefined);
    await Promise.all([alone.ready(), asked.ready(), fixed.ready()]);
    const writer = writerOn(test, cluster.client, liveBrokers(test, asked), { topic: TOPIC, name: "live/" });
    const control = writerOn(test, cluster.client, [...old], { topic: TOPIC, name: "static/" });
    for (const each of [writer, control]) {
      await each.connect();
      await each.write(1);
    }

    writer.start();
    await cluster.killAll();
    await cluster.startAll({ move: true });
    await file.write(addresses(cluster));
    const backAt = performance.now();
    const knownAgain = async (poller: typeof alone, timeout: number): Promise<number> => {
      await vi.waitFor(() => expect(believed(poller)).toBe(listed(...cluster.brokers)), { timeout, interval: 10 });
      return Math.round(performance.now() - backAt);
    };
    const [aloneMs, askedMs] = await Promise.all([knownAgain(alone, 2_000), knownAgain(asked, 1_000)]);
    await vi.waitFor(() => expect(writer.acknowledgedAfter(backAt)).toBeDefined(), { timeout: 10_000 });
    const sentMs = Math.round((writer.acknowledgedAfter(backAt) ?? Number.NaN) - backAt);
    await writer.stop();
    print(`all moved: known after ${aloneMs} ms, ${askedMs} ms when asked; producer back after ${sentMs} ms`);

    await control.write(3);
    expect(control.report.failed, "a producer with the old addresses must die, else this run proves nothing").toHaveLength(3);
    expect([believed(fixed), fixed.status.failures > 0]).toEqual([oldList, true]);
  });
}

/** Addresses in a file, one a line, as a deployment might write them. Removed with the test. */
async function seedsFile(test: Test): Promise<{ write(addresses: readonly string[]): Promise<void>; read(): Promise<readonly string[]> }> {
  const directory = await mkdtemp(join(tmpdir(), "rollcall-seeds-"));
  test.onTestFinished(() => rm(directory, { recursive: true, force: true }));
  const path = join(directory, "brokers");
  return {
    write: (lines) => writeFile(path, lines.join("\n")),
    read: async () => (await readFile(path, "utf8")).split("\n"),
  };
}
