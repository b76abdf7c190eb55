import { once } from "node:events";
import { describe, expect, test } from "vitest";
import { type SimulatedClient, SimulatedPort } from "../../src/provider/index.js";
import { frameOf, listening, PortClient } from "./support/port-client.js";

/** Says every frame back. */
const echo = (client: SimulatedClient) => (frame: Uint8Array) => client.write(Buffer.from(frame));

/** A port whose every answer the test gives. */
async function byHand() {
  const asked: string[] = [];
  const clients: SimulatedClient[] = [];
  const answers: ((failure?: Error) => void)[] = [];
  const port = await listening({
    conversation: (client) => {
      clients.push(client);
      return (frame) => {
        asked.push(Buffer.from(frame).toString());
        return new Promise<void>((resolve, reject) => answers.push((failure) => (failure ? reject(failure) : resolve())));
      };
    },
  });
  return { port, asked, clients, answers };
}

describe("a conversation", () => {
  test("is one per client", async () => {
    let conversations = 0;
    const port = await listening({
      conversation: (client) => {
        conversations += 1;
        const name = String(conversations);
        return () => client.write(Buffer.from(name));
      },
    });
    const [first, second] = [await PortClient.to(port), await PortClient.to(port)];
    second.say("who");
    first.say("who");
    await expect.poll(() => [first.heard, second.heard].sort()).toEqual(["1", "2"]);
    expect(port.connections).toBe(2);
  });

  test("that returns a promise gets the next frame once that has settled", async () => {
    const { port, asked, answers } = await byHand();
    (await PortClient.to(port)).socket.write(Buffer.concat([frameOf("a"), frameOf("b")]));
    await expect.poll(() => asked).toEqual(["a"]);
    answers[0]?.();
    await expect.poll(() => asked).toEqual(["a", "b"]);
  });

  test("that returns nothing gets every frame at once, and may answer in any order and unasked", async () => {
    const waiting: (() => void)[] = [];
    const port = await listening({
      conversation: (client) => {
        client.write(Buffer.from("hello "));
        return (frame) => void waiting.push(() => client.write(frame));
      },
    });
    const client = await PortClient.to(port);
    client.say("a");
    client.say("b");
    await expect.poll(() => waiting.length).toBe(2);
    for (const answer of waiting.toReversed()) answer();
    await expect.poll(() => client.heard).toBe("hello ba");
  });

  test.each([
    [
      "a throw",
      () => {
        throw new Error("no such request");
      },
    ],
    ["a rejection", () => Promise.reject(new Error("no such request"))],
  ])("that fails with %s ends the connection without a word, and no other", async (_what, fail) => {
    const port = await listening({
      conversation: (client) => (frame) => (frame[0] === 0x21 ? fail() : client.write(frame)),
    });
    const [bad, good] = [await PortClient.to(port), await PortClient.to(port)];
    bad.socket.write(Buffer.concat([frameOf("!"), frameOf("a")]));
    await once(bad.socket, "close");
    good.say("b");
    await expect.poll(() => good.heard).toBe("b");
    expect([bad.heard, port.connections]).toEqual(["", 1]);
  });

  test("ends when a frame is longer than allowed", async () => {
    const port = await listening({ conversation: echo });
    const client = await PortClient.to(port);
    client.say("a");
    await expect.poll(() => client.heard).toBe("a");
    client.socket.write(Buffer.from("00000065", "hex"));
    await once(client.socket, "close");
    expect(client.heard).toBe("a");
  });

  test("learns when its client is gone, whoever ended it, and what is written then is lost", async () => {
    const { port, clients } = await byHand();
    const [leaving, sentAway] = [await PortClient.to(port), await PortClient.to(port)];
    await expect.poll(() => clients.length).toBe(2);
    leaving.socket.destroy();
    await clients[0]?.gone;
    clients[0]?.write(Buffer.from("too late"));
    clients[1]?.write(Buffer.from("good bye"));
    clients[1]?.end();
    await Promise.all([clients[1]?.gone, once(sentAway.socket, "close")]);
    expect([sentAway.heard, sentAway.ended, port.connections]).toEqual(["good bye", "end", 0]);
  });
});

describe("a frozen port", () => {
  test("accepts clients and reads nothing; thawed, it goes on with what came meanwhile", async () => {
    const { port, asked, clients } = await byHand();
    const before = await PortClient.to(port);
    await expect.poll(() => clients.length).toBe(1);
    port.freeze();
    before.say("a");
    const meanwhile = await PortClient.to(port);
    meanwhile.say("b");
    await expect.poll(() => port.connections).toBe(2);
    port.freeze(); // once more changes nothing
    expect(asked).toEqual([]);
    port.thaw();
    await expect.poll(() => asked.toSorted()).toEqual(["a", "b"]);
  });

  test("says nothing, pushed or answered, until it thaws, then in the order of the calls", async () => {
    const { port, clients } = await byHand();
    const client = await PortClient.to(port);
    await expect.poll(() => clients.length).toBe(1);
    port.freeze();
    for (const word of ["one ", "two ", "three"]) clients[0]?.write(Buffer.from(word));
    clients[0]?.end();
    const another = await PortClient.to(port); // a round trip, in which words would have come
    await expect.poll(() => clients.length).toBe(2);
    expect([client.heard, client.ended, another.heard]).toEqual(["", undefined, ""]);
    port.thaw();
    await once(client.socket, "close");
    expect(client.heard).toBe("one two three");
  });

  test("does not notice that a client is gone before it thaws", async () => {
    const { port, clients } = await byHand();
    const client = await PortClient.to(port);
    await expect.poll(() => clients.length).toBe(1);
    const seen: string[] = [];
    void clients[0]?.gone.then(() => seen.push("gone"));
    port.freeze();
    client.socket.destroy();
    await expect.poll(() => port.connections).toBe(0);
    expect(seen).toEqual([]);
    port.thaw();
    await clients[0]?.gone;
    expect(seen).toEqual(["gone"]);
  });

  test("forgets what a client said that is gone when it thaws", async () => {
    const { port, asked, clients } = await byHand();
    const [leaving, staying] = [await PortClient.to(port), await PortClient.to(port)];
    await expect.poll(() => clients.length).toBe(2);
    port.freeze();
    leaving.say("a");
    leaving.socket.end();
    staying.say("b");
    await expect.poll(() => port.connections).toBe(1);
    port.thaw();
    await expect.poll(() => asked).toEqual(["b"]);
  });

  test("drops a client that sent a frame of a forbidden length when it thaws, not before", async () => {
    const { port, clients } = await byHand();
    const client = await PortClient.to(port);
    await expect.poll(() => clients.length).toBe(1);
    port.freeze();
    client.socket.write(Buffer.from("ffffffff", "hex"));
    for (const others of [2, 3]) {
      await PortClient.to(port);
      await expect.poll(() => clients.length).toBe(others);
    }
    expect([client.ended, port.connections]).toEqual([undefined, 3]);
    port.thaw();
    await once(client.socket, "close");
  });
});

describe("closing a port", () => {
  test.each([
    ["end", "end"],
    ["reset", "ECONNRESET"],
  ] as const)("by %s drops its clients, frozen or not, and it refuses", async (how, seen) => {
    const { port, clients } = await byHand();
    const client = await PortClient.to(port);
    await expect.poll(() => clients.length).toBe(1);
    const { port: number } = port;
    port.freeze();
    await port.close(how);
    await clients[0]?.gone;
    await expect.poll(() => client.ended).toBe(seen);
    await expect(PortClient.to({ port: number })).rejects.toThrow("ECONNREFUSED");
    await port.close(how);
  });

  test("a port that is taken is said", async () => {
    const { port } = await byHand();
    const again = { host: "127.0.0.1", port: port.port, frames: { maxBytes: 1 }, conversation: echo };
    await expect(SimulatedPort.listen(again)).rejects.toThrow("EADDRINUSE");
  });
});
