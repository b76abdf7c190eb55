import { isDiscoveryError } from "@rollcall/core";
import { describe, expect, it } from "vitest";
import { memberEndpoints, readMembers, readStoredMembers } from "../src/acme-db-members-metadata.js";

const m1 = { id: "m1", host: "10.0.0.1", port: 7400, zone: "a" };
const m2 = { id: "m2", host: "::1", port: 7401, zone: "b" };

function read(answer: object): ReturnType<typeof readMembers> {
  return readMembers(JSON.stringify({ quorum: true, ...answer }));
}

/** The code of the error that this must end with. */
function code(look: () => unknown): string {
  try {
    look();
  } catch (error) {
    if (isDiscoveryError(error)) return error.code;
    throw error;
  }
  return "no error";
}

describe("an answer to GET /members", () => {
  it("is read in an order of its own, without what the cluster may add", () => {
    expect(read({ members: [m2, { ...m1, load: 7 }], since: "yesterday" })).toEqual({ members: [m1, m2] });
  });

  it.each([
    ["is no JSON", () => readMembers("<html>"), "MALFORMED_RESPONSE"],
    ["has another shape", () => read({ members: "all" }), "MALFORMED_RESPONSE"],
    ["lists a port that is none", () => read({ members: [{ ...m1, port: 0 }] }), "MALFORMED_RESPONSE"],
    ["lists a host in brackets", () => read({ members: [{ ...m1, host: "[::1]" }] }), "MALFORMED_RESPONSE"],
    ["lists a member twice", () => read({ members: [m1, { ...m2, id: "m1" }] }), "MALFORMED_RESPONSE"],
    ["lists nobody", () => read({ members: [] }), "EMPTY_METADATA"],
    ["comes from a member without a quorum", () => read({ quorum: false, members: [m1] }), "UNAVAILABLE"],
  ])("that %s is refused", (_what, look, expected) => expect(code(look)).toBe(expected));

  it("that is hostile causes a short message", () => {
    const look = (): unknown => read({ members: Array.from({ length: 1_000 }, () => ({})) });
    expect(look).toThrow(/^\[acme-db\] \[MALFORMED_RESPONSE\] .{0,200}$/);
  });
});

describe("stored metadata", () => {
  it("is taken back from JSON", () => {
    const metadata = read({ members: [m1, m2] });
    expect(readStoredMembers(JSON.parse(JSON.stringify(metadata)))).toEqual(metadata);
  });

  it.each([
    ["nothing", undefined, "MALFORMED_RESPONSE"],
    ["somebody else's file", { version: 1 }, "MALFORMED_RESPONSE"],
    ["a list of nobody", { members: [] }, "EMPTY_METADATA"],
  ])("that is %s is refused", (_what, stored, expected) => expect(code(() => readStoredMembers(stored))).toBe(expected));
});

describe("the endpoints of an answer", () => {
  it("carry the member's own id, its address and its zone", () => {
    expect(memberEndpoints({ members: [m2] })).toEqual([{ id: "m2", host: "::1", port: 7401, attributes: { zone: "b" } }]);
  });
});
