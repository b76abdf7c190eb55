import { isDiscoveryError } from "@rollcall/core";
import { describe, expect, it } from "vitest";
import { readClusterInfo } from "../src/protocol/cluster-info.js";
import { readTopicRoute } from "../src/protocol/topic-route.js";

/** What 106 lists, and what was rejected. */
function cluster(body: string): { readonly brokers: readonly string[]; readonly rejected: readonly string[] } {
  const rejected: string[] = [];
  const read = readClusterInfo(Buffer.from(body), (entry, reason) => rejected.push(`${entry}: ${reason}`));
  return { brokers: read.map(({ name, id, address }) => `${name} ${id} ${address}`), rejected };
}

function table(addresses: string, name = "a"): string {
  return `{"brokerAddrTable":{"${name}":{"brokerAddrs":${addresses},"brokerName":"${name}","cluster":"c"}},"clusterAddrTable":{}}`;
}

/** The message with which something is refused. */
function refused(read: () => unknown): string {
  try {
    read();
  } catch (error) {
    if (isDiscoveryError(error) && error.code === "MALFORMED_RESPONSE") return error.message;
    throw error;
  }
  throw new Error("it was not refused");
}

describe("the body of 106", () => {
  it("row 17: is read with bare keys, and by address", () => {
    const { brokers } = cluster(table('{1:"10.0.0.2:10911",0:"10.0.0.1:10911"}'));
    expect(brokers).toEqual(["a 0 10.0.0.1:10911", "a 1 10.0.0.2:10911"]);
  });

  it("row 17: of a nameserver that knows nobody, or phantoms only, lists nobody", () => {
    expect(cluster('{"brokerAddrTable":{},"clusterAddrTable":{}}').brokers).toEqual([]);
    expect(cluster(table("{}")).brokers).toEqual([]);
  });

  it("lists an address once: the lower id counts, then the name", () => {
    const data = (name: string, id: number): string => {
      return `"${name}":{"brokerAddrs":{${id}:"h:1"},"brokerName":"${name}","cluster":"c"}`;
    };
    expect(cluster(`{"brokerAddrTable":{${data("b", 1)},${data("a", 2)}}}`).brokers).toEqual(["b 1 h:1"]);
    expect(cluster(`{"brokerAddrTable":{${data("b", 1)},${data("a", 1)}}}`).brokers).toEqual(["a 1 h:1"]);
  });

  it.each([
    ['{0:"h:0"}', "its address is no host:port"],
    ['{0:"h:65536"}', "its address is no host:port"],
    ['{0:"h"}', "its address is no host:port"],
    ['{0:":1"}', "its address is no host:port"],
    ['{0:""}', "its address is no host:port"],
    ['{0:"http://h:1"}', "its address is no host:port"],
    ['{"zero":"h:1"}', "its id is no integer"],
    ['{"0x1":"h:1"}', "its id is no integer"],
    ['{99999999999999999999:"h:1"}', "its id is no integer"],
  ])("drops what cannot be used, %s, and says why, and takes the rest", (addresses, reason) => {
    const { brokers, rejected } = cluster(table(addresses.replace("}", ',7:"good:1"}')));
    expect(brokers).toEqual(["a 7 good:1"]);
    expect(rejected).toEqual([expect.stringContaining(reason)]);
  });

  it.each([
    "",
    "null",
    "[]",
    "{}",
    '{"brokerAddrTable":[]}',
    '{"brokerAddrTable":{"a":null}}',
    table("null"),
    table("[]"),
    table("{0:1}"),
    '{"brokerAddrTable":{"a":{"brokerAddrs":{}}}}',
    '{"brokerAddrTable":{"a":{"brokerAddrs":{},"brokerName":"a","cluster":1}}}',
    '{"brokerAddrTable":{"":{"brokerAddrs":{0:{"toString":1}},"brokerName":""}}}',
    '{"brokerAddrTable":{"a":{"brokerAddrs":{},"brokerName":"a","zoneName":[]}}}',
  ])("is refused if it is something else: %s", (body) => {
    expect(refused(() => cluster(body))).toMatch(/^\[rocketmq\] \[MALFORMED_RESPONSE\]/);
  });

  it("drops a broker without a name, and says so: one bad registration must not hide all others", () => {
    const nameless = '"":{"brokerAddrs":{0:"h:1"},"brokerName":"","cluster":"c"}';
    const { brokers, rejected } = cluster(table('{0:"good:1"}').replace('{"a"', `{${nameless},"a"`));
    expect(brokers).toEqual(["a 0 good:1"]);
    expect(rejected).toEqual(["a broker at h:1: it has no name"]);
  });

  it("has names that are those of Object's own without harm", () => {
    expect(cluster(table('{0:"h:1"}', "__proto__")).brokers).toEqual(["__proto__ 0 h:1"]);
  });
});

describe("the body of 105", () => {
  const read = (brokerDatas: string, queueDatas: string, more = ""): ReturnType<typeof readTopicRoute> => {
    return readTopicRoute(Buffer.from(`{"brokerDatas":${brokerDatas},"queueDatas":${queueDatas}${more}}`), () => undefined);
  };
  const queues = (given: Readonly<Record<string, unknown>>): string => {
    return JSON.stringify([{ brokerName: "a", readQueueNums: 4, writeQueueNums: 8, perm: 6, ...given }]);
  };

  it.each([
    [6, true, true],
    [4, true, false],
    [2, false, true],
    [0, false, false],
    [15, true, true],
  ])("has the permission %i: readable %s, writable %s", (perm, readable, writable) => {
    const { queues: read6 } = read("[]", queues({ perm }));
    expect(read6.get("a")).toEqual({ broker: "a", readable, writable, readQueues: 4, writeQueues: 8 });
  });

  it("may keep an order, and has queues of each name once", () => {
    const order = ',"orderTopicConf":"a:4;b:4"';
    const twice = `[${queues({ perm: 4 }).slice(1, -1)},${queues({}).slice(1, -1)}]`;
    const route = read('[{"brokerName":"a","cluster":"c","zoneName":"z","brokerAddrs":{"0":"h:1"}}]', twice, order);
    expect(route.orderTopicConf).toBe("a:4;b:4");
    expect(route.brokers).toEqual([{ address: "h:1", name: "a", cluster: "c", id: 0, zone: "z" }]);
    expect([...route.queues.values()]).toMatchObject([{ writable: false }]);
    expect(read("[]", "[]", ',"orderTopicConf":null').orderTopicConf).toBe(undefined);
  });

  it.each([
    { perm: "6" },
    { perm: -1 },
    { perm: 6.5 },
    { perm: null },
    { readQueueNums: 2 ** 31 },
    { writeQueueNums: "4" },
    { brokerName: 1 },
  ])("is refused for queues like %j", (given) => {
    expect(refused(() => read("[]", queues(given)))).toContain("is no");
  });

  it.each([
    ["{}", "[]"],
    ["[]", "{}"],
    ["[]", "null"],
    ["[1]", "[]"],
    ["[]", "[[]]"],
  ])("is refused for brokers %s and queues %s", (brokerDatas, queueDatas) => {
    refused(() => read(brokerDatas, queueDatas));
  });
});
