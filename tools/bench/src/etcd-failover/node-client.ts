import { subscribe } from "node:diagnostics_channel";
import { createInterface } from "node:readline";
import { setTimeout as wait } from "node:timers/promises";
import { Tap } from "../poll/tap.js";
import { NODE_WRITERS, type Writer } from "./node-writers.js";
import { WRITE_EVERY_MS } from "./settings.js";

// Clients as player.ts describes them. Arguments: kind, hosts with commas between them, interval in milliseconds, how many clients.

const [kind = "", hosts = "", intervalMs = "", count = ""] = process.argv.slice(2);
const tap = new Tap();
let polls = 0;
subscribe("tracing:rollcall:poll:start", () => {
  polls += 1;
});
const writers = NODE_WRITERS[kind]?.(hosts.split(","), Number(intervalMs), Number(count)) ?? [];
let shallWrite = false;
let writing = false;

createInterface(process.stdin)
  .on("line", (command) => {
    if (command === "tell") say("told", polls, tap.passed.bytesOut, tap.passed.bytesIn, tap.open);
    else shallWrite = command === "write";
    if (shallWrite && !writing) void writeAll();
  })
  .on("close", () => process.exit());

async function writeAll(): Promise<void> {
  writing = true;
  let next = Date.now();
  for (let turn = 0; shallWrite; turn += 1) {
    await write(writers[turn % writers.length] as Writer);
    next = Math.max(next + WRITE_EVERY_MS, Date.now());
    await wait(next - Date.now());
  }
  writing = false;
}

async function write(writer: Writer): Promise<void> {
  const sentAt = Date.now();
  const { member, error } = await writer(`${sentAt}`);
  if (error === undefined) say("ok", sentAt, Date.now(), member);
  else say("failed", sentAt, Date.now(), member, error.split("\n")[0] ?? "");
}

function say(...words: readonly (string | number)[]): void {
  process.stdout.write(`${words.join(" ")}\n`);
}
