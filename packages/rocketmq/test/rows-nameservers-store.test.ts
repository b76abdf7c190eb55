import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileSnapshotStore, type SnapshotStore } from "@rollcall/core";
import { describe, expect, it, onTestFinished } from "vitest";
import { localHttp, saying, status } from "./support/local-http.js";
import { NameserverStage } from "./support/nameserver-stage.js";

const LIST = "10.0.0.1:9876;10.0.0.2:9876";
const VIEW = "10.0.0.1:9876 10.0.0.2:9876 |";

/** A path in a folder of its own, until the test is over. */
async function path(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "rollcall-nameservers-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  return join(folder, "nameservers.json");
}

/** One life of a process that polls with this store. `saved` resolves when something has been written. */
function life(url: string, file: string, maxAgeMs?: number) {
  let written: () => void = () => undefined;
  const saved = new Promise<void>((resolve) => {
    written = resolve;
  });
  const store = fileSnapshotStore(file, { maxAgeMs });
  const telling: SnapshotStore = { load: store.load, save: async (key, snapshot) => store.save(key, snapshot).then(written) };
  const stage = new NameserverStage({ addressServer: url }, {}, { probe: false, store: telling });
  onTestFinished(() => stage.poller.close());
  return { stage, saved };
}

/** An address server that has been polled once, and what that left in a file. */
async function polledOnce(list = LIST) {
  const http = await localHttp(saying(list));
  const file = await path();
  const { stage, saved } = life(http.url, file);
  await stage.begin();
  await saved;
  await stage.poller.close();
  http.answer = status(503);
  return { http, file };
}

describe("nameservers with a store", () => {
  it("row 4: with the address server down at start, endpoints are there at once, and stale", async () => {
    const { http, file } = await polledOnce();
    await http.stop();
    const { stage } = life(http.url, file);
    await stage.begin();
    expect(stage.view).toBe(VIEW);
    expect(stage.poller.status.state).toBe("stale");
    expect(await stage.poll()).toBe("UNAVAILABLE");
    expect(stage.view).toBe(VIEW);
  });

  it("row 4: who is back after that is asked for everything, and believed", async () => {
    const { http, file } = await polledOnce();
    const { stage } = life(http.url, file);
    await stage.begin();
    http.answer = saying(`${LIST};10.0.0.3:9876`);
    expect(await stage.poll()).toBeUndefined();
    expect(http.requests.at(-1)?.headers["if-none-match"]).toBeUndefined();
    expect(stage.poller.snapshot?.endpoints).toHaveLength(3);
    expect(stage.poller.status.state).toBe("fresh");
  });

  it.each<[string, (text: string) => string]>([
    ["cut short", (text) => text.slice(0, text.length / 2)],
    ["empty", () => ""],
    ["of garbage", () => "<html>"],
    ["whose addresses were edited badly", (text) => text.replaceAll("10.0.0.1:9876", "10.0.0.1")],
  ])("row 4: a file %s is not used, and replaced by the next good answer", async (_how, damage) => {
    const { http, file } = await polledOnce();
    await writeFile(file, damage(await readFile(file, "utf8")));
    const { stage, saved } = life(http.url, file);
    expect(await stage.poll()).toBe("UNAVAILABLE");
    expect(stage.poller.snapshot).toBeUndefined();
    http.answer = saying(LIST);
    expect(await stage.poll()).toBeUndefined();
    await saved;
    expect(JSON.parse(await readFile(file, "utf8")).snapshot.metadata.nameservers).toEqual(LIST.split(";"));
  });

  it("row 4: a file that is too old is not used", async () => {
    const { http, file } = await polledOnce();
    const text = JSON.parse(await readFile(file, "utf8"));
    await writeFile(file, JSON.stringify({ ...text, savedAt: text.savedAt - 60_000 }));
    const { stage } = life(http.url, file, 50_000);
    expect(await stage.poll()).toBe("UNAVAILABLE");
    expect(stage.poller.snapshot).toBeUndefined();
  });

  it("row 4: two sources at once keep apart what they know: neither takes the file of the other", async () => {
    const [one, other] = [await polledOnce(), await polledOnce("10.9.9.9:9876")];
    const stages = [life(one.http.url, one.file).stage, life(other.http.url, other.file).stage];
    await Promise.all(stages.map((stage) => stage.begin()));
    expect(stages.map(({ view }) => view)).toEqual([VIEW, "10.9.9.9:9876 |"]);
    const { stage } = life(one.http.url, other.file);
    expect(await stage.poll()).toBe("UNAVAILABLE");
    expect(stage.poller.snapshot).toBeUndefined();
  });
});
