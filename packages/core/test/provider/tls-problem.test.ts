import { createPrivateKey } from "node:crypto";
import { generate } from "selfsigned";
import { expect, test } from "vitest";
import { tlsProblem } from "../../src/provider/index.js";

const named = (value: string) => generate([{ name: "commonName", value }]);
const [{ cert, private: key }, other] = await Promise.all([named("own"), named("other")]);
const locked = createPrivateKey(key).export({ format: "pem", type: "pkcs8", cipher: "aes-256-cbc", passphrase: "secret" }).toString();
const CERTIFICATES = "one or more PEM certificates";
const KEY = "a PEM private key without a passphrase";

test.each([
  ["nothing", {}],
  ["a CA", { ca: cert }],
  ["two CAs in one text", { ca: cert + other.cert }],
  ["a certificate with its key", { cert, key }],
  ["a certificate with an intermediate", { cert: cert + other.cert, key }],
  ["bytes", { ca: Buffer.from(cert), cert: Buffer.from(cert), key: Buffer.from(key) }],
])("has nothing against %s", (_what, tls) => {
  expect(tlsProblem(tls)).toBeUndefined();
});

test.each([
  ["a CA that is no PEM", { ca: "x" }, "ca", CERTIFICATES],
  ["an empty CA", { ca: "" }, "ca", CERTIFICATES],
  ["a CA that only looks like PEM", { ca: cert.replace(/MII\w+/, "MII") }, "ca", CERTIFICATES],
  ["a CA whose second certificate is broken", { ca: cert + other.cert.replace(/MII\w+/, "MII") }, "ca", CERTIFICATES],
  ["a certificate without a key", { cert }, "key", "a PEM private key, because tls.cert is given"],
  ["a key without a certificate", { key }, "cert", "a PEM certificate, because tls.key is given"],
  ["a key for a certificate", { cert: key, key }, "cert", CERTIFICATES],
  ["a certificate for a key", { cert, key: cert }, "key", KEY],
  ["a key with a passphrase", { cert, key: locked }, "key", KEY],
  ["the key of another certificate", { cert, key: other.private }, "key", "the private key of tls.cert"],
])("names %s", (_what, tls, option, allowed) => {
  expect(tlsProblem(tls)).toEqual({ option, allowed });
});
