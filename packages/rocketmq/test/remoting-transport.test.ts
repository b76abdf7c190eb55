import { getEventListeners } from "node:events";
import { describe, expect, it } from "vitest";
import { encodeAnswer, encodeCommand, type RemotingCommand, type SerializeType } from "../src/protocol/remoting-frame.js";
import { remotingTransport } from "../src/remoting-transport.js";
import type { RocketmqClientOptions } from "../src/rocketmq-options.js";
import { connected, LoopbackServer, never, type Script } from "./support/loopback-server.js";

/** Answers with the text that was asked, in this type. */
const echo =
  (type: SerializeType): Script =>
  ({ opaque, body }, socket) =>
    void socket.write(encodeAnswer({ body }, opaque, type));

const ask = (text: string) => ({ code: 106, body: Buffer.from(text) });

describe("a connection", () => {
  it.each<SerializeType>(["JSON", "ROCKETMQ"])("row 18: is answered in the server's own type, %s", async (type) => {
    const server = await LoopbackServer.start(echo(type));
    const connection = await connected(server.address);
    const { code, body, remark, fields } = await connection.request(ask("hello"), { signal: never });
    expect({ code, body: Buffer.from(body).toString(), remark, fields }).toEqual({ code: 0, body: "hello", remark: undefined, fields: {} });
  });

  it("is asked any number of times at once, and answers in any order reach whoever asked", async () => {
    const waiting: (() => void)[] = [];
    const server = await LoopbackServer.start((request, socket) => {
      waiting.push(() => echo("JSON")(request, socket));
      if (waiting.length === 100) for (const answer of waiting.reverse()) answer();
    });
    const connection = await connected(server.address);
    const { signal } = new AbortController();
    const warnings: Error[] = [];
    const hear = (warning: Error): void => void warnings.push(warning);
    process.on("warning", hear);
    const texts = Array.from({ length: 100 }, (_, index) => `question ${index}`);
    const answers = await Promise.all(texts.map((text) => connection.request(ask(text), { signal })));
    process.off("warning", hear);
    expect(answers.map(({ body }) => Buffer.from(body).toString())).toEqual(texts);
    expect(getEventListeners(signal, "abort")).toEqual([]);
    expect(warnings).toEqual([]);
  });

  it("row 18: reads answers however they are cut", async () => {
    const server = await LoopbackServer.start(({ opaque, body }, socket) => {
      for (const byte of encodeAnswer({ body }, opaque)) socket.write(Uint8Array.of(byte));
    });
    const connection = await connected(server.address);
    expect(Buffer.from((await connection.request(ask("in pieces"), { signal: never })).body).toString()).toBe("in pieces");
  });

  it("passes over late answers, answers to nothing, and what the server asks", async () => {
    const asked: RemotingCommand[] = [];
    const server = await LoopbackServer.start((request, socket) => {
      asked.push(request);
      const [first] = asked;
      if (!first || asked.length < 2) return;
      socket.write(encodeAnswer({ body: Buffer.from("late") }, first.opaque));
      socket.write(encodeAnswer({ body: Buffer.from("to nothing") }, 4711));
      socket.write(encodeCommand({ ...request, code: 40, body: Buffer.from("a push") })); // with the very number of the question
      echo("JSON")(request, socket);
    });
    const connection = await connected(server.address);
    const enough = new AbortController();
    const first = connection.request(ask("first"), { signal: enough.signal });
    enough.abort(new Error("enough"));
    await expect(first).rejects.toThrow("enough");
    const second = await connection.request(ask("second"), { signal: never });
    expect(Buffer.from(second.body).toString()).toBe("second");
    expect(getEventListeners(enough.signal, "abort")).toEqual([]);
  });

  it("row 21: resolves with any code, and it is for the caller to judge", async () => {
    const server = await LoopbackServer.start(
      ({ opaque, code }, socket) => void socket.write(encodeAnswer({ code, remark: "no" }, opaque)),
    );
    const connection = await connected(server.address);
    for (const code of [1, 2, 1500]) expect(await connection.request({ code }, { signal: never })).toMatchObject({ code, remark: "no" });
  });
});

describe("requests", () => {
  it("row 19: are signed with what acl holds when they are made, and only then", async () => {
    const seen: RemotingCommand[] = [];
    const server = await LoopbackServer.start((request, socket) => {
      seen.push(request);
      echo("JSON")(request, socket);
    });
    const client: { acl?: RocketmqClientOptions["acl"] } = { acl: { accessKey: "one", secretKey: "first secret" } };
    const connection = await connected(server.address, client);
    const request = { code: 105, fields: { topic: "T" } };
    await connection.request(request, { signal: never });
    client.acl = { accessKey: "two", secretKey: "Jefe", securityToken: "t" };
    await connection.request(request, { signal: never });
    delete client.acl;
    await connection.request(request, { signal: never });
    expect(seen.map(({ fields }) => Object.keys(fields))).toEqual([
      ["topic", "AccessKey", "Signature"],
      ["topic", "AccessKey", "SecurityToken", "Signature"],
      ["topic"],
    ]);
    expect(seen.map(({ fields }) => fields["AccessKey"])).toEqual(["one", "two", undefined]);
    expect(JSON.stringify(seen)).not.toMatch(/first secret|Jefe/);
  });

  it("that cannot be signed, or are too long, reject and leave the connection usable", async () => {
    const server = await LoopbackServer.start(echo("JSON"));
    const acl = { accessKey: "one", secretKey: "" };
    const connection = await connected(server.address, { acl });
    const invalid = (text: string) => expect.objectContaining({ code: "INVALID_OPTIONS", message: expect.stringContaining(text) });
    await expect(connection.request(ask("unsigned"), { signal: never })).rejects.toEqual(invalid("acl.secretKey"));
    acl.secretKey = "two";
    await expect(connection.request({ code: 103, body: new Uint8Array(2 ** 24) }, { signal: never })).rejects.toEqual(
      invalid("at most 16777216"),
    );
    expect(Buffer.from((await connection.request(ask("signed"), { signal: never })).body).toString()).toBe("signed");
  });

  it("whose acl cannot be read reject as well", async () => {
    const server = await LoopbackServer.start(echo("JSON"));
    const client = {
      get acl(): never {
        throw new Error("the vault is closed");
      },
    };
    const connection = await connected(server.address, client);
    const error = expect.objectContaining({ code: "UNAVAILABLE", message: expect.stringContaining("the vault is closed") });
    await expect(connection.request(ask("unsigned"), { signal: never })).rejects.toEqual(error);
  });
});

describe("addresses", () => {
  it("may be names, and IPv6 addresses are named in brackets", async () => {
    const server = await LoopbackServer.start(echo("JSON"));
    const connection = await connected({ host: "localhost", port: server.address.port });
    expect((await connection.request(ask("x"), { signal: never })).code).toBe(0);
    const nobody = remotingTransport({}).connect({ host: "::1", port: 1 }, { signal: never });
    await expect(nobody).rejects.toThrow("[rocketmq] [UNAVAILABLE] [::1]:1: connect E");
  });

  it("that cannot exist are UNAVAILABLE", async () => {
    const connect = (host: string, port: number) => remotingTransport({}).connect({ host, port }, { signal: never });
    await expect(connect("127.0.0.1", 70_000)).rejects.toMatchObject({ code: "UNAVAILABLE" });
    await expect(connect("nobody.invalid", 9876)).rejects.toMatchObject({
      code: "UNAVAILABLE",
      message: expect.stringContaining("nobody.invalid"),
    });
  });
});
