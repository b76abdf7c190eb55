import { connect, type Socket } from "node:net";
import { describe, expect, it, vi } from "vitest";
import { kafkajsTransport } from "../src/kafkajs-transport.js";
import { connected, gate, listening, polled } from "./support/connecting.js";
import { BROKERS, CLUSTER_ID } from "./support/kafka-answers.js";
import { kafkajsTimers } from "./support/kafkajs-timers.js";
import { answering, readRequest, type Script } from "./support/loopback-broker.js";

describe("a poll", () => {
  it("row 2: is two requests of 22 and 27 bytes on one socket, which is closed; neither a topic nor an authorized operation is asked for", async () => {
    const timers = kafkajsTimers();
    const frames: Uint8Array[] = [];
    const answer = answering();
    const broker = await listening((frame, socket) => {
      frames.push(frame);
      answer(frame, socket);
    });
    expect(await polled(broker.address)).toMatchObject({ clusterId: CLUSTER_ID, brokers: BROKERS });
    expect(frames.map((frame) => frame.length + 4)).toEqual([22, 27]);
    expect(frames.map((frame) => readRequest(frame).clientId)).toEqual(["rollcall", "rollcall"]);
    expect(broker.connections).toBe(1);
    await broker.idle();
    expect(timers.size).toBe(0);
  });

  it("row 18: has no timer even while the connection is open", async () => {
    const broker = await listening(answering());
    const timers = kafkajsTimers();
    await connected(broker.address);
    expect(timers.size).toBe(0);
  });

  it("row 16: learns the versions of the broker that it asks", async () => {
    const broker = await listening(answering());
    const { versions } = await connected(broker.address, { clientId: "mine" });
    expect(versions.get(3)).toEqual({ min: 0, max: 13 });
    expect(versions.get(60)).toEqual({ min: 0, max: 2 });
    expect(versions.get(4)).toBeUndefined();
  });

  it("goes through the application's own sockets", async () => {
    const broker = await listening(answering());
    const dialed: unknown[] = [];
    const socketFactory = ({ host, port, ssl, onConnect }: { host: string; port: number; ssl: unknown; onConnect: () => void }): Socket => {
      dialed.push([host, port, ssl]);
      return connect(broker.address, onConnect);
    };
    expect(await polled({ host: "elsewhere", port: 1 }, { socketFactory })).toMatchObject({ clusterId: CLUSTER_ID });
    expect(dialed).toEqual([["elsewhere", 1, null]]);
  });

  it("reads the options anew each time", async () => {
    const seen: (string | null)[] = [];
    const answer = answering();
    const broker = await listening((frame, socket) => {
      seen.push(readRequest(frame).clientId);
      answer(frame, socket);
    });
    const client = { clientId: "first" };
    const transport = kafkajsTransport(client);
    const { signal } = new AbortController();
    (await transport.connect(broker.address, { signal })).close();
    client.clientId = "second";
    (await transport.connect(broker.address, { signal })).close();
    expect(seen).toEqual(["first", "second"]);
  });
});

describe("a signal that fires", () => {
  const reason = new Error("enough");

  const silent: Script = () => undefined;
  const halfAnAnswer: Script = (_frame, socket) => void socket.write(Buffer.from("0000002000000000", "hex"));

  it.each<[string, Script, object]>([
    ["a broker accepts and says nothing", silent, {}],
    ["a broker says half of its versions", halfAnAnswer, {}],
    ["a broker says nothing to SASL", answering({ 17: () => undefined }), { sasl: { mechanism: "plain", username: "u", password: "p" } }],
  ])("row 5: ends connect at once while %s, and leaves nothing", async (_what, script, client) => {
    const timers = kafkajsTimers();
    const reached = gate<void>();
    const broker = await listening((frame, socket) => {
      script(frame, socket);
      reached.open();
    });
    const end = new AbortController();
    const connecting = kafkajsTransport(client).connect(broker.address, { signal: end.signal });
    await reached.opened;
    end.abort(reason);
    await expect(connecting).rejects.toBe(reason);
    await broker.idle();
    expect(timers.size).toBe(0);
  });

  it("ends connect before it has begun", async () => {
    const broker = await listening(silent);
    await expect(kafkajsTransport({}).connect(broker.address, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    expect(broker.connections).toBe(0);
  });

  it("ends connect while kafkajs is loaded, or the name looked up", async () => {
    const timers = kafkajsTimers();
    const end = new AbortController();
    const loading = kafkajsTransport({}).connect({ host: "localhost", port: 9 }, { signal: end.signal });
    end.abort(reason);
    await expect(loading).rejects.toBe(reason);
    const again = new AbortController();
    const socketFactory = ({ onConnect }: { onConnect: () => void }): Socket => {
      queueMicrotask(() => again.abort(reason));
      return connect({ host: "nobody.invalid", port: 9 }, onConnect);
    };
    const connecting = kafkajsTransport({ socketFactory }).connect({ host: "h", port: 9 }, { signal: again.signal });
    await expect(connecting).rejects.toBe(reason);
    await vi.waitFor(() => expect(timers.size).toBe(0));
  });

  it("ends a request; its answer comes too late, and harms nobody", async () => {
    const timers = kafkajsTimers();
    const asked = gate<() => void>();
    const answer = answering();
    const broker = await listening((frame, socket) => {
      if (readRequest(frame).apiKey === 18) return answer(frame, socket);
      asked.open(() => answer(frame, socket));
    });
    const end = new AbortController();
    const connection = await connected(broker.address);
    const request = { apiKey: 60, apiVersion: 2, apiName: "DescribeCluster", body: Buffer.from("0000010100", "hex") };
    const sent = connection.send(request, { signal: end.signal });
    const respond = await asked.opened;
    end.abort(reason);
    await expect(sent).rejects.toBe(reason);
    await expect(connection.send(request, { signal: end.signal })).rejects.toBe(reason);
    respond();
    connection.close();
    await broker.idle();
    expect(timers.size).toBe(0);
  });

  it("leaves no listener on it", async () => {
    const broker = await listening(answering());
    const { signal } = new AbortController();
    const added = vi.spyOn(signal, "addEventListener");
    const removed = vi.spyOn(signal, "removeEventListener");
    await polled(broker.address, {}, signal);
    expect(added).toHaveBeenCalled();
    expect(removed.mock.calls.map(([, listener]) => listener)).toEqual(added.mock.calls.map(([, listener]) => listener));
  });
});

describe("close", () => {
  it("fails what is in progress, may come twice, and leaves nothing", async () => {
    const timers = kafkajsTimers();
    const broker = await listening(answering({ 60: () => undefined }));
    const { signal } = new AbortController();
    const connection = await connected(broker.address);
    const sent = connection.send({ apiKey: 60, apiVersion: 2, apiName: "DescribeCluster", body: new Uint8Array([0]) }, { signal });
    connection.close();
    connection.close();
    await expect(sent).rejects.toMatchObject({ code: "CLOSED" });
    await broker.idle();
    expect(timers.size).toBe(0);
  });

  it("destroys the socket, although the broker never closes its end", async () => {
    const broker = await listening(answering());
    const sockets: Socket[] = [];
    const socketFactory = ({ onConnect }: { onConnect: () => void }): Socket => {
      const socket = connect(broker.address, onConnect);
      sockets.push(socket);
      return socket;
    };
    (await connected(broker.address, { socketFactory })).close();
    expect(sockets.map((socket) => socket.destroyed)).toEqual([true]);
  });
});
