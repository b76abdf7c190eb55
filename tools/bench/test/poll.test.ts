import { once } from "node:events";
import { type AddressInfo, connect, createServer } from "node:net";
import { describe, expect, test } from "vitest";
import type { PollCost } from "../src/poll/measure-polls.js";
import { parsePollArguments } from "../src/poll/poll-arguments.js";
import { pollReport } from "../src/poll/poll-report.js";
import { Tap } from "../src/poll/tap.js";

const COST: PollCost = { opened: 1, requests: 2, bytesOut: 3, bytesIn: 4, cpuMs: 1.2345, wallMs: 5, openAtRest: 0, restCpuMs: 2 };

test("the table has a line for each way, also for what could not be measured", () => {
  const lines = pollReport([
    { topics: 40, way: "asking", cost: COST },
    { topics: 40, way: "asking", cost: undefined },
  ]);
  expect(lines).toHaveLength(4);
  expect(lines[2]).toMatch(/^\| 40 \| asking \| 2 \| 3 \| 4 \| 1 \| 1\.23 \|.* \| 122 \|$/);
  expect(lines[3]).toContain("asking (not measured)");
});

test("the arguments are numbers of topics, ascending, and whether a quick look will do", () => {
  expect(parsePollArguments([])).toEqual({ counts: [], short: false });
  expect(parsePollArguments(["1", "20", "--short"])).toEqual({ counts: [1, 20], short: true });
  for (const bad of ["0", "many", "1.5", "--long"]) expect(parsePollArguments([bad])).toContain("numbers of topics");
  expect(parsePollArguments(["20", "1"])).toContain("ascending");
});

describe("a tap", () => {
  test("counts sockets, bytes and requests until it is disposed: frames with their length before them, and heads of HTTP", async () => {
    const server = createServer((socket) => socket.end("four")).listen(0, "127.0.0.1");
    await once(server, "listening");
    const talk = async (...said: readonly (Uint8Array | string)[]): Promise<void> => {
      const socket = connect((server.address() as AddressInfo).port, "127.0.0.1").resume();
      for (const each of said) socket.write(each);
      socket.end();
      await once(socket, "close");
    };
    const tap = new Tap();
    await talk(Buffer.from([0, 0, 0, 1, 7, 0, 0, 0, 0]), Buffer.from([0, 0, 0, 0]));
    await talk("GET / HTTP/1.1\r\n\r\n");
    tap[Symbol.dispose]();
    await talk("more");
    expect(tap.passed).toEqual({ opened: 2, requests: 4, bytesOut: 13 + 18, bytesIn: 8 });
    expect(tap.open).toBe(0);
    server.close();
  });
});
