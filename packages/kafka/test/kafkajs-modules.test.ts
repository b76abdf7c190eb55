import { createRequire } from "node:module";
import { describe, expect, it } from "vitest";
import { type InnerConnectionOptions, kafkajsModules } from "../src/kafkajs-modules.js";

const options: InnerConnectionOptions = {
  ...{ host: "h", port: 1, clientId: "c", ssl: undefined, sasl: undefined },
  socketFactory: () => {
    throw new Error("nobody dials here");
  },
  logger: { namespace: () => ({}) },
  ...{ connectionTimeout: 1, requestTimeout: 1, enforceRequestTimeout: false, reauthenticationThreshold: 0 },
};

describe("the installed kafkajs", () => {
  it("has the inner modules that @rollcall/kafka relies on; if this fails, src/kafkajs-modules.ts must follow the new kafkajs", async () => {
    const load = () => Promise.all([import("kafkajs/src/network/connection.js"), import("kafkajs/src/network/socketFactory.js")]);
    const modules = await kafkajsModules(load);
    expect(modules.connection(options).requestQueue.inflight.size).toBe(0);
    expect(modules.socketFactory()).toBeTypeOf("function");
  });

  it("is 2.2.4, whose sources were read", () => {
    expect(createRequire(import.meta.url)("kafkajs/package.json")).toMatchObject({ version: "2.2.4" });
  });
});

describe("another kafkajs", () => {
  const factory = { default: () => options.socketFactory };
  const queue = { ...{ fulfillRequest() {}, push() {}, rejectAll() {}, scheduleCheckPendingRequests() {} }, inflight: new Map() };
  const made = (requestQueue: object, more: object = {}): { default: unknown } => ({
    default: class {
      requestQueue = requestQueue;
      processData(): void {}
      connect(): void {}
      authenticate(): void {}
      setVersions(): void {}
      setSupportAuthenticationProtocol(): void {}
      send(): void {}
      constructor() {
        Object.assign(this, more);
      }
    },
  });

  it.each<[string, () => Promise<readonly [{ default: unknown }, { default: unknown }]>, string]>([
    ["no such modules", () => Promise.reject(new Error("Cannot find module")), "cannot be imported (Cannot find module)"],
    ["no class", async () => [{ default: {} }, factory], "has no class in network/connection.js"],
    ["no socket factory", async () => [made(queue), { default: undefined }], "has no function in network/socketFactory.js"],
    ["no processData", async () => [made(queue, { processData: 1 }), factory], "has no method processData in network/connection.js"],
    ["no queue", async () => [{ default: class {} }, factory], "has no method processData"],
    ["another queue", async () => [made({ ...queue, rejectAll: 1 }), factory], "has no method rejectAll in network/requestQueue"],
    ["another list", async () => [made({ ...queue, inflight: [] }), factory], "has no map inflight"],
  ])("with %s is one clear error", async (_what, load, message) => {
    const used = kafkajsModules(load).then((modules) => modules.connection(options));
    const needed = expect.stringContaining("the installed kafkajs ");
    await expect(used).rejects.toMatchObject({ code: "INVALID_OPTIONS", message: needed });
    await expect(used).rejects.toMatchObject({ message: expect.stringContaining(message) });
  });

  it("that is made as described is used", async () => {
    const modules = await kafkajsModules(async () => [made(queue), factory]);
    expect(modules.connection(options).requestQueue).toBe(queue);
  });
});
