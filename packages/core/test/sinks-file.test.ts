import { chmod, mkdir, readdir, readFile, stat, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import type { Endpoint, EndpointSink, Snapshot } from "../src/index.js";
import { endpointFile } from "../src/sinks/index.js";
import { temporaryFolder, watchDisk } from "./support/disk.js";
import { ManualClock } from "./support/manual-clock.js";
import { setup } from "./support/setup.js";

const A: Endpoint = { id: "a", host: "10.0.0.1", port: 9100, attributes: { zone: "z1", weight: 3, tls: true } };
const B: Endpoint = { id: "b", host: "fd00::2", port: 9100 };

/** Tells a sink of a set, as a poller does. */
async function tell(sink: EndpointSink, ...endpoints: readonly Endpoint[]): Promise<void> {
  const snapshot: Snapshot = { version: 1, endpoints, aside: [], metadata: undefined, changedAt: 0 };
  await sink.update(snapshot, { added: endpoints, removed: [], changed: [] });
}

async function place(): Promise<{ readonly folder: string; readonly path: string }> {
  const folder = await temporaryFolder();
  return { folder, path: join(folder, "members.json") };
}

describe("a file of json-lines", () => {
  it("has one member per line, in this order of fields, and attributes only where there are any", async () => {
    const { path } = await place();
    await tell(endpointFile(path), A, B);
    const line = '{"id":"a","host":"10.0.0.1","port":9100,"attributes":{"zone":"z1","weight":3,"tls":true}}';
    expect(await readFile(path, "utf8")).toBe(`${line}\n{"id":"b","host":"fd00::2","port":9100}\n`);
  });

  it("is empty when the cluster is, which only a guard can allow", async () => {
    const { path } = await place();
    const sink = endpointFile(path);
    await tell(sink, A);
    await tell(sink);
    expect(await readFile(path, "utf8")).toBe("");
  });
});

describe("a file of file_sd", () => {
  it("has a group per member, IPv6 in brackets, and every label as text", async () => {
    const { path } = await place();
    await tell(endpointFile(path, { format: "file_sd", labels: { job: "orders", __scheme__: "https" } }), A, B);
    expect(JSON.parse(await readFile(path, "utf8"))).toEqual([
      {
        targets: ["10.0.0.1:9100"],
        labels: {
          __meta_rollcall_id: "a",
          __meta_rollcall_attribute_zone: "z1",
          __meta_rollcall_attribute_weight: "3",
          __meta_rollcall_attribute_tls: "true",
          job: "orders",
          __scheme__: "https",
        },
      },
      { targets: ["[fd00::2]:9100"], labels: { __meta_rollcall_id: "b", job: "orders", __scheme__: "https" } },
    ]);
  });

  it("has names that every Prometheus takes, whatever attributes are called", async () => {
    const { path } = await place();
    await tell(endpointFile(path, { format: "file_sd" }), { ...A, attributes: { "rack-id.x": "r1", größe: 1, id: "mine" } });
    const [{ labels }] = JSON.parse(await readFile(path, "utf8"));
    expect(labels).toEqual({
      __meta_rollcall_id: "a",
      __meta_rollcall_attribute_rack_id_x: "r1",
      __meta_rollcall_attribute_gr__e: "1",
      __meta_rollcall_attribute_id: "mine",
    });
  });

  it("is an empty list when the cluster is", async () => {
    const { path } = await place();
    await tell(endpointFile(path, { format: "file_sd" }));
    expect(await readFile(path, "utf8")).toBe("[]\n");
  });
});

describe("a write", () => {
  it("brings the bytes to the disk before they get the name, and then the name", async () => {
    const { path } = await place();
    const steps = watchDisk();
    await tell(endpointFile(path), A);
    expect(steps[0]).toBe("open members.json.rollcall-tmp wx 420"); // 0o644
    expect(steps.slice(1, 5)).toEqual(["write", "sync", "close", "rename"]);
  });

  it("does not happen when it would say what the last one said", async () => {
    const { path } = await place();
    const sink = endpointFile(path);
    await tell(sink, A, B);
    const steps = watchDisk();
    await tell(sink, { ...A }, { ...B });
    expect(steps).toEqual([]);
    await tell(sink, A);
    expect(steps).toContain("rename");
  });

  it("happens again when the last one failed, which leaves the old file and nothing else", async () => {
    const { folder, path } = await place();
    const sink = endpointFile(path);
    await tell(sink, A);
    let isFull = true;
    watchDisk({ before: async (step) => void (isFull && step === "write" && fail("ENOSPC: no space left on device")) });
    await expect(tell(sink, B)).rejects.toThrow(`[endpointFile] [UNAVAILABLE] cannot write ${path}: ENOSPC: no space left on device`);
    expect(await readFile(path, "utf8")).toContain("10.0.0.1");
    expect(await readdir(folder)).toEqual(["members.json"]);
    isFull = false;
    await tell(sink, B);
    expect(await readFile(path, "utf8")).toContain("fd00::2");
  });

  it("says which folder is missing, and succeeds once it is there", async () => {
    const { folder } = await place();
    const path = join(folder, "not", "members.json");
    const sink = endpointFile(path);
    const failing = tell(sink, A);
    await expect(failing).rejects.toMatchObject({ code: "UNAVAILABLE", cause: { code: "ENOENT" } });
    await expect(failing).rejects.toThrow(`cannot write ${path}: there is no folder ${join(folder, "not")}; create it`);
    await mkdir(join(folder, "not"));
    await tell(sink, A);
    expect(await readFile(path, "utf8")).toContain("10.0.0.1");
  });

  it.each([
    [undefined, 0o644],
    [0o600, 0o600],
    [0o640, 0o640],
  ])("makes a file of mode %s readable as it says", async (mode, expected) => {
    const { path } = await place();
    await tell(endpointFile(path, { mode }), A);
    expect((await stat(path)).mode & 0o777).toBe(expected & ~process.umask());
  });

  it("replaces a file that nobody may write, and gives it the mode that was asked for", async () => {
    const { path } = await place();
    await writeFile(path, "old");
    await chmod(path, 0o400);
    await tell(endpointFile(path, { mode: 0o600 }), A);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
  });

  it("removes what crashed processes left, the first time", async () => {
    const { folder, path } = await place();
    const clock = new ManualClock();
    const sink = endpointFile(path, { clock });
    await writeFile(`${path}.rollcall-tmp-old`, "");
    await utimes(`${path}.rollcall-tmp-old`, clock.wallNow() / 1_000 - 61, clock.wallNow() / 1_000 - 61);
    await tell(sink, A);
    expect(await readdir(folder)).toEqual(["members.json"]);
  });
});

it("the file keeps the members while the cluster cannot be asked", async () => {
  const { path } = await place();
  const { clock, source, poller } = setup(["a", "b"]);
  onTestFinished(() => poller.close());
  await using subscription = poller.subscribe(endpointFile(path));
  await clock.advance(0);
  source.script = () => Promise.reject(new Error("connection refused"));
  await clock.advance(600_000);
  expect(poller.status.state).toBe("stale");
  await subscription[Symbol.asyncDispose](); // the write is over
  expect((await readFile(path, "utf8")).split("\n")).toHaveLength(3);
});

it.each<readonly [string, () => unknown, string]>([
  ["no path", () => endpointFile(""), 'endpointFile path: got "", allowed is the path of a file'],
  [
    "an unknown format",
    () => endpointFile("a", { format: "yaml" as never }),
    'endpointFile format: got "yaml", allowed is "json-lines" or "file_sd"',
  ],
  [
    "a name that Prometheus refuses",
    () => endpointFile("a.txt", { format: "file_sd" }),
    "allowed is for file_sd a path that ends in .json",
  ],
  [
    "labels without file_sd",
    () => endpointFile("a", { labels: {} }),
    "endpointFile labels: got {}, allowed is none, unless format is file_sd",
  ],
  ["a bad label", () => endpointFile("a.json", { format: "file_sd", labels: { "a-b": "c" } }), 'endpointFile labels: got "a-b"'],
  ["a number as label", () => endpointFile("a.json", { format: "file_sd", labels: { a: 1 as never } }), 'got "a: number"'],
  ["labels that are none", () => endpointFile("a.json", { format: "file_sd", labels: null as never }), 'got "no object"'],
  ["half a mode", () => endpointFile("a", { mode: 0.5 }), "endpointFile mode: got 0.5, allowed is an integer from 0 to 0o777"],
  ["too much of a mode", () => endpointFile("a", { mode: 0o1000 }), "endpointFile mode: got 512"],
  ["an unknown option", () => endpointFile("a", { fromat: "json-lines" } as never), 'got "fromat", allowed is one of format,'],
])("refuses %s", (_what, make, message) => {
  expect(make).toThrow(expect.objectContaining({ code: "INVALID_OPTIONS", message: expect.stringContaining(message) }));
});

it.each([0, 0o777])("takes mode %i", (mode) => {
  expect(endpointFile("a", { mode })).toHaveProperty("update");
});

function fail(message: string): never {
  throw new Error(message);
}
