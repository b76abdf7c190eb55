import { status } from "@grpc/grpc-js";
import { expect, test } from "vitest";
import { KV } from "../src/gen/rpc_pb.js";
import { MemberClient, memberAt, refusal, simulator } from "./simulator-support.js";

const bytes = (text: string) => Buffer.from(text, "latin1");

async function filled(...keys: string[]): Promise<MemberClient> {
  const cluster = await simulator();
  const writer = new MemberClient(memberAt(cluster, 0));
  for (const key of keys) await writer.put(key, `value of ${key}`);
  return new MemberClient(memberAt(cluster, 1));
}

async function keys(client: MemberClient, from: string, to: string): Promise<string[]> {
  const { kvs } = await client.call(KV, "range", { key: bytes(from), rangeEnd: bytes(to) });
  return kvs.map((entry) => Buffer.from(entry.key).toString());
}

test("what one member acknowledged, another one reads", async () => {
  const client = await filled("a");
  expect(await client.get("a")).toBe("value of a");
  expect(await client.get("missing")).toBeUndefined();
});

test("every write raises the revision, and the key's version and revisions follow", async () => {
  const client = await filled("a", "b", "a");
  const { kvs, header } = await client.call(KV, "range", { key: bytes("a") });
  expect(kvs[0]).toMatchObject({ createRevision: "2", modRevision: "4", version: "2" });
  expect(header?.revision).toBe("4");
});

test("a range is half-open, in the order of the bytes, and one zero byte means no end", async () => {
  const client = await filled("b/2", "b/1", "a", "c", "b/10");
  expect(await keys(client, "b/", "b0")).toEqual(["b/1", "b/10", "b/2"]);
  expect(await keys(client, "b/10", "\0")).toEqual(["b/10", "b/2", "c"]);
});

test("limit, keys_only and count_only shorten the answer but not the count", async () => {
  const client = await filled("a1", "a2", "a3");
  const all = { key: bytes("a"), rangeEnd: bytes("b") };
  const limited = await client.call(KV, "range", { ...all, limit: "2" });
  expect(limited).toMatchObject({ count: "3", more: true });
  expect(limited.kvs).toHaveLength(2);
  const [named] = (await client.call(KV, "range", { ...all, keysOnly: true })).kvs;
  expect([named?.key.length, named?.value.length]).toEqual([2, 0]);
  expect(await client.call(KV, "range", { ...all, countOnly: true })).toMatchObject({ count: "3", kvs: [], more: false });
});

test("an empty key is refused", async () => {
  const client = await filled();
  const refused = { code: status.INVALID_ARGUMENT, details: "etcdserver: key is not provided" };
  expect(await refusal(client.put("", "value"))).toEqual(refused);
  expect(await refusal(client.get(""))).toEqual(refused);
});
