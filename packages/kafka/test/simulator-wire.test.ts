import { describe, expect, test } from "vitest";
import { brokerAt, RawClient, simulator } from "./simulator-support.js";

const FENCED_TOO = "00 00 01 01 00";
const NO_TOPICS = "00 01 00 00 00";
const VERSIONS = { metadata: [3, 0, 13], describeCluster: [60, 0, 2], apiVersions: [18, 0, 5] } as const;

/** What ApiVersions of version 0 answers: error, then key, lowest and highest version of every request. */
async function versions(client: RawClient): Promise<readonly [error: number, ...(readonly number[])[]]> {
  client.send(18, 0);
  const answer = await client.answer();
  const triples = Array.from({ length: answer.readInt32BE(6) }, (_, index) =>
    [0, 2, 4].map((at) => answer.readInt16BE(10 + 6 * index + at)),
  );
  return [answer.readInt16BE(4), ...triples];
}

test.each([
  ["DescribeCluster v2", 60, 2, FENCED_TOO, 27, 122],
  ["DescribeCluster v1", 60, 1, "00 00 01 00", 26, 119],
  ["DescribeCluster v0", 60, 0, "00 00 00", 25, 118],
  ["Metadata v13", 3, 13, NO_TOPICS, 27, 114],
  ["Metadata v12", 3, 12, NO_TOPICS, 27, 112],
  ["Metadata v6", 3, 6, "00000000 00", 27, 120],
])("%s has as many bytes as with Apache Kafka 4.4", async (_name, key, version, body, out, length) => {
  const client = new RawClient(brokerAt(await simulator(), 0).address);
  expect(4 + client.send(key, version, body)).toBe(out);
  expect(4 + (await client.answer()).length).toBe(length);
});

describe("ApiVersions", () => {
  test("lists what a broker understands, and is flexible from version 3 on, but for its header", async () => {
    const client = new RawClient(brokerAt(await simulator(), 0).address);
    const [error, ...listed] = await versions(client);
    expect(error).toBe(0);
    expect(listed).toEqual(expect.arrayContaining(Object.values(VERSIONS)));
    client.send(18, 3, "00 01 01 00");
    const flexible = await client.answer();
    expect([flexible.readInt32BE(0), flexible.readInt16BE(4), flexible.readUInt8(6)]).toEqual([7, 0, listed.length + 1]);
    expect(flexible).toHaveLength(7 + 7 * listed.length + 5);
  });

  test("of an unknown version is answered in the form of version 0, with error 35 and its own versions", async () => {
    const client = new RawClient(brokerAt(await simulator(), 0).address);
    client.send(18, 9, "00 01 01 00");
    expect((await client.answer()).toString("hex")).toBe("00000007002300000001001200000005");
    expect((await versions(client))[0]).toBe(0);
  });

  test("of an older broker says so, and what it does not have closes the connection", async () => {
    const cluster = await simulator({ apis: { DescribeCluster: false, Metadata: 8, ApiVersions: 2 } });
    const client = new RawClient(brokerAt(cluster, 0).address);
    const [, ...listed] = await versions(client);
    expect(listed).toContainEqual([3, 0, 8]);
    expect(listed).toContainEqual([18, 0, 2]);
    expect(listed.map(([key]) => key)).not.toContain(60);
    client.send(60, 0, "00 00 00");
    await expect.poll(() => client.closed).toBe(true);
  });
});

test.each([
  ["a request that is not there", 9, 0, ""],
  ["a version that is not there", 3, 14, NO_TOPICS],
  ["half a request", 3, 6, "0000"],
])("%s closes the connection without a word", async (_name, key, version, body) => {
  const client = new RawClient(brokerAt(await simulator(), 0).address);
  client.send(key, version, body);
  await expect.poll(() => client.closed).toBe(true);
  expect(client.received).toHaveLength(0);
});

test("a request that comes byte by byte and two that come together are answered in order", async () => {
  const client = new RawClient(brokerAt(await simulator(), 0).address);
  client.send(3, 1, "00000000", 1);
  client.send(18, 0, "", 2);
  client.trickle(18, 0, "", 3);
  const ids = [await client.answer(), await client.answer(), await client.answer()].map((answer) => answer.readInt32BE(0));
  expect(ids).toEqual([1, 2, 3]);
});

describe("the controller's listener", () => {
  test("has DescribeCluster, but not Metadata", async () => {
    const client = new RawClient((await simulator()).controllerAddress);
    const [, ...listed] = await versions(client);
    expect(listed).toEqual([VERSIONS.apiVersions, VERSIONS.describeCluster]);
    client.send(3, 13, NO_TOPICS);
    await expect.poll(() => client.closed).toBe(true);
  });

  test("refuses to list brokers with error 114, as brokers refuse to list controllers", async () => {
    const cluster = await simulator();
    const [controller, broker] = [new RawClient(cluster.controllerAddress), new RawClient(brokerAt(cluster, 0).address)];
    const error = async (client: RawClient, type: string) => {
      client.send(60, 2, `00 00 ${type} 01 00`);
      return (await client.answer()).readInt16BE(9);
    };
    expect([await error(controller, "01"), await error(controller, "02")]).toEqual([114, 0]);
    expect([await error(broker, "01"), await error(broker, "02"), await error(broker, "03")]).toEqual([0, 114, 115]);
  });

  test("names neither the cluster nor a controller in an error, as brokers do", async () => {
    const cluster = await simulator();
    const said = async (address: string, type: string) => {
      const client = new RawClient(address);
      client.send(60, 2, `00 00 ${type} 01 00`);
      return (await client.answer()).toString("hex");
    };
    // Endpoint type 1, an empty cluster id, controller -1, no brokers, no operations, no tags.
    const nobody = "0101ffffffff018000000000";
    for (const [address, type] of [
      [cluster.controllerAddress, "01"],
      [brokerAt(cluster, 0).address, "02"],
      [brokerAt(cluster, 0).address, "03"],
    ] as const) {
      expect((await said(address, type)).endsWith(nobody)).toBe(true);
    }
    expect(await said(cluster.controllerAddress, "02")).toContain(Buffer.from(cluster.clusterId).toString("hex"));
  });
});

test("InitProducerId gets an id of the controller, or error 14 while that is down", async () => {
  const cluster = await simulator();
  const client = new RawClient(brokerAt(cluster, 0).address);
  const asked = async () => {
    client.send(22, 1, "ffff 00000000");
    const answer = await client.answer();
    return [answer.readInt16BE(8), answer.readBigInt64BE(10), answer.readInt16BE(18)];
  };
  const [error, id, epoch] = await asked();
  expect([error, epoch]).toEqual([0, 0]);
  expect(id).toBeGreaterThan(0n);
  await cluster.stopController();
  expect(await asked()).toEqual([14, -1n, -1]);
});
