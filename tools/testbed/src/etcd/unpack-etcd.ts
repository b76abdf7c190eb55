import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { cacheDirectory, fillCache } from "../cache.js";
import { run } from "../run.js";
import type { EtcdBinary } from "./etcd-binary.js";

const PACKAGE = "etcd-server";

/** The packaged program of this minor version if it has been unpacked before; of several the last by name. */
export async function packagedEtcd(minor: string): Promise<EtcdBinary | undefined> {
  const names = await readdir(join(cacheDirectory(), "etcd")).catch(() => []);
  const name = names
    .filter((name) => name.startsWith(`deb-${minor}.`) && name.endsWith(`-${process.arch}`))
    .sort()
    .at(-1);
  return name === undefined ? undefined : program(join(cacheDirectory(), "etcd", name));
}

/** Downloads the distribution's package and unpacks it; needs `apt-get` and `dpkg`, no root, and starts no service. */
export async function unpackEtcd(minor: string): Promise<EtcdBinary> {
  const candidate = await candidateVersion();
  if (!candidate.startsWith(`${minor}.`)) throw new Error(`${PACKAGE} of this distribution is ${candidate}, not ${minor}`);
  // The version of a Debian package may hold ":" and "~", which are legal in file names.
  const directory = join(cacheDirectory(), "etcd", `deb-${candidate}-${process.arch}`);
  await fillCache(directory, async (temporary) => {
    await run("apt-get", ["download", PACKAGE], { cwd: temporary });
    const file = (await readdir(temporary)).find((name) => name.endsWith(".deb"));
    if (file === undefined) throw new Error(`apt-get download ${PACKAGE}: no package came`);
    await run("dpkg", ["-x", file, "."], { cwd: temporary });
    await run(join(temporary, "usr/bin/etcd"), ["--version"]);
  });
  return program(directory);
}

/** What `apt-get` would download. Fresh machines have no package lists: fetched once, where that is allowed. */
async function candidateVersion(): Promise<string> {
  const known = async () => /Candidate: (\d\S*)/.exec(await run("apt-cache", ["policy", PACKAGE], { env: { LC_ALL: "C" } }))?.[1];
  const first = await known();
  if (first !== undefined) return first;
  await run("apt-get", ["update"]);
  const second = await known();
  if (second === undefined) throw new Error(`apt-cache policy: this distribution has no package ${PACKAGE}`);
  return second;
}

async function program(directory: string): Promise<EtcdBinary> {
  const binary = join(directory, "usr/bin/etcd");
  const version = /etcd Version: (\S+)/.exec(await run(binary, ["--version"]))?.[1];
  if (version === undefined) throw new Error(`${binary} --version: no version in its answer`);
  return { binary, version };
}
