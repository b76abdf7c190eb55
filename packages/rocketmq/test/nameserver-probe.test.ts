import { settle } from "@rollcall/testkit";
import { describe, expect, it } from "vitest";
import { probeNameserver } from "../src/nameserver-probe.js";
import { REQUEST } from "../src/protocol/request-codes.js";
import type { RemotingAnswer, RemotingRequest } from "../src/rocketmq-transport.js";
import { FakeNameservers, frozen, serving } from "./support/fake-nameservers.js";

const endpoint = { id: "a:1", host: "a", port: 1 };

function probe(transport: FakeNameservers, signal: AbortSignal = new AbortController().signal): Promise<void> {
  return probeNameserver(endpoint, { transport, topic: "TBW102", signal });
}

/** Somebody who serves, but answers one request otherwise. */
function saying(code: number, answer: Partial<RemotingAnswer>): FakeNameservers {
  const transport = new FakeNameservers();
  transport.listening.set("a:1", (request) => (request.code === code ? answer : serving(request)));
  return transport;
}

describe("probing a nameserver", () => {
  it("row 6: asks for its brokers and for the route of the topic, over one connection that ends", async () => {
    const requests: RemotingRequest[] = [];
    const transport = new FakeNameservers();
    transport.listening.set("a:1", (request) => {
      requests.push(request);
      return serving(request);
    });
    await probe(transport);
    expect(transport.asked).toEqual(["a:1 106,105"]);
    expect(requests[1]?.fields).toEqual({ topic: "TBW102", acceptStandardJsonOnly: "true" });
    expect(transport.open.size).toBe(0);
  });

  it.each<[string, number, Partial<RemotingAnswer>]>([
    ["that knows the topic", REQUEST.GET_ROUTEINFO_BY_TOPIC, { code: 0, body: Buffer.from("{}") }],
    [
      "whose table has bare integer keys",
      REQUEST.GET_BROKER_CLUSTER_INFO,
      { body: Buffer.from('{"brokerAddrTable":{"a":{"cluster":"c","brokerName":"a","brokerAddrs":{0:"h:1"}}}}') },
    ],
  ])("resolves for one %s", async (_which, code, answer) => {
    await expect(probe(saying(code, answer))).resolves.toBeUndefined();
  });

  it.each<[string, number, Partial<RemotingAnswer>, string]>([
    [
      "is not ready",
      REQUEST.GET_ROUTEINFO_BY_TOPIC,
      { code: 1, remark: "name server not ready" },
      "[UNAVAILABLE] the question to nameserver a:1 for the route of TBW102",
    ],
    ["is busy", REQUEST.GET_BROKER_CLUSTER_INFO, { code: 2 }, "[UNAVAILABLE] the question to nameserver a:1 for its brokers"],
    ["goes away", REQUEST.GET_ROUTEINFO_BY_TOPIC, { code: 1500 }, "[UNAVAILABLE]"],
    ["refuses the user", REQUEST.GET_BROKER_CLUSTER_INFO, { code: 16 }, "[UNAUTHENTICATED]"],
    ["is a broker", REQUEST.GET_BROKER_CLUSTER_INFO, { code: 3 }, "a broker's or proxy's port, not a nameserver's"],
    ["answers garbage", REQUEST.GET_BROKER_CLUSTER_INFO, { body: Buffer.from("<html>") }, "[MALFORMED_RESPONSE]"],
    ["answers without a body", REQUEST.GET_BROKER_CLUSTER_INFO, {}, "[MALFORMED_RESPONSE]"],
    [
      "answers without a table",
      REQUEST.GET_BROKER_CLUSTER_INFO,
      { body: Buffer.from("[]") },
      "[MALFORMED_RESPONSE] nameserver a:1 tells its brokers, but",
    ],
    [
      "answers with a table of null",
      REQUEST.GET_BROKER_CLUSTER_INFO,
      { body: Buffer.from('{"brokerAddrTable":null}') },
      "the table of brokers",
    ],
  ])("rejects for one that %s, and leaves no connection", async (_what, code, answer, expected) => {
    const transport = saying(code, answer);
    await expect(probe(transport)).rejects.toMatchObject({ source: "rocketmq", message: expect.stringContaining(expected) });
    expect(transport.open.size).toBe(0);
  });

  it("rejects where nobody listens, naming the address", async () => {
    await expect(probe(new FakeNameservers())).rejects.toThrow("[UNAVAILABLE] nameserver a:1: connect ECONNREFUSED a:1");
  });

  it("row 6: of one that is stopped ends with its signal, with the signal's reason, and its connection at once", async () => {
    const transport = new FakeNameservers();
    transport.listening.set("a:1", frozen);
    const patience = new AbortController();
    const probed = probe(transport, patience.signal).catch((error: unknown) => error);
    await settle();
    expect(transport.open.size).toBe(1);
    patience.abort(new Error("silent"));
    expect(await probed).toEqual(new Error("silent"));
    expect(transport.open.size).toBe(0);
  });
});
