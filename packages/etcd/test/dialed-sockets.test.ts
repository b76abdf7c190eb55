import { channel } from "node:diagnostics_channel";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { DialedSockets } from "../src/dialed-sockets.js";
import { frozenMember, type Listener } from "./support/loopback-member.js";

let listener: Listener | undefined;

afterEach(async () => {
  await listener?.[Symbol.asyncDispose]();
});

async function dialler(): Promise<() => Socket> {
  listener = await frozenMember();
  const port = Number(new URL(listener.url).port);
  return () => connect(port, "127.0.0.1");
}

describe("DialedSockets", () => {
  it("closes a socket that is still connecting, however indirectly it was opened", async () => {
    const dial = await dialler();
    const sockets = new DialedSockets();
    const opened = sockets.during(async () => {
      await new Promise((resolve) => setImmediate(resolve));
      return { socket: dial() };
    });
    const { socket } = await opened;
    expect(socket.connecting).toBe(true);
    sockets.destroy();
    expect(socket.destroyed).toBe(true);
  });

  it("leaves the sockets of others alone", async () => {
    const dial = await dialler();
    const [ours, theirs] = [new DialedSockets(), new DialedSockets()];
    const mine = ours.during(dial);
    const foreign = theirs.during(dial);
    const unowned = dial();
    ours.destroy();
    expect([mine.destroyed, foreign.destroyed, unowned.destroyed]).toEqual([true, false, false]);
    theirs.destroy();
    unowned.destroy();
  });

  it("forgets a socket that closed", async () => {
    const dial = await dialler();
    const sockets = new DialedSockets();
    const socket = sockets.during(dial);
    await once(socket, "connect");
    socket.destroy();
    await once(socket, "close");
    let destroyed = 0;
    socket.destroy = () => {
      destroyed += 1;
      return socket;
    };
    sockets.destroy();
    expect(destroyed).toBe(0);
  });

  it("listens to the process only while something is being dialled", () => {
    const announced = channel("net.client.socket");
    const before = announced.hasSubscribers;
    const sockets = new DialedSockets();
    sockets.during(() => expect(announced.hasSubscribers).toBe(true));
    sockets.settled();
    expect(announced.hasSubscribers).toBe(before);
    sockets.during(() => undefined);
    sockets.destroy();
    expect(announced.hasSubscribers).toBe(before);
    expect(() =>
      sockets.during(() => {
        throw new Error("no");
      }),
    ).toThrow("no");
    expect(announced.hasSubscribers).toBe(before);
  });
});
