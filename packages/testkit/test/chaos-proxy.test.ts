import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type ChaosBehaviour, type ChaosProxy, chaosProxy, ManualClock, settle } from "../src/index.js";

/** Resolves with the first bytes that come, or with how the connection ended. */
async function hears(socket: Socket): Promise<string> {
  return new Promise((resolve) => {
    socket.once("data", (bytes) => resolve(String(bytes)));
    socket.once("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    socket.once("end", () => resolve("the end"));
  });
}

describe("chaosProxy", () => {
  const clock = new ManualClock();
  const clients: Socket[] = [];
  let heard: string[];
  let target: Server;
  let proxy: ChaosProxy | undefined;

  beforeEach(async () => {
    heard = [];
    // It says back what it hears.
    target = createServer((socket) => {
      socket
        .on("error", () => undefined)
        .on("data", (bytes) => {
          heard.push(String(bytes));
          socket.write(bytes);
          target.emit("heard");
        });
    });
    target.listen(0, "127.0.0.1");
    await once(target, "listening");
  });

  afterEach(async () => {
    for (const client of clients.splice(0)) client.destroy();
    await proxy?.close();
    target.close();
    await once(target, "close");
  });

  async function open(behaviour?: ChaosBehaviour): Promise<ChaosProxy> {
    const { port } = target.address() as AddressInfo;
    proxy = await chaosProxy({ host: "127.0.0.1", port }, { behaviour, clock });
    return proxy;
  }

  async function dial({ host, port }: ChaosProxy): Promise<Socket> {
    const client = connect(port, host).on("error", () => undefined);
    clients.push(client);
    await once(client, "connect");
    return client;
  }

  it("forwards both ways, and counts its connections", async () => {
    const to = await open();
    const client = await dial(to);
    client.write("hello");
    expect(await hears(client)).toBe("hello");
    expect([to.connections, to.accepted]).toEqual([1, 1]);
    client.end();
    expect(await hears(client)).toBe("the end");
    await expect.poll(() => to.connections).toBe(0);
    expect(to.accepted).toBe(1);
  });

  it("delays every piece in each direction, by its clock, and keeps their order", async () => {
    const client = await dial(await open({ kind: "delay", ms: 100 }));
    client.write("a");
    await expect.poll(() => clock.pending).toBe(1);
    await clock.advance(99);
    expect(heard).toEqual([]);
    const atTarget = once(target, "heard");
    await clock.advance(1);
    await atTarget;
    await expect.poll(() => clock.pending).toBe(1);
    await proxy?.behave({ kind: "forward" });
    client.write("b"); // sent after the delay ended, and not before what is under way
    await expect.poll(() => heard).toEqual(["a", "b"]);
    const answer = hears(client);
    await clock.advance(100);
    expect(await answer).toMatch(/^a/);
  });

  it("cuts open connections, and new ones as soon as they are accepted", async () => {
    const to = await open();
    const client = await dial(to);
    client.write("hello");
    await hears(client);
    await to.behave({ kind: "cut" });
    expect(await hears(client)).toBe("ECONNRESET");
    const next = connect(to.port, to.host);
    clients.push(next);
    expect(await hears(next)).toBe("ECONNRESET");
    await to.behave({ kind: "forward" });
    const healed = await dial(to);
    healed.write("again");
    expect(await hears(healed)).toBe("again");
  });

  it("ends a connection in the middle of an answer", async () => {
    const client = await dial(await open({ kind: "half-frame", bytes: 3, end: "cut" }));
    client.write("hello");
    expect(await hears(client)).toBe("hel");
    expect(await hears(client)).toBe("the end");
    expect(heard).toEqual(["hello"]);
  });

  it("falls silent in the middle of an answer", async () => {
    const to = await open({ kind: "half-frame", bytes: 3, end: "silence" });
    const client = await dial(to);
    client.write("hello");
    expect(await hears(client)).toBe("hel");
    const more = hears(client);
    await to.behave({ kind: "forward" });
    client.write("!");
    expect(await more).toBe("!"); // and "lo" is lost
  });

  it("swallows what either side sends into a blackhole, while the connection stays", async () => {
    const to = await open();
    const client = await dial(to);
    client.write("hello");
    await hears(client);
    await to.behave({ kind: "blackhole" });
    const other = await dial(to);
    for (const socket of [client, other]) await new Promise<void>((resolve) => socket.write("lost", () => resolve()));
    await settle();
    expect(to.connections).toBe(2);
    await to.behave({ kind: "forward" });
    client.write("found");
    expect(await hears(client)).toBe("found");
    expect(heard).toEqual(["hello", "found"]);
  });

  it("accepts and stays silent without bothering the target, which need not exist; what was sent is not lost", async () => {
    let reached = 0;
    target.on("connection", () => {
      reached += 1;
    });
    const to = await open({ kind: "silence" });
    const client = await dial(to);
    await new Promise<void>((resolve) => client.write("anybody?", () => resolve()));
    await expect.poll(() => to.accepted).toBe(1);
    expect(reached).toBe(0);
    await to.behave({ kind: "forward" });
    expect(await hears(client)).toBe("anybody?");
  });

  it("refuses connections and resets open ones, and listens on the same port again afterwards", async () => {
    const to = await open();
    const { port } = to;
    const client = await dial(to);
    client.write("hello");
    await hears(client);
    const cut = hears(client);
    await to.behave({ kind: "refuse" });
    expect(await cut).toBe("ECONNRESET");
    expect(await hears(connect(port, to.host))).toBe("ECONNREFUSED");
    await to.behave({ kind: "forward" });
    expect(to.port).toBe(port);
    const healed = await dial(to);
    healed.write("again");
    expect(await hears(healed)).toBe("again");
  });

  it("begins by refusing, and knows its port", async () => {
    const to = await open({ kind: "refuse" });
    expect(to.port).toBeGreaterThan(0);
    expect(await hears(connect(to.port, to.host))).toBe("ECONNREFUSED");
  });

  it("resets its client when the target refuses", async () => {
    const nobody = createServer().listen(0, "127.0.0.1");
    await once(nobody, "listening");
    const { port } = nobody.address() as AddressInfo;
    nobody.close();
    proxy = await chaosProxy({ host: "127.0.0.1", port });
    const client = connect(proxy.port, proxy.host);
    clients.push(client);
    expect(await hears(client)).toBe("ECONNRESET");
  });

  it("closes twice, whatever it was doing, and leaves nothing open", async () => {
    const to = await open({ kind: "silence" });
    const client = await dial(to);
    await expect.poll(() => to.accepted).toBe(1);
    const ended = hears(client);
    await to.close();
    await to.close();
    expect(await ended).toBe("ECONNRESET");
    expect(to.connections).toBe(0);
    expect(await hears(connect(to.port, to.host))).toBe("ECONNREFUSED");
  });

  it.each<[string, unknown]>([
    ["kind sulk is unknown; known are forward, delay, cut", { kind: "sulk" }],
    ["ms is -1; allowed are 0 to 600000", { kind: "delay", ms: -1 }],
    ["bytes is 0.5; allowed are whole numbers from 0", { kind: "half-frame", bytes: 0.5, end: "cut" }],
    ["end is sulk; allowed are cut and silence", { kind: "half-frame", bytes: 1, end: "sulk" }],
  ])("says: %s", async (message, behaviour) => {
    await expect(open(behaviour as ChaosBehaviour)).rejects.toThrow(message);
  });
});
