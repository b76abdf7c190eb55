import { beforeAll, expect, it } from "vitest";
import { type EtcdTlsOptions, etcdMembers } from "../src/index.js";
import { type Pair, selfSigned } from "./support/certificates.js";

let pair: Pair;

beforeAll(async () => {
  pair = await selfSigned("etcd.test");
});

const file = { file: "/not/there/yet" };

it.each<[string, () => EtcdTlsOptions]>([
  ["files that are not there yet", () => ({ ca: file, cert: file, key: file })],
  ["a certificate as text, its key in a file", () => ({ cert: pair.cert, key: file })],
  ["a key in bytes, its certificate in a file", () => ({ cert: file, key: Buffer.from(pair.key) })],
])("takes %s", (_, tls) => {
  expect(() => etcdMembers({ seeds: ["https://h"], tls: tls() })).not.toThrow();
});

it.each<[string, () => object, string]>([
  [
    "a file for a certificate without a key",
    () => ({ cert: file }),
    "tls.key: got undefined, allowed is a PEM private key, because tls.cert is given, or { file: path }",
  ],
  [
    "a file for a key without a certificate",
    () => ({ key: file }),
    "tls.cert: got undefined, allowed is a PEM certificate, because tls.key is given, or { file: path }",
  ],
  [
    "text that is no certificate",
    () => ({ ca: "/etc/ca.pem" }),
    "tls.ca: got string, allowed is one or more PEM certificates, or { file: path }",
  ],
  ["a file without a path", () => ({ ca: { file: "" } }), "tls.ca.file: got string, allowed is a path"],
  ["a path of two lines", () => ({ ca: { file: "/a\n/b" } }), "tls.ca.file: got string, allowed is a path"],
  ["a number", () => ({ ca: 7 }), "tls.ca: got number, allowed is text or a Buffer in PEM, or { file: path }"],
  ["an unknown name", () => ({ ca: { file: "/a", path: "/b" } }), "tls.ca, option names: got path, allowed is file"],
])("refuses %s", (_, tls, message) => {
  expect(() => etcdMembers({ seeds: ["https://h"], tls: tls() })).toThrow(
    expect.objectContaining({ code: "INVALID_OPTIONS", message: `[etcd] [INVALID_OPTIONS] ${message}` }),
  );
});
