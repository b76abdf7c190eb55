import { getEventListeners } from "node:events";
import type { Socket } from "node:net";
import { isDiscoveryError } from "@rollcall/core";
import { describe, expect, it } from "vitest";
import { encodeAnswer } from "../src/protocol/remoting-frame.js";
import { remotingTransport } from "../src/remoting-transport.js";
import { connected, failed, LoopbackServer, never } from "./support/loopback-server.js";

const hex = (text: string): Uint8Array => Buffer.from(text.replaceAll(" ", ""), "hex");
const saying = (bytes: Uint8Array | string) => (_request: unknown, socket: Socket) => void socket.write(bytes);

describe("a server that", () => {
  it.each<[string, Uint8Array | string, string]>([
    ["announces more than 16 MiB", hex("00fffffd"), "a frame of 16777213 bytes, not of 4 to 16777212"],
    ["announces two gigabytes", hex("7fffffff"), "a frame of 2147483647 bytes"],
    ["announces less than nothing", hex("ffffffff"), "a frame of -1 bytes"],
    ["announces nothing", hex("00000000"), "a frame of 0 bytes"],
    ["sends a header that is none", hex("00000006 00000002 7b7b"), "the header is no JSON"],
    ["sends a header longer than its frame", hex("00000006 00000003 7b7d"), "the header of 3 bytes is longer than its frame of 6"],
    ["sends a header of a third kind", hex("00000006 02000002 7b7d"), "a kind that RocketMQ does not have"],
    ["speaks HTTP", "HTTP/1.1 400 Bad Request\r\n\r\n", "an HTTP server answers; give a nameserver's own port"],
    ["speaks TLS", hex("15030300020228"), "the server speaks TLS; set the option tls"],
    ["speaks HTTP/2", hex("00000c 04 00 00000000 000300000064"), "a gRPC server answers, such as RocketMQ's proxy has"],
    ["speaks something else", "-ERR unknown command\r\n", "a frame of 759517778 bytes"],
  ])("row 18: %s is refused, and the connection closed", async (_what, bytes, message) => {
    const server = await LoopbackServer.start(saying(bytes));
    const error = await failed(server.address);
    expect(error).toMatchObject({ code: "MALFORMED_RESPONSE", source: "rocketmq" });
    expect(String(error)).toContain(`[rocketmq] [MALFORMED_RESPONSE] ${server.peer} sent what is no answer: `);
    expect(String(error)).toContain(message);
    expect(String(error).match(/\[rocketmq\]/g)).toHaveLength(1);
    await server.idle();
  });

  it.each<[string, Uint8Array]>([
    ["half a length", hex("0000")],
    ["half a frame", encodeAnswer({}, 0).subarray(0, 20)],
    ["an answer and half of another", Buffer.concat([encodeAnswer({}, 4711), hex("00000010 00")])],
  ])("closes after %s fails whoever waits", async (_what, bytes) => {
    const server = await LoopbackServer.start((_request, socket) => void socket.end(bytes));
    expect(await failed(server.address)).toMatchObject({
      code: "UNAVAILABLE",
      message: `[rocketmq] [UNAVAILABLE] ${server.peer} closed the connection in the middle of an answer`,
    });
    await server.idle();
  });

  it("row 19: closes without a word may want TLS", async () => {
    const server = await LoopbackServer.start((_request, socket) => void socket.end());
    const hint =
      "closed the connection; a server does that to a client whose TLS is not what it expects: check the option tls, or it is no RocketMQ server";
    expect(await failed(server.address)).toMatchObject({ code: "UNAVAILABLE", message: `[rocketmq] [UNAVAILABLE] ${server.peer} ${hint}` });
  });

  it("has answered before and closes is not suspected of that", async () => {
    const server = await LoopbackServer.start(({ code, opaque }, socket) => {
      socket.write(encodeAnswer({}, opaque));
      if (code === 2) socket.end();
    });
    const connection = await connected(server.address);
    const asked = [1, 2, 3].map((code) => connection.request({ code }, { signal: never }));
    const [first, second, third] = await Promise.allSettled(asked);
    expect([first?.status, second?.status]).toEqual(["fulfilled", "fulfilled"]);
    expect(third).toMatchObject({ reason: { message: `[rocketmq] [UNAVAILABLE] ${server.peer} closed the connection` } });
  });

  it("resets the connection fails everybody who waits, and everybody who comes", async () => {
    const server = await LoopbackServer.start(({ code }, socket) => void (code === 2 && socket.resetAndDestroy()));
    const connection = await connected(server.address);
    const { signal } = new AbortController();
    const asked = await Promise.allSettled([1, 2].map((code) => connection.request({ code }, { signal })));
    expect(asked.map((one) => one.status === "rejected" && isDiscoveryError(one.reason) && one.reason.code)).toEqual([
      "UNAVAILABLE",
      "UNAVAILABLE",
    ]);
    expect(asked[0]).toMatchObject({
      reason: { message: expect.stringContaining("read ECONNRESET; a server does that to a client whose TLS") },
    });
    expect(getEventListeners(signal, "abort")).toEqual([]);
    await expect(connection.request({ code: 3 }, { signal })).rejects.toMatchObject({ code: "UNAVAILABLE" });
  });

  it("does not listen is UNAVAILABLE", async () => {
    const server = await LoopbackServer.start();
    const { address, peer } = server;
    await server[Symbol.asyncDispose]();
    const message = `[rocketmq] [UNAVAILABLE] ${peer}: connect ECONNREFUSED ${peer}`;
    expect(await failed(address)).toMatchObject({ code: "UNAVAILABLE", message });
  });
});

describe("close", () => {
  it("fails whoever waits, ends the socket, and may be called again", async () => {
    const server = await LoopbackServer.start();
    const connection = await connected(server.address);
    const { signal } = new AbortController();
    const waiting = connection.request({ code: 106 }, { signal });
    connection.close();
    connection.close();
    const error = {
      code: "UNAVAILABLE",
      message: expect.stringContaining(`the connection to ${server.peer} has been closed on this side`),
    };
    await expect(waiting).rejects.toMatchObject(error);
    await expect(connection.request({ code: 106 }, { signal })).rejects.toMatchObject(error);
    expect(getEventListeners(signal, "abort")).toEqual([]);
    await server.idle();
  });
});

describe("a signal that fires", () => {
  const reason = new Error("enough");

  it.each<[string, object]>([
    ["plain", {}],
    ["with TLS", { tls: {} }],
  ])("before connecting, or at once after it has begun (%s), leaves no socket and no listener", async (_what, client) => {
    const server = await LoopbackServer.start();
    await expect(remotingTransport(client).connect(server.address, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    const end = new AbortController();
    const connecting = remotingTransport(client).connect({ ...server.address, host: "localhost" }, { signal: end.signal });
    end.abort(reason);
    await expect(connecting).rejects.toBe(reason);
    expect(getEventListeners(end.signal, "abort")).toEqual([]);
    await server.idle();
  });

  it("row 19: in the middle of the handshake leaves no socket and no listener", async () => {
    const server = await LoopbackServer.start();
    const end = new AbortController();
    const accepted = server.accepted();
    const connecting = remotingTransport({ tls: {} }).connect(server.address, { signal: end.signal });
    await accepted;
    end.abort(reason);
    await expect(connecting).rejects.toBe(reason);
    expect(getEventListeners(end.signal, "abort")).toEqual([]);
    await server.idle();
  });

  it("once connected ends nothing", async () => {
    const server = await LoopbackServer.start(({ opaque }, socket) => void socket.write(encodeAnswer({}, opaque)));
    const end = new AbortController();
    const connection = await remotingTransport({}).connect(server.address, { signal: end.signal });
    expect(getEventListeners(end.signal, "abort")).toEqual([]);
    end.abort(reason);
    await expect(connection.request({ code: 106 }, { signal: end.signal })).rejects.toBe(reason);
    expect((await connection.request({ code: 106 }, { signal: never })).code).toBe(0);
    connection.close();
    await server.idle();
  });

  it("in the middle of an answer ends that question only", async () => {
    let rest: (() => void) | undefined;
    const server = await LoopbackServer.start(({ opaque }, socket) => {
      const answer = encodeAnswer({ body: Buffer.from(String(opaque)) }, opaque);
      rest?.();
      socket.write(rest ? answer : answer.subarray(0, 30));
      rest = () => void socket.write(answer.subarray(30));
    });
    const connection = await connected(server.address);
    const end = new AbortController();
    const first = connection.request({ code: 106 }, { signal: end.signal });
    await expect.poll(() => rest).toBeDefined();
    end.abort(reason);
    await expect(first).rejects.toBe(reason);
    expect(Buffer.from((await connection.request({ code: 106 }, { signal: never })).body).toString()).toBe("1");
  });
});
