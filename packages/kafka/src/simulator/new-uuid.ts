import { randomBytes } from "node:crypto";

/** A random id as Kafka writes it: base64url of 16 bytes, 22 characters. */
export function newUuid(): string {
  return randomBytes(16).toString("base64url");
}
