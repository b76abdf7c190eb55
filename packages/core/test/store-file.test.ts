import { readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { type DiagnosticsMessages, fileSnapshotStore, type Snapshot, type SnapshotStore } from "../src/index.js";
import { temporaryFolder } from "./support/disk.js";
import { RecordingSink } from "./support/recording-sink.js";
import { outage, restart } from "./support/restart.js";
import { ids, type Script } from "./support/scripted-source.js";
import { messagesOf } from "./support/who-serves.js";

/** A process that has its store in this file. Its poller waits for the test's clock, the store for the disk. */
function begin(file: string, script: Script) {
  const store = fileSnapshotStore(file);
  const loads: Promise<unknown>[] = [];
  const ends: (() => void)[] = [];
  const watched: SnapshotStore = {
    load: (key) => {
      const loading = store.load(key);
      loads.push(loading);
      return loading;
    },
    save: (key: string, snapshot: Snapshot) => store.save(key, snapshot).then(() => ends.shift()?.()),
  };
  const sink = new RecordingSink();
  const { poller, source, clock } = restart(undefined, script, { store: watched });
  poller.subscribe(sink);
  /** Lets the cluster list these from now on, and waits until they are stored. */
  const list = async (...members: readonly string[]): Promise<void> => {
    const saved = new Promise<void>((resolve) => ends.push(resolve));
    source.script = members;
    void poller.refresh();
    await clock.advance(1_000);
    await saved;
  };
  return { poller, source, clock, sink, list, loads };
}

it("brings the last set of one process into the next, which starts during an outage and finds the cluster through it", async () => {
  const file = join(await temporaryFolder(), "members.json");
  const first = begin(file, outage);
  await first.list("a", "b");
  await first.list("b", "c");
  await first.poller.close();
  expect((await stat(file)).mode & 0o777).toBe(0o600);

  const second = begin(file, outage);
  const { endpoints } = await second.poller.ready();
  expect([ids(endpoints), second.poller.status.state, ids(second.sink.folded)]).toEqual(["b c", "stale", "b c"]);
  await second.clock.advance(60_000);
  expect([ids(second.source.contexts[0]?.known), second.poller.snapshot?.version]).toEqual(["b c", 1]);
  await second.list("c", "d");
  expect([ids(second.sink.folded), second.poller.status.state, second.sink.problems]).toEqual(["c d", "fresh", []]);
  await second.poller.close();

  const third = begin(file, outage);
  expect(ids((await third.poller.ready()).endpoints)).toBe("c d");
  await third.poller.close();
});

it("a file that was cut short is one event, and the next answer replaces it", async () => {
  const file = join(await temporaryFolder(), "members.json");
  const rejected = messagesOf<DiagnosticsMessages["rollcall:rejected"]>("rollcall:rejected");
  const first = begin(file, outage);
  await first.list("a", "b");
  await first.poller.close();
  await writeFile(file, (await readFile(file, "utf8")).slice(0, -20));

  const second = begin(file, outage);
  await Promise.allSettled(second.loads);
  await second.list("a", "c");
  await second.poller.close();
  expect(rejected.map(({ reason }) => reason)).toEqual([expect.stringMatching(/^the stored snapshot is not used: .* cut short/)]);

  const third = begin(file, outage);
  expect(ids((await third.poller.ready()).endpoints)).toBe("a c");
  await third.poller.close();
});
