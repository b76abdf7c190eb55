import { once } from "node:events";
import type { Socket } from "node:net";
import { isDiscoveryError } from "@rollcall/core";
import { FrameReader } from "@rollcall/core/provider";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseLenientJson } from "../src/protocol/bare-keys.js";
import { decodeFrame, encodeAnswer, FRAME_BOUNDS } from "../src/protocol/remoting-frame.js";
import { damage, damaged } from "./support/damage.js";
import { connected, LoopbackServer, never } from "./support/loopback-server.js";

const BODY =
  '{"brokerAddrTable":{"broker-a":{"brokerAddrs":{0:"127.0.0.1:10911",1:"127.0.0.1:10921"},"brokerName":"broker-a","cluster":"c"}}}';
const ROUTE =
  '{"brokerDatas":[{"brokerAddrs":{"0":"127.0.0.1:10911"},"brokerName":"broker-a"}],"queueDatas":[{"perm":6}],"filterServerTable":{}}';

const types = ["JSON", "ROCKETMQ"] as const;

/** Answers to question 0, as a server would send them. */
const VALID: readonly Uint8Array[] = types.flatMap((type) => [
  encodeAnswer({ body: Buffer.from(BODY) }, 0, type),
  encodeAnswer({ body: Buffer.from(ROUTE), fields: { a: "b", c: "é" } }, 0, type),
  encodeAnswer({ code: 17, remark: "No topic route info in name server for the topic: T" }, 0, type),
]);

const changes = fc.array(damage, { minLength: 1, maxLength: 2 });

/** Valid frames with a damaged body, or a stream that is damaged anywhere. */
const stream = fc.oneof(
  fc
    .tuple(fc.constantFrom(BODY, ROUTE), changes, fc.constantFrom(...types))
    .map(([body, wrong, type]) => encodeAnswer({ body: wrong.reduce(damaged, Buffer.from(body)) }, 0, type)),
  fc
    .tuple(fc.array(fc.constantFrom(...VALID), { minLength: 1, maxLength: 3 }), changes)
    .map(([frames, wrong]) => wrong.reduce(damaged, Buffer.concat(frames))),
);

/** Everything that an answer is made of, counted. */
function count(value: unknown): number {
  if (typeof value !== "object" || value === null) return 1;
  return Object.values(value).reduce((sum: number, one) => sum + count(one), 1);
}

describe("10 000 damaged streams", () => {
  it("row 18: are read as something valid, or refused with a DiscoveryError; never more is made of one than it holds", () => {
    const seen = { read: 0, refused: 0, waiting: 0 };
    const property = fc.property(stream, (bytes) => {
      try {
        const frames = new FrameReader(FRAME_BOUNDS).push(bytes);
        if (frames.length === 0) seen.waiting++;
        for (const frame of frames) {
          const { body, ...header } = decodeFrame(frame);
          const made = count(header) + (body.length > 0 ? count(parseLenientJson(body)) : 0);
          if (made > frame.length) throw new Error("more was made of it than it holds");
          seen.read++;
        }
      } catch (error) {
        if (!isDiscoveryError(error) && !(error instanceof RangeError && /^a frame of/.test(error.message))) throw error;
        seen.refused++;
      }
    });
    fc.assert(property, { numRuns: 10_000, seed: 18 });
    // Else the damage would be too wild, or too tame, to prove anything.
    expect(Math.min(seen.read, seen.refused), JSON.stringify(seen)).toBeGreaterThan(1_000);
  }, 30_000);
});

describe("a connection that brings a damaged stream and then ends", () => {
  it("row 18: has answered, or fails with a DiscoveryError; it never leaves anybody waiting, nor a socket open", async () => {
    const streams = fc.sample(stream, { numRuns: 300, seed: 7 });
    let sent: Uint8Array = streams[0] ?? new Uint8Array();
    const server = await LoopbackServer.start((_request, socket) => void socket.end(sent));
    const seen = { answered: 0, failed: 0 };
    for (sent of streams) {
      const connection = await connected(server.address);
      await connection.request({ code: 106 }, { signal: never }).then(
        ({ body }) => {
          seen.answered++;
          expect(body.length).toBeLessThanOrEqual(sent.length);
        },
        (error: unknown) => {
          seen.failed++;
          expect(isDiscoveryError(error), String(error)).toBe(true);
        },
      );
      connection.close();
    }
    await server.idle();
    expect(Math.min(seen.answered, seen.failed), JSON.stringify(seen)).toBeGreaterThan(30);
  }, 30_000);
});

describe("a frame that is only announced", () => {
  it("row 18: takes no memory: 50 connections that wait for 16 MiB each", async () => {
    const server = await LoopbackServer.start((_request, socket) => void socket.write(Buffer.from("00fffffc00000040", "hex")));
    const before = process.memoryUsage().arrayBuffers;
    const asked = Array.from({ length: 50 }, async () => {
      const connection = await connected(server.address);
      const answer = connection.request({ code: 106 }, { signal: new AbortController().signal });
      return { answer: answer.catch((error: unknown) => error), connection };
    });
    const connections = await Promise.all(asked);
    await Promise.all([...server.sockets].map((socket) => written(socket)));
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(16 * 2 ** 20);
    for (const { connection } of connections) connection.close();
    for (const { answer } of connections) expect(isDiscoveryError(await answer)).toBe(true);
  });
});

/** Resolves once the server has written everything. */
async function written(socket: Socket): Promise<void> {
  if (socket.bytesWritten === 0) await once(socket, "data");
  if (socket.writableLength > 0) await once(socket, "drain");
}
