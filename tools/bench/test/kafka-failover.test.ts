import { afterEach, describe, expect, test, vi } from "vitest";
import { contenders } from "../src/kafka-failover/contenders.js";
import { type FailoverLine, failoverReport } from "../src/kafka-failover/failover-report.js";
import { History, SILENT_MS } from "../src/kafka-failover/history.js";
import { Player } from "../src/kafka-failover/player.js";

describe("a history", () => {
  test("counts a span: what was sent and failed in it, and the longest time without a success, its ends included", () => {
    const history = new History();
    for (const at of [90, 110, 150, 190]) history.add("sent", at);
    for (const at of [95, 115, 195]) history.add("ok", at);
    history.add("failed", 160);
    expect(history.account(100, 200)).toEqual({ sent: 3, failed: 1, gapMs: 80 });
    expect(history.account(100, 320)).toMatchObject({ gapMs: 125 });
    expect([history.first("ok", 100), history.first("ok", 200), history.lastOutcome()]).toEqual([115, undefined, 160]);
  });

  test("a message without an outcome has failed once it is old", () => {
    const history = new History();
    history.add("sent", 0);
    history.add("sent", 1_000);
    history.add("ok", 10);
    expect(history.account(0, 999 + SILENT_MS).failed).toBe(0);
    expect(history.account(0, 1_000 + SILENT_MS).failed).toBe(1);
  });
});

describe("a player", { timeout: 20_000 }, () => {
  /** A process may take its time to start. */
  const PATIENCE = { timeout: 10_000 };
  const players: Player[] = [];
  const play = (script: string): Player => {
    const player = new Player({ program: process.execPath, args: ["-e", script] });
    players.push(player);
    return player;
  };
  afterEach(() => Promise.all(players.splice(0).map((player) => player[Symbol.asyncDispose]())));

  test("does what it is told, and what it says is kept by name and with its own time", async () => {
    const player = play('process.stdin.on("data", (said) => console.log("busy sent 5\\nnoise\\nidle failed 7 " + said))');
    player.say("send idle 1");
    await vi.waitFor(() => expect(player.history("idle").first("failed")).toBe(7), PATIENCE);
    expect(player.history("busy").first("sent")).toBe(5);
    expect(player.complaint).toBe("send idle 1");
  });

  test("one that dies leaves its last words, and may be told more", async () => {
    const player = play('console.error("cannot"); process.exit(1)');
    await vi.waitFor(() => expect(player.complaint).toBe("cannot"), PATIENCE);
    player.say("send busy 1");
    await player[Symbol.asyncDispose]();
  });

  test("one that cannot be started says why", async () => {
    const player = new Player({ program: "/nowhere/to/be/found", args: [] });
    await vi.waitFor(() => expect(player.complaint).toContain("ENOENT"), PATIENCE);
    await player[Symbol.asyncDispose]();
  });
});

test("a client that cannot be had takes no part, with its reason; the others get the addresses and the topic", () => {
  const java = { program: "java", args: ["Client"], version: "4" };
  const everybody = contenders("orders", "/tmp", { reason: "no Python" }, java);
  const plays = Object.fromEntries(everybody.map(({ name, play }) => [name, typeof play === "function" ? play(["a:1", "b:2"]) : play]));
  expect(plays).toMatchObject({
    "kafkajs, static list": { args: [expect.anything(), "static", "a:1,b:2", "orders"] },
    "kafkajs + Rollcall": { args: [expect.anything(), "rollcall", "a:1,b:2", "orders", "/tmp/brokers.json"] },
    librdkafka: { reason: "no Python" },
    "Java client": { program: "java", args: ["Client", "a:1,b:2", "orders", "rebootstrap"] },
  });
});

describe("the report", () => {
  const line = (client: string, failed: number, back: FailoverLine["back"], consumer = false): FailoverLine => {
    return { phase: "outage", client, account: { sent: 30, failed, gapMs: 900.4 }, back, consumer };
  };
  const cells = (...lines: readonly FailoverLine[]): readonly (readonly string[])[] => {
    const [, , ...rows] = failoverReport(lines);
    return rows.map((row) => row.split("|").map((cell) => cell.trim()));
  };

  test("says in what a client is better than Rollcall, and in what it is not", () => {
    const rows = cells(line("kafkajs + Rollcall", 3, 200), line("Java client", 0, 250), line("kafkajs, static list", 3, "never"));
    expect(rows.map((row) => row.slice(2))).toEqual([
      ["kafkajs + Rollcall", "30", "3", "900", "200", "", ""],
      ["Java client", "30", "0", "900", "250", "failed", ""],
      ["kafkajs, static list", "30", "3", "900", "never", "", ""],
    ]);
  });

  test("a consumer sends nothing, and who took no part has no figures", () => {
    const rows = cells(line("kafkajs + Rollcall", 0, 5, true), { phase: "all", client: "librdkafka: not available", account: undefined });
    expect(rows.map((row) => row.slice(3))).toEqual([
      ["", "", "900", "5", "", ""],
      ["", "", "", "", "", ""],
    ]);
  });
});
