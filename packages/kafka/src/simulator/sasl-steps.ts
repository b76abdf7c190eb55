import { createHash, createHmac, pbkdf2Sync, randomBytes, timingSafeEqual } from "node:crypto";
import type { KafkaSimulatorUser } from "./simulator-options.js";

const ITERATIONS = 4_096;

/** Takes one token of the client; what is left is `next`, or nothing when the client is in. Throws {@link BadCredentials}. */
export type SaslStep = (token: string) => { readonly answer: string; readonly next: SaslStep | undefined };

/** The client is not who it says, in the broker's words. */
export class BadCredentials extends Error {
  override readonly name = "BadCredentials";
}

/** The first step of authenticating as this user, by its mechanism. */
export function firstStep(user: KafkaSimulatorUser): SaslStep {
  return user.mechanism === "PLAIN" ? plain(user) : scramFirst(user);
}

/** RFC 4616: everything in one token. */
function plain(user: KafkaSimulatorUser): SaslStep {
  return (token) => {
    const [, username, password] = token.split("\0");
    if (username !== user.username || password !== user.password) {
      throw new BadCredentials("Authentication failed: Invalid username or password");
    }
    return { answer: "", next: undefined };
  };
}

/** RFC 5802, first token: who it is; the answer is the salt. */
function scramFirst(user: KafkaSimulatorUser): SaslStep {
  return (token) => {
    const bare = token.slice(token.indexOf("n="));
    const { n: name = "", r: nonce = "" } = attributes(bare);
    if (name.replaceAll("=2C", ",").replaceAll("=3D", "=") !== user.username) throw badScram();
    const salt = randomBytes(16);
    const answer = `r=${nonce}${randomBytes(16).toString("hex")},s=${salt.toString("base64")},i=${ITERATIONS}`;
    return { answer, next: scramProof(pbkdf2Sync(user.password, salt, ITERATIONS, 32, "sha256"), bare, answer) };
  };
}

/** RFC 5802, last token: the proof that the client knows the password; the answer proves that the broker does. */
function scramProof(salted: Buffer, clientFirst: string, serverFirst: string): SaslStep {
  return (token) => {
    const unproved = token.slice(0, token.lastIndexOf(",p="));
    const proof = Buffer.from(attributes(token)["p"] ?? "", "base64");
    const said = `${clientFirst},${serverFirst},${unproved}`;
    const stored = sha256(hmac(salted, "Client Key"));
    const mask = hmac(stored, said);
    const key = mask.map((byte, index) => byte ^ (proof[index] ?? 0));
    const { r: nonce } = attributes(unproved);
    if (nonce !== attributes(serverFirst)["r"] || !timingSafeEqual(sha256(key), stored)) throw badScram();
    return { answer: `v=${hmac(hmac(salted, "Server Key"), said).toString("base64")}`, next: undefined };
  };
}

function badScram(): BadCredentials {
  return new BadCredentials("Authentication failed during authentication due to invalid credentials with SASL mechanism SCRAM-SHA-256");
}

function attributes(message: string): Readonly<Record<string, string>> {
  return Object.fromEntries(message.split(",").map((part) => [part.slice(0, 1), part.slice(2)]));
}

function hmac(key: Uint8Array, text: string): Buffer {
  return createHmac("sha256", key).update(text).digest();
}

function sha256(bytes: Uint8Array): Buffer {
  return createHash("sha256").update(bytes).digest();
}
