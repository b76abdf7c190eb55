import { channel } from "node:diagnostics_channel";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
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

  it("closes a socket that is made in the turn in which it is destroyed, although the dial has ended", async () => {
    const dial = await dialler();
    const sockets = new DialedSockets();
    const late = sockets.during(() => Promise.resolve().then(() => ({ socket: dial() })));
    sockets.destroy();
    sockets.settled();
    const { socket } = await late;
    await turn();
    expect(socket.destroyed).toBe(true);
  });

  it("follows a dial to its end when another one has ended before", async () => {
    const dial = await dialler();
    const sockets = new DialedSockets();
    const opened = sockets.during(() => turn().then(() => ({ socket: dial() })));
    sockets.during(() => undefined);
    sockets.settled();
    const { socket } = await opened;
    sockets.destroy();
    expect(socket.destroyed).toBe(true);
  });
});

describe("the process is listened to", () => {
  const announced = channel("net.client.socket");

  beforeEach(async () => {
    await turn(); // those of the tests before have stopped by then
    expect(announced.hasSubscribers).toBe(false);
  });

  it("while something is being dialled, until the last of it has settled", () => {
    const sockets = new DialedSockets();
    sockets.during(() => expect(announced.hasSubscribers).toBe(true));
    sockets.during(() => undefined);
    sockets.settled();
    expect(announced.hasSubscribers).toBe(true);
    sockets.settled();
    expect(announced.hasSubscribers).toBe(false);
    sockets.during(() => expect(announced.hasSubscribers).toBe(true));
    sockets.settled();
  });

  it("not after a dial that throws", () => {
    const dial = () => {
      throw new Error("no");
    };
    expect(() => new DialedSockets().during(dial)).toThrow("no");
    expect(announced.hasSubscribers).toBe(false);
  });

  it("for one turn after destroy, however many dials have not settled, and never again", async () => {
    const sockets = new DialedSockets();
    sockets.during(() => undefined);
    sockets.during(() => undefined);
    sockets.destroy();
    expect(announced.hasSubscribers).toBe(true);
    await turn();
    expect(announced.hasSubscribers).toBe(false);
    sockets.during(() => expect(announced.hasSubscribers).toBe(false));
  });
});

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
