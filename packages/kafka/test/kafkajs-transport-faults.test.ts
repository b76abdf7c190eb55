import { createServer } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { failed, listening, polled } from "./support/connecting.js";
import { describeClusterAnswer } from "./support/kafka-answers.js";
import { kafkajsTimers } from "./support/kafkajs-timers.js";
import { answering, answerTo, apiVersions, type Script } from "./support/loopback-broker.js";

const rejections: unknown[] = [];
const collect = (reason: unknown): number => rejections.push(reason);
beforeAll(() => void process.on("unhandledRejection", collect));
afterAll(() => {
  process.off("unhandledRejection", collect);
  expect(rejections).toEqual([]);
});

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(" ", ""), "hex");

/** Writes these bytes for every frame. */
const writes =
  (bytes: Uint8Array): Script =>
  (_frame, socket) =>
    void socket.write(bytes);

describe("who cannot be reached", () => {
  it("is UNAVAILABLE when nobody listens there", async () => {
    const gone = await listening(() => undefined);
    const { address } = gone;
    await gone[Symbol.asyncDispose]();
    const timers = kafkajsTimers();
    expect(await failed(address)).toMatchObject({ code: "UNAVAILABLE", message: expect.stringContaining("ECONNREFUSED") });
    expect(timers.size).toBe(0);
  });

  it("is UNAVAILABLE when the name is unknown", async () => {
    const timers = kafkajsTimers();
    expect(await failed({ host: "nobody.invalid", port: 9092 })).toMatchObject({
      ...{ code: "UNAVAILABLE", message: expect.stringContaining("nobody.invalid") },
    });
    expect(timers.size).toBe(0);
  });
});

describe("row 19: a broker that", () => {
  const closing: Script = (_frame, socket) => void socket.end();
  const halfAndClosing: Script = (_frame, socket) => void socket.end(hex("00000020 00000000 0000"));
  const resetting: Script = (_frame, socket) => void socket.resetAndDestroy();
  const closed = "check ssl and sasl in the option client";

  it.each<[string, Script, string, string]>([
    ["closes the connection without a word", closing, "UNAVAILABLE", closed],
    ["closes the connection in the middle of an answer", halfAndClosing, "UNAVAILABLE", closed],
    ["resets the connection", resetting, "UNAVAILABLE", closed],
    ["closes the connection at the request", answering({ 60: (_, socket) => void socket.end() }), "UNAVAILABLE", closed],
    ["announces two gigabytes", writes(hex("7fffffff")), "MALFORMED_RESPONSE", "a frame of 2147483647 bytes"],
    ["announces a negative length", writes(hex("ffffffff")), "MALFORMED_RESPONSE", "a frame of 4294967295 bytes"],
    ["announces no byte at all", writes(hex("00000000")), "MALFORMED_RESPONSE", "a frame of 0 bytes"],
    ["answers without a correlation id", writes(hex("00000003 000000")), "MALFORMED_RESPONSE", "a frame of 3 bytes"],
    [
      "answers with another correlation id",
      writes(answerTo({ correlationId: 77 }, apiVersions())),
      "MALFORMED_RESPONSE",
      "correlation id 77",
    ],
    ["answers garbage for its versions", writes(hex("00000006 00000000 0000")), "MALFORMED_RESPONSE", "byte 2 of 2"],
    [
      "knows an absurd number of requests",
      answering({ 18: () => hex("0000 01ffffff 0003") }),
      "MALFORMED_RESPONSE",
      "an array of 33554431",
    ],
    ["refuses to tell its versions", answering({ 18: () => hex("0023 00000000") }), "MALFORMED_RESPONSE", "UNSUPPORTED_VERSION"],
    ["answers garbage", answering({ 60: () => hex("00 ffff") }), "MALFORMED_RESPONSE", "byte 1 of 3"],
    ["lists nobody's port", answering({ 60: (r) => describeClusterAnswer(r.apiVersion, [NO_PORT]) }), "MALFORMED_RESPONSE", "port 0"],
  ])("%s is one clear error, and no connection is left", async (_what, script, code, message) => {
    const timers = kafkajsTimers();
    const broker = await listening(script);
    expect(await failed(broker.address)).toMatchObject({ code, message: expect.stringContaining(message) });
    await broker.idle();
    expect(timers.size).toBe(0);
  });

  const NO_PORT = { id: 1, host: "h", port: 0, fenced: false };

  it("writes its answer a byte at a time is understood", async () => {
    const answer = answering();
    const broker = await listening((frame, socket) => {
      const bytes: Uint8Array[] = [];
      answer(frame, { write: (chunk: Uint8Array) => bytes.push(chunk) } as unknown as Socket);
      socket.setNoDelay(true);
      for (const byte of Buffer.concat(bytes)) socket.write(Uint8Array.of(byte));
    });
    expect((await polled(broker.address)).brokers).toHaveLength(3);
  });

  it("announces two gigabytes, and sends some of them, costs less than a megabyte", async () => {
    const block = Buffer.alloc(64 * 1024);
    const broker = await listening((_frame, socket) => {
      socket.write(hex("7fffffff"));
      const more = (): void => {
        while (!socket.destroyed && socket.write(block));
      };
      socket.on("drain", more);
      more();
    });
    const before = process.memoryUsage();
    expect(await failed(broker.address)).toMatchObject({ code: "MALFORMED_RESPONSE" });
    const after = process.memoryUsage();
    expect(after.external - before.external).toBeLessThan(1024 * 1024);
  });
});

describe("row 19: who is no broker", () => {
  it("is named when it is an HTTP server", async () => {
    const server = createServer().listen(0, "127.0.0.1");
    onTestFinished(() => void server.close());
    await new Promise((resolve) => server.once("listening", resolve));
    const { port } = server.address() as AddressInfo;
    expect(await failed({ host: "127.0.0.1", port })).toMatchObject({
      code: "MALFORMED_RESPONSE",
      message: expect.stringContaining("HTTP"),
    });
  });

  it("is named when it is a controller", async () => {
    const broker = await listening(answering({ 18: () => apiVersions([18, 0, 4], [60, 0, 2]) }));
    const message = expect.stringContaining("this is a controller's listener");
    expect(await failed(broker.address)).toMatchObject({ code: "MALFORMED_RESPONSE", message });
  });
});
