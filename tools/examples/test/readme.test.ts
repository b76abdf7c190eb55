import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath, pathToFileURL } from "node:url";
import { type EtcdSimulator, startEtcdSimulator } from "@rollcall/etcd/simulator";
import { type KafkaSimulator, startKafkaSimulator } from "@rollcall/kafka/simulator";
import { type RocketmqSimulator, startRocketmqSimulator } from "@rollcall/rocketmq/simulator";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { codeBlocks } from "../src/code-blocks.js";

const root = new URL("../../../", import.meta.url);
// Inside the package, so that a block's imports are found where a user's would be.
const scratch = fileURLToPath(new URL("../temp/", import.meta.url));
const members = [{ name: "n1", host: "10.0.0.1", port: 8080 }];
const registry = createServer((_request, response) => response.end(JSON.stringify(members)));
let cluster: EtcdSimulator;
let kafka: KafkaSimulator;
let rocketmq: RocketmqSimulator;
/** What a README names, and what stands there instead while a test runs it. */
const stands: Record<string, string> = {};

beforeAll(async () => {
  mkdirSync(scratch, { recursive: true });
  cluster = await startEtcdSimulator();
  await new Promise<void>((resolve) => registry.listen(0, "127.0.0.1", resolve));
  const url = cluster.members[0]?.clientUrl ?? "";
  stands["http://127.0.0.1:2379"] = url;
  cluster.members.forEach(({ clientUrl }, at) => {
    stands[`10.0.0.${at + 1}:2379`] = new URL(clientUrl).host;
  });
  kafka = await startKafkaSimulator();
  await kafka.createTopics([{ topic: "orders", partitions: 3 }]);
  kafka.brokers.forEach(({ address }, at) => {
    stands[`10.0.0.${at + 1}:9092`] = address;
  });
  rocketmq = await startRocketmqSimulator();
  await rocketmq.createTopic("orders");
  stands["http://10.0.0.9:8080/rocketmq/nsaddr"] = rocketmq.addressServer.url;
  rocketmq.nameservers.forEach(({ address }, at) => {
    stands[`10.0.0.${at + 1}:9876`] = address;
  });
  stands["http://127.0.0.1:8500"] = `http://127.0.0.1:${(registry.address() as AddressInfo).port}`;
});

afterAll(async () => {
  await cluster[Symbol.asyncDispose]();
  await kafka[Symbol.asyncDispose]();
  await rocketmq[Symbol.asyncDispose]();
  registry.close();
  rmSync(scratch, { recursive: true, force: true });
});

const READMES = ["README.md", ...["core", "etcd", "grpc", "kafka", "rocketmq"].map((name) => `packages/${name}/README.md`)];
const GUIDES = readdirSync(new URL("docs/", root))
  .filter((name) => name.endsWith(".md"))
  .map((name) => `docs/${name}`);

describe.each([...READMES, ...GUIDES])("%s", (path) => {
  const blocks = codeBlocks(readFileSync(new URL(path, root), "utf8")).filter(({ language }) => ["js", "ts"].includes(language));

  it("has code", () => {
    expect(blocks.length).toBeGreaterThan(0);
  });

  it.each(blocks.map((block) => [`line ${block.line}`, block] as const))(
    "the code at %s runs, and prints what it says it does",
    async (_name, block) => {
      const printed: unknown[] = [];
      const log = vi.spyOn(console, "log").mockImplementation((...texts) => void printed.push(...texts));
      let code = block.code;
      for (const [name, stand] of Object.entries(stands)) code = code.replaceAll(name, stand);
      const file = `${scratch}${path.replaceAll("/", "-")}-${block.line}.${block.language}`;
      writeFileSync(file, code);
      await import(/* @vite-ignore */ pathToFileURL(file).href);
      log.mockRestore();
      if (code.includes("console.log")) expect(printed.length).toBeGreaterThan(0);
    },
  );
});
