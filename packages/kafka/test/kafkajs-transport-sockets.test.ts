import { once } from "node:events";
import { connect, Socket } from "node:net";
import { describe, expect, it, vi } from "vitest";
import type { KafkaClientOptions } from "../src/kafka-transport.js";
import { failed, gate, listening } from "./support/connecting.js";
import { kafkajsTimers } from "./support/kafkajs-timers.js";
import { answering } from "./support/loopback-broker.js";

describe("a socketFactory of the application that", () => {
  it("throws is told of", async () => {
    const socketFactory = (): Socket => {
      throw new Error("no tunnel");
    };
    expect(await failed({ host: "h", port: 1 }, { socketFactory })).toMatchObject({
      ...{ code: "UNAVAILABLE", message: expect.stringContaining("no tunnel") },
    });
  });

  it("listens for errors hears of one once", async () => {
    const heard: Error[] = [];
    const socketFactory = ({ onConnect }: { onConnect: () => void }): Socket => {
      return connect({ host: "127.0.0.1", port: 1 }, onConnect).on("error", (error) => heard.push(error));
    };
    await failed({ host: "h", port: 1 }, { socketFactory });
    expect(heard).toHaveLength(1);
  });

  it("destroys its socket before it connects leaves no timer", async () => {
    const timers = kafkajsTimers();
    const broker = await listening(answering());
    const socketFactory = (): Socket => connect(broker.address).destroy();
    expect(await failed(broker.address, { socketFactory })).toMatchObject({ code: "UNAVAILABLE" });
    await broker.idle();
    expect(timers.size).toBe(0);
  });

  it("gives its sockets a timeout makes that the end of the connection", async () => {
    const timers = kafkajsTimers();
    const broker = await listening(() => undefined);
    const socketFactory = ({ onConnect }: { onConnect: () => void }): Socket => connect(broker.address, onConnect).setTimeout(20);
    expect(await failed(broker.address, { socketFactory })).toMatchObject({ message: expect.stringContaining("Connection timeout") });
    await broker.idle();
    expect(timers.size).toBe(0);
  });

  it("gives a socket that is closed later by the application closes the connection", async () => {
    const broker = await listening(answering({ 60: () => undefined }));
    const sockets: Socket[] = [];
    const socketFactory = ({ onConnect }: { onConnect: () => void }): Socket => {
      const socket = connect(broker.address, onConnect);
      sockets.push(socket);
      return socket;
    };
    const poll = failed(broker.address, { socketFactory });
    await vi.waitFor(() => expect(sockets[0]?.bytesWritten).toBe(49));
    const [socket] = sockets;
    if (!socket) throw new Error("nobody dialed");
    const gone = once(socket, "close");
    socket.destroy();
    await gone;
    expect(await poll).toMatchObject({ code: "UNAVAILABLE" });
  });
});

describe("a socketFactory that returns no socket", () => {
  const factory = (returned: unknown): Required<KafkaClientOptions>["socketFactory"] => (() => returned) as never;

  it.each<[string, () => unknown, string]>([
    ["undefined", () => undefined, "undefined"],
    ["null", () => null, "null"],
    ["a text", () => "socket", "string"],
    ["another object", () => ({ on: () => undefined }), "object"],
    ["a promise that rejects", () => Promise.reject(new Error("no tunnel")), "a promise"],
    ["a promise of nothing", async () => undefined, "a promise"],
    ["a promise that never settles", () => new Promise(() => undefined), "a promise"],
  ])("but %s is one clear error, and leaves no timer", async (_what, returned, named) => {
    const timers = kafkajsTimers();
    expect(await failed({ host: "h", port: 1 }, { socketFactory: factory(returned()) })).toMatchObject({
      ...{ code: "INVALID_OPTIONS", message: expect.stringContaining(`client.socketFactory must return a socket, it returned ${named}`) },
    });
    expect(timers.size).toBe(0);
  });

  it("but a promise of one has it destroyed when it comes", async () => {
    const late = gate<Socket>();
    expect(await failed({ host: "h", port: 1 }, { socketFactory: factory(late.opened) })).toMatchObject({ code: "INVALID_OPTIONS" });
    const socket = new Socket();
    const gone = once(socket, "close");
    late.open(socket);
    await gone;
    expect(socket.destroyed).toBe(true);
  });
});
