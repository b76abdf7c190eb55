import { createHmac } from "node:crypto";
import { inspect } from "node:util";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { aclSignature, signedFields } from "../src/protocol/acl-signature.js";

/** The algorithm as AclUtils.java and AclSigner.java have it, written anew: the bytes of every value by the order of `String.compareTo`. */
function byTheBook(secretKey: string, fields: Readonly<Record<string, string>>, body: Uint8Array): string {
  const units = (name: string): number[] => Array.from({ length: name.length }, (_, at) => name.charCodeAt(at));
  const compare = (one: readonly number[], other: readonly number[]): number => {
    const at = one.findIndex((unit, index) => unit !== other[index]);
    return at < 0 ? one.length - other.length : (one[at] ?? 0) - (other[at] ?? -1);
  };
  const names = Object.keys(fields).sort((one, other) => compare(units(one), units(other)));
  const hmac = createHmac("sha1", Buffer.from(secretKey, "utf8"));
  for (const name of names) if (name !== "Signature") hmac.update(Buffer.from(fields[name] ?? "", "utf8"));
  return hmac.update(body).digest("base64");
}

const acl = { accessKey: "rocketmq2", secretKey: "12345678" };

describe("the ACL signature", () => {
  it("row 19: of fields and body that make the text of RFC 2202, test case 2, is the digest that stands there", () => {
    const fields = { topic: "want for ", b: "ya ", AccessKey: "what do ", Signature: "not me" };
    const digest = Buffer.from("effcdf6ae5eb2fa2d27416d5f184df9c259a7c79", "hex").toString("base64");
    expect(aclSignature("Jefe", fields, Buffer.from("nothing?"))).toBe(digest);
    expect(digest).toBe("7/zfauXrL6LSdBbV8YTfnCWafHk=");
  });

  it("row 19: is the one that AclClientRPCHook of RocketMQ 5.5.0 makes", () => {
    const acl = { accessKey: "rocketmq2", secretKey: "12345678", securityToken: "token" };
    const fields = { topic: "T", "\u{1f600}": "smile", "\uff5e": "tilde", b: "é", B: "big" };
    expect(signedFields(acl, fields, Buffer.from('{"x":1}'))["Signature"]).toBe("Stb58M4OHxgfdXRvyJQHkkvO9LU=");
  });

  it("row 19: is what the algorithm says, for any fields, keys and bodies", () => {
    const text = fc.string({ unit: "binary" });
    const cases = fc.tuple(text, fc.dictionary(text, text), fc.uint8Array());
    const property = fc.property(cases, ([secret, fields, body]) => aclSignature(secret, fields, body) === byTheBook(secret, fields, body));
    fc.assert(property, { numRuns: 1_000, seed: 19 });
  });

  it("row 19: takes the fields in the order of UTF-16 code units, as Java's TreeMap does", () => {
    const fields = { "\u{1f600}": "what do ya want ", "\uff5e": "for nothing?" }; // by code points it would be the other way round
    expect(aclSignature("Jefe", fields)).toBe("7/zfauXrL6LSdBbV8YTfnCWafHk=");
    expect(aclSignature("Jefe", { b: "for nothing?", B: "what do ya want " })).toBe("7/zfauXrL6LSdBbV8YTfnCWafHk=");
  });

  it("row 19: covers the access key and the security token, and stands in the fields", () => {
    const signed = signedFields({ ...acl, securityToken: "token" }, { topic: "T", Signature: "old" }, Buffer.from("{}"));
    const covered = { topic: "T", AccessKey: "rocketmq2", SecurityToken: "token" };
    expect(signed).toEqual({ ...covered, Signature: byTheBook("12345678", covered, Buffer.from("{}")) });
    expect(byTheBook("12345678", covered, Buffer.from("{}"))).toBe(
      createHmac("sha1", "12345678").update("rocketmq2tokenT{}").digest("base64"),
    );
  });

  it("has no token where there is none, and leaves the given fields alone", () => {
    const fields = Object.freeze({ topic: "T" });
    expect(Object.keys(signedFields(acl, fields))).toEqual(["topic", "AccessKey", "Signature"]);
  });

  it.each<[string, object]>([
    ["accessKey", { accessKey: "" }],
    ["secretKey", { secretKey: 1234567 }],
    ["securityToken", { securityToken: ["1234567"] }],
  ])("names a %s that is no text any more, without printing it", (name, wrong) => {
    const sign = () => signedFields({ ...acl, ...(wrong as typeof acl) }, {});
    expect(sign).toThrow(expect.objectContaining({ code: "INVALID_OPTIONS", message: expect.stringContaining(`acl.${name}: got`) }));
    expect(inspect(sign)).not.toContain("1234567");
    try {
      sign();
    } catch (error) {
      expect(inspect(error, { depth: Number.POSITIVE_INFINITY })).not.toMatch(/1234567|12345678/);
    }
  });
});
