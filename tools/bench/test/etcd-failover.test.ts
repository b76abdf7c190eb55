import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startEtcdSimulator } from "@rollcall/etcd/simulator";
import { afterEach, describe, expect, onTestFinished, test, vi } from "vitest";
import { busyTable, idleTable, isVoid, type Line, outageTable } from "../src/etcd-failover/availability-report.js";
import { type Contender, contenders } from "../src/etcd-failover/contenders.js";
import { costTable } from "../src/etcd-failover/cost-report.js";
import { costOf } from "../src/etcd-failover/costs.js";
import { goClient } from "../src/etcd-failover/go-client.js";
import { type Account, ALIVE_MS, History } from "../src/etcd-failover/history.js";
import { methodLines } from "../src/etcd-failover/method.js";
import { NODE_WRITERS } from "../src/etcd-failover/node-writers.js";
import { type Fault, outage, PARTITION } from "../src/etcd-failover/outage.js";
import { FULL, type Pace, SHORT } from "../src/etcd-failover/pace.js";
import { Player } from "../src/etcd-failover/player.js";
import { pidsWith, processorMs } from "../src/etcd-failover/processor-time.js";
import { type ReplacementRun, replacement, usedAfter } from "../src/etcd-failover/replacement.js";
import { addresses } from "../src/etcd-failover/stage.js";

const MISSING = { reason: "go build: not installed" };

describe("a history", () => {
  const history = new History();
  const add = (sentAt: number, doneAt: number, ok: boolean, member = "a:1") => history.add({ sentAt, doneAt, ok, member });
  add(90, 95, true);
  add(110, 115, true);
  add(120, 2_120, false, "b:2");
  add(2_120, 2_620, true, "b:2");

  test("counts what ended in a span, and the longest time without a good write, its ends included", () => {
    expect(history.account(100, 3_000)).toEqual({ ok: 2, failed: 1, gapMs: 2_505, slowestMs: 500, firstMs: 15, alive: true });
    expect(history.account(100, 2_000)).toEqual({ ok: 1, failed: 0, gapMs: 1_885, slowestMs: 5, firstMs: 15, alive: true });
    expect(history.account(116, 2_200)).toEqual({ ok: 0, failed: 1, gapMs: 2_084, slowestMs: 0, firstMs: undefined, alive: false });
    expect(history.ok).toBe(3);
  });

  test("who has had no good write for a while at the end is not alive", () => {
    expect(history.account(0, 2_619 + ALIVE_MS).alive).toBe(true);
    expect(history.account(0, 2_620 + ALIVE_MS).alive).toBe(false);
  });

  test("a member is used when it had a write that went well, and the slowest of all counts", () => {
    expect([history.firstOn("a:1"), history.firstOn("b:2"), history.firstOn("c:3")]).toEqual([90, 2_120, undefined]);
    const at = (address: string, servingAt: number) => ({ address, servingAt });
    expect(usedAfter(history, [at("a:1", 100), at("b:2", 2_000)])).toBe(120);
    expect(usedAfter(history, [at("a:1", 100)])).toBe(0);
    expect(usedAfter(history, [at("a:1", 100), at("c:3", 100)])).toBeUndefined();
  });
});

describe("a player", { timeout: 20_000 }, () => {
  const PATIENCE = { timeout: 10_000 };
  const play = (script: string): Player => {
    const player = new Player({ program: process.execPath, args: ["-e", script] });
    onTestFinished(() => player[Symbol.asyncDispose]());
    return player;
  };

  test("does what it is told, and what it says is kept with its own times", async () => {
    const player = play('process.stdin.on("data", (said) => console.log("ok 5 7 a:1 \\nnoise\\nfailed 8 9 b:2 heard " + said))');
    player.write();
    await vi.waitFor(() => expect(player.history.account(0, 10)).toMatchObject({ ok: 1, failed: 1, firstMs: 7 }), PATIENCE);
    expect(player.history.firstOn("a:1")).toBe(5);
    expect(player.complaint).toBe("heard write");
    player.rest();
    await vi.waitFor(() => expect(player.complaint).toBe("heard rest"), PATIENCE);
  });

  test("tells what it has cost", async () => {
    const player = play('process.stdin.on("data", () => console.log("told 1 2 3 4"))');
    expect(await player.tell()).toEqual({ polls: 1, bytesOut: 2, bytesIn: 3, open: 4 });
  });

  test("one that cannot be started says why, and may be told more", async () => {
    const player = new Player({ program: "/nowhere/to/be/found", args: [] });
    await vi.waitFor(() => expect(player.complaint).toContain("ENOENT"), PATIENCE);
    player.write();
    expect(player.pid).toBeUndefined();
    await player[Symbol.asyncDispose]();
  });
});

describe("contenders", () => {
  afterEach(() => vi.unstubAllEnvs());

  test("every interval is a contender of Go and of Rollcall, static lists are one each, and all get the addresses and the count", () => {
    const all = contenders({ program: "/cache/client", version: "3" }, FULL);
    expect(all.map(({ client, intervalMs }) => `${client}: ${intervalMs}`)).toEqual([
      "Go clientv3, AutoSync: 1000",
      "Go clientv3, AutoSync: 30000",
      "`etcd3`, static hosts: undefined",
      "grpc-js, `ipv4:` list: undefined",
      "grpc-js + Rollcall: 1000",
      "grpc-js + Rollcall: 30000",
    ]);
    const commands = all.map(({ play }) => (typeof play === "function" ? play(["a:1", "b:2"], 7).args : play));
    expect(commands[1]).toEqual(["a:1,b:2", "30000", "7"]);
    expect(commands[2]).toEqual([expect.stringContaining("node-client.js"), "etcd3", "a:1,b:2", "0", "7"]);
    expect(commands[4]).toEqual([expect.anything(), "rollcall", "a:1,b:2", "1000", "7"]);
  });

  test("where Go is missing its line says so, and nobody else's", async () => {
    const cache = await mkdtemp(join(tmpdir(), "rollcall-bench-"));
    onTestFinished(() => rm(cache, { recursive: true }));
    vi.stubEnv("XDG_CACHE_HOME", cache);
    vi.stubEnv("PATH", "");
    const go = await goClient();
    expect(go).toEqual(MISSING);
    const lines = contenders(go, SHORT).map((contender) => ({ contender, runs: [] }));
    const [, , missing, ...others] = busyTable(lines);
    expect(missing).toBe(`| Go clientv3, AutoSync: not available (${MISSING.reason}) | 1 s |  |  |  |  |  |`);
    expect(others.join()).not.toContain("not available");
    expect(isVoid(lines)).toBe(false);
  });

  test.each(Object.entries(NODE_WRITERS))("%s writes to the members that it is given", async (kind, make) => {
    await using cluster = await startEtcdSimulator();
    const hosts = addresses(cluster);
    const [first, second] = make(hosts, 1_000, 2);
    for (const write of [first, second]) {
      const outcome = await write?.("value");
      expect(outcome?.error).toBeUndefined();
      expect(kind === "etcd3" ? ["-"] : hosts).toContain(outcome?.member);
    }
  });
});

describe("a scenario", { timeout: 30_000 }, () => {
  const AT_ONCE: Pace = { ...SHORT, beginMs: 20_000, calmMs: 50, watchMs: 200, outageMs: 200 };
  /** Writes well whenever it is told to, to the first of its hosts. */
  const SCRIPT =
    'let on; process.stdin.on("data", (said) => { on = String(said).endsWith("write\\n") }); setInterval(() => on && console.log("ok", Date.now(), Date.now(), process.argv[1]), 5)';
  const present: Contender = {
    client: "obedient",
    intervalMs: 1_000,
    rollcall: false,
    crowd: false,
    play: (hosts) => ({ program: process.execPath, args: ["-e", SCRIPT, ...hosts] }),
  };
  const absent: Contender = { ...present, client: "absent", play: MISSING };

  test("all members are replaced, and who takes part is judged, busy and idle", async () => {
    await using cluster = await startEtcdSimulator();
    const old = addresses(cluster);
    const runs = await replacement(cluster, [present, absent], AT_ONCE, 1);
    expect(addresses(cluster).filter((address) => old.includes(address))).toEqual([]);
    expect([...runs.keys()]).toEqual([present]);
    expect(runs.get(present)).toMatchObject({ busy: { failed: 0, alive: true }, idle: { failed: 0, alive: true }, usedAfterMs: undefined });
  });

  test("a follower is cut off and comes back", async () => {
    await using cluster = await startEtcdSimulator();
    const leader = await cluster.leader();
    const said: string[] = [];
    const fault: Fault = {
      ...PARTITION,
      begin: async (on, member) => {
        said.push(member.id);
        await PARTITION.begin(on, member);
      },
    };
    const runs = await outage(fault, cluster, [present], AT_ONCE);
    expect(said).toHaveLength(1);
    expect(said).not.toContain(leader.id);
    expect(runs.get(present)).toMatchObject({ busy: { failed: 0, alive: true }, idle: { failed: 0, alive: true } });
  });
});

describe("the report", () => {
  const [go, , etcd3, , rollcall, rarely] = contenders(MISSING, FULL) as [Contender, Contender, Contender, Contender, Contender, Contender];
  const account = (failed: number, gapMs: number, alive = true): Account => ({ ok: 9, failed, gapMs, slowestMs: 40, firstMs: 12, alive });
  const line = (contender: Contender, ...busy: readonly Account[]): Line<ReplacementRun> => {
    return { contender, runs: busy.map((each) => ({ tookMs: 1, busy: each, idle: each, usedAfterMs: each.alive ? 740 : undefined })) };
  };
  const cells = (rows: readonly string[]): readonly (readonly string[])[] => {
    return rows.slice(2).map((row) =>
      row
        .split("|")
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
  };
  const lost = account(99, 20_000, false);
  const lines = [
    line(go, account(0, 2_060), account(1, 2_040)),
    line(etcd3, lost, lost),
    line(rollcall, account(1, 2_050), account(1, 2_050)),
  ];

  test("shows every round, and in what a client is better than Rollcall at the same interval", () => {
    expect(cells(busyTable([...lines, line(rarely, account(5, 4_000), account(5, 4_000))]))).toEqual([
      [expect.stringContaining("not available"), "1 s", "0, 1", "2.1, 2", "0.7, 0.7", "2 of 2", "failed"],
      ["`etcd3`, static hosts", "never", "99, 99", "for ever, for ever", "never, never", "0 of 2", ""],
      ["grpc-js + Rollcall", "1 s", "1, 1", "2.1, 2.1", "0.7, 0.7", "2 of 2", ""],
      ["grpc-js + Rollcall", "30 s", "5, 5", "4, 4", "0.7, 0.7", "2 of 2", ""],
    ]);
    expect(cells(idleTable(lines))[1]).toEqual(["`etcd3`, static hosts", "never", "99, 99", "12, 12", "0 of 2", ""]);
  });

  test("a time is better when it is shorter by more than chance, on average", () => {
    const gaps = (contender: Contender, ...ms: readonly number[]) => line(contender, ...ms.map((gapMs) => account(0, gapMs)));
    const better = (...its: readonly number[]) => cells(busyTable([gaps(go, ...its), gaps(rollcall, 500, 500)]))[0]?.at(-1);
    expect([better(300, 300), better(500, 99), better(100, 500)]).toEqual(["", "gap", ""]);
  });

  test("an outage is compared with the same outage", () => {
    const outages = ["frozen", "partitioned"].flatMap((fault, at) => [
      { fault, contender: etcd3, runs: [{ busy: account(0, 2_000), idle: account(at, 9_000) }] },
      { fault, contender: rollcall, runs: [{ busy: account(at, 2_000), idle: account(0, 100) }] },
    ]);
    expect(cells(outageTable(outages)).map((row) => row.at(-1))).toEqual(["", "", "failed", ""]);
  });

  test("a run in which somebody outlived all the members that it knew is void, whichever of its clients did", () => {
    expect(isVoid(lines)).toBe(false);
    expect(isVoid([...lines, line(etcd3, lost, account(3, 2_000))])).toBe(true);
  });

  test("a cost is what has come in a minute, and in a second of processor time", () => {
    const told = (times: number) => ({ polls: times, bytesOut: 10 * times, bytesIn: 20 * times, open: 3 });
    const cost = costOf(told(5), told(35), 4, 30_000);
    const rest = [
      { contender: rollcall, clients: 1, cost },
      { contender: undefined, clients: 0, serversCpuMsPerS: 38 },
    ];
    expect(cells(costTable(rest))).toEqual([
      ["grpc-js + Rollcall", "1 s", "1", "60", "600", "1200", "3", "4", "", "4"],
      ["nobody", "", "0", "", "", "", "", "", "38", ""],
    ]);
  });

  test("tells how it was measured; rounds begin at different moments of the longest interval", () => {
    const text = methodLines(FULL, [25_040, 26_000]).join(" ");
    for (const said of ["default timers", "from 3, 13, 23 s before", "25.0, 26.0 s", "for 20 s", "crowd of 100"])
      expect(text).toContain(said);
  });
});

test.runIf(process.platform === "linux")("the processor time of a process is known while it lives", () => {
  expect(processorMs([process.pid])).toBeGreaterThan(0);
  expect(processorMs([process.pid, undefined])).toBeUndefined();
  expect(pidsWith(process.execPath)).toContain(process.pid);
});
