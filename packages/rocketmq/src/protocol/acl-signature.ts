import { createHmac } from "node:crypto";
import { invalidOptions } from "@rollcall/core";
import type { RocketmqAclOptions } from "../rocketmq-options.js";

/**
 * The fields of a request that is signed: those given, `AccessKey`, `SecurityToken` if there is one, and `Signature` (`AclClientRPCHook.java`).
 *
 * @throws DiscoveryError `INVALID_OPTIONS` if a key has become something else than a text since the options were checked. It prints neither.
 */
export function signedFields(
  acl: RocketmqAclOptions,
  fields: Readonly<Record<string, string>>,
  body?: Uint8Array | undefined,
): Record<string, string> {
  const { accessKey, secretKey, securityToken } = acl;
  check(acl, "accessKey", accessKey);
  check(acl, "secretKey", secretKey);
  if (securityToken !== undefined) check(acl, "securityToken", securityToken);
  const signed = { ...fields, AccessKey: accessKey, ...(securityToken !== undefined && { SecurityToken: securityToken }) };
  return { ...signed, Signature: aclSignature(secretKey, signed, body) };
}

/**
 * HMAC-SHA1, in base64, over the values of all fields in the order of their names, then the body (`AclUtils.java`, `AclSigner.java`). The order is that of Java's
 * `TreeMap`: by UTF-16 code units. A field `Signature` is left out.
 */
export function aclSignature(secretKey: string, fields: Readonly<Record<string, string>>, body?: Uint8Array | undefined): string {
  const names = Object.keys(fields).filter((name) => name !== "Signature");
  const content = names.sort().map((name) => fields[name]);
  const hmac = createHmac("sha1", secretKey).update(content.join(""), "utf8");
  return (body ? hmac.update(body) : hmac).digest("base64");
}

function check(acl: RocketmqAclOptions, name: keyof RocketmqAclOptions, value: unknown): void {
  if (typeof value === "string" && value !== "") return;
  throw invalidOptions("rocketmq", { acl }, [{ path: ["acl", name], message: "a text that is not empty" }], { names: {} });
}
