import { execFileSync } from "node:child_process";
import { mkdir, mkdtemp, rename, rm, symlink, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { TlsMaterial } from "../src/etcd-tls-material.js";
import { type Pair, selfSigned } from "./support/certificates.js";
import { warnings } from "./support/warnings.js";

let first: Pair;
let second: Pair;

beforeAll(async () => {
  first = await selfSigned("first.test");
  second = await selfSigned("second.test");
});

interface Files {
  readonly directory: string;
  readonly cert: { readonly file: string };
  readonly key: { readonly file: string };
  write(pair: Partial<Pair>): Promise<void>;
}

async function files(): Promise<Files> {
  const directory = await mkdtemp(join(tmpdir(), "rollcall-tls-"));
  onTestFinished(() => rm(directory, { recursive: true }));
  const [cert, key] = [{ file: join(directory, "tls.crt") }, { file: join(directory, "tls.key") }];
  const write = async (pair: Partial<Pair>): Promise<void> => {
    if (pair.cert !== undefined) await writeFile(cert.file, pair.cert);
    if (pair.key !== undefined) await writeFile(key.file, pair.key);
  };
  return { directory, cert, key, write };
}

describe("TLS material", () => {
  it("from text and bytes is one context for ever", async () => {
    const material = new TlsMaterial({ ...first, ca: Buffer.from(first.cert) });
    expect(await material.context()).toBe(await material.context());
  });

  it("from files is one context until their content changes, however often they are rewritten", async () => {
    const { cert, key, write } = await files();
    await write(first);
    const material = new TlsMaterial({ cert, key });
    const before = await material.context();
    await write(first);
    expect(await material.context()).toBe(before);
    await write(second);
    const after = await material.context();
    expect(after).not.toBe(before);
    expect(await material.context()).toBe(after);
  });

  it("follows the symbolic link that Kubernetes swaps", async () => {
    const { directory } = await files();
    const volume = async (name: string, { cert, key }: Pair): Promise<void> => {
      await mkdir(join(directory, name));
      await writeFile(join(directory, name, "tls.crt"), cert);
      await writeFile(join(directory, name, "tls.key"), key);
      await symlink(name, join(directory, "..data_tmp"));
      await rename(join(directory, "..data_tmp"), join(directory, "..data"));
    };
    await volume("..1", first);
    const at = (name: string): { file: string } => ({ file: join(directory, "..data", name) });
    const material = new TlsMaterial({ cert: at("tls.crt"), key: at("tls.key") });
    const before = await material.context();
    await volume("..2", second);
    expect(await material.context()).not.toBe(before);
  });

  it("keeps what was good while files are half replaced or gone, and warns once for each bad state", async () => {
    const warned = warnings();
    const { cert, key, write } = await files();
    await write(first);
    const material = new TlsMaterial({ cert, key });
    const before = await material.context();
    await write({ cert: second.cert });
    expect([await material.context(), await material.context()]).toEqual([before, before]);
    await rm(key.file);
    expect([await material.context(), await material.context()]).toEqual([before, before]);
    expect(warned).toEqual([
      `ROLLCALL_ETCD_TLS: [rollcall] etcd: tls.key (${key.file}) is not the private key of tls.cert; what was read before stays in use`,
      expect.stringMatching(/^ROLLCALL_ETCD_TLS: .*tls\.key \(.*tls\.key\) cannot be read: ENOENT.*; what was read before stays in use$/),
    ]);
    await write(second);
    expect(await material.context()).not.toBe(before);
    await write({ cert: first.cert });
    await material.context();
    expect(warned).toHaveLength(3);
  });

  it("warns of a half replaced pair whichever file came first, and anew when it has been good in between", async () => {
    const warned = warnings();
    const { cert, key, write } = await files();
    await write(first);
    const material = new TlsMaterial({ cert, key });
    const before = await material.context();
    for (const half of [{ key: second.key }, { cert: second.cert }, { cert: second.cert }]) {
      await write(half);
      expect(await material.context()).toBe(before);
      await write(first);
      expect(await material.context()).toBe(before);
    }
    expect(warned).toEqual(Array(3).fill(expect.stringContaining(`tls.key (${key.file}) is not the private key of tls.cert`)));
  });

  it("with nothing good yet is UNAVAILABLE, naming the option and the file, until the file is there", async () => {
    const { cert, key, write } = await files();
    const material = new TlsMaterial({ cert, key });
    await write({ cert: first.cert });
    await expect(material.context()).rejects.toMatchObject({
      code: "UNAVAILABLE",
      source: "etcd",
      message: expect.stringMatching(/^\[etcd\] \[UNAVAILABLE\] tls\.key \(.*tls\.key\) cannot be read: ENOENT/),
    });
    await write({ key: "no key" });
    await expect(material.context()).rejects.toMatchObject({
      code: "UNAVAILABLE",
      message: `[etcd] [UNAVAILABLE] tls.key (${key.file}) is not a PEM private key without a passphrase`,
    });
    await write(first);
    await material.context();
  });

  it("reads no directory, no pipe, for whose writer it would wait, and nothing that is too large for certificates", async () => {
    const { directory, cert, write } = await files();
    const pipe = join(directory, "pipe");
    execFileSync("mkfifo", [pipe]);
    await expect(new TlsMaterial({ ca: { file: pipe } }).context()).rejects.toMatchObject({
      message: expect.stringContaining(`tls.ca (${pipe}) cannot be read: it is no file`),
    });
    await expect(new TlsMaterial({ ca: { file: directory } }).context()).rejects.toMatchObject({
      message: /^tls\.ca .* cannot be read: it is no file/,
    });
    await write(first);
    await truncate(cert.file, 5 * 1024 * 1024);
    await expect(new TlsMaterial({ ca: cert }).context()).rejects.toMatchObject({ message: /it is no file of at most 4194304 bytes$/ });
  });
});
