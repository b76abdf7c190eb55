import { describe, expect, it } from "vitest";
import { saysRebootstrap } from "../src/kafka-error.js";
import { describeClusterRequest, readDescribeCluster } from "../src/protocol/describe-cluster.js";
import { WireWriter } from "../src/protocol/wire-writer.js";
import { BROKERS, CLUSTER_ID, describeClusterAnswer, frameBytes } from "./support/kafka-answers.js";

const hex = (text: string): Uint8Array => Buffer.from(text.replaceAll(/\s/g, ""), "hex");

/** An error as the answer of version 2, with the broker's own words. */
function refusal(code: number, message: string | null): Uint8Array {
  return new WireWriter(true)
    .tags()
    .int32(0)
    .int16(code)
    .string(message)
    .int8(1)
    .string("")
    .int32(-1)
    .array([], () => undefined)
    .finish();
}

describe("the request", () => {
  it("asks for brokers, fenced ones included, as far as the version can say so", () => {
    expect([0, 1, 2].map((version) => Buffer.from(describeClusterRequest(version).body).toString("hex"))).toEqual([
      "000000", // tags of the header, no authorized operations, tags
      "00000100", // and brokers, not controllers
      "0000010100", // and the fenced ones
    ]);
    expect(describeClusterRequest(2)).toMatchObject({ apiKey: 60, apiVersion: 2, apiName: "DescribeCluster" });
  });

  it("is 27 bytes at most", () => {
    expect([0, 1, 2].map((version) => frameBytes.request(describeClusterRequest(version).body, "rollcall"))).toEqual([25, 26, 27]);
  });
});

describe("the answer", () => {
  it("is read byte by byte", () => {
    const bytes = hex(`
      00  00000000  0000 00  01  04 616263  00000002
      03  0000000b 02 68 00002384 03 6161 00 00
          00000007 03 3a31 00000001 00 01 00
      80000000 00`);
    expect(readDescribeCluster(bytes, 2)).toEqual({
      clusterId: "abc",
      brokers: [
        { id: 7, host: ":1", port: 1, rack: undefined, fenced: true },
        { id: 11, host: "h", port: 9092, rack: "aa", fenced: false },
      ],
    });
  });

  it.each([
    [0, 118],
    [1, 119],
    [2, 122],
  ])("of version %i is %i bytes for three brokers with racks", (version, bytes) => {
    const body = describeClusterAnswer(version);
    expect(frameBytes.answer(body)).toBe(bytes);
    const fenced = version >= 2 ? BROKERS : BROKERS.map((broker) => ({ ...broker, fenced: false }));
    expect(readDescribeCluster(body, version)).toEqual({ clusterId: CLUSTER_ID, brokers: fenced });
  });

  it("may be followed by bytes that nobody reads", () => {
    expect(readDescribeCluster(Buffer.concat([describeClusterAnswer(2), hex("00ff")]), 2).brokers).toEqual(BROKERS);
  });

  it.each([
    ["a node id that is there twice", [BROKERS[0], BROKERS[1], { ...BROKERS[1], port: 1 }], "broker 2 twice"],
    ["a negative node id", [{ ...BROKERS[0], id: -1 }], "broker -1 with a negative id"],
    ["a broker without a host", [{ ...BROKERS[0], host: "" }], "broker 1 without a host"],
    ["port 0", [{ ...BROKERS[0], port: 0 }], "broker 1 with port 0"],
    ["port 65536", [{ ...BROKERS[0], port: 65_536 }], "broker 1 with port 65536"],
  ])("with %s is refused", (_what, brokers, message) => {
    const bytes = describeClusterAnswer(2, brokers as typeof BROKERS);
    const error = expect.objectContaining({ code: "MALFORMED_RESPONSE", message: expect.stringContaining(message) });
    expect(() => readDescribeCluster(bytes, 2)).toThrow(error);
  });
});

describe("an answer that is an error", () => {
  const refused = (code: number, message: string | null = null): unknown => {
    try {
      return readDescribeCluster(refusal(code, message), 2);
    } catch (error) {
      return error;
    }
  };

  it.each([114, 115])("%i says that this is a controller's listener", (code) => {
    const message = expect.stringContaining("this is a controller's listener, which does not list the brokers");
    expect(refused(code)).toMatchObject({ code: "MALFORMED_RESPONSE", message });
  });

  it("129 is UNAVAILABLE, and says that the client begins anew with its seeds", () => {
    const error = refused(129);
    expect(error).toMatchObject({ code: "UNAVAILABLE", message: expect.stringContaining("REBOOTSTRAP_REQUIRED") });
    expect(saysRebootstrap(error)).toBe(true);
  });

  it("carries the broker's own words", () => {
    const error = refused(31, "no for you");
    expect(error).toMatchObject({ code: "UNAUTHENTICATED", message: expect.stringContaining("CLUSTER_AUTHORIZATION_FAILED: no for you") });
    expect(saysRebootstrap(error)).toBe(false);
  });

  it("without a name of its own is named by its number", () => {
    expect(refused(4711)).toMatchObject({ code: "UNAVAILABLE", message: expect.stringContaining("error 4711") });
  });
});
