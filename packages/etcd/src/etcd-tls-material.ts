import { constants } from "node:fs";
import { open } from "node:fs/promises";
import { createSecureContext, type SecureContext, type SecureContextOptions } from "node:tls";
import { DiscoveryError } from "@rollcall/core";
import { tlsProblem } from "@rollcall/core/provider";
import { type EtcdPem, type EtcdTlsOptions, fileOf } from "./etcd-tls-options.js";

type Loaded = Readonly<Record<"ca" | "cert" | "key", Buffer | undefined>>;

/** Larger is no certificate file: all roots of Mozilla take 230 KB. */
const MAX_FILE_BYTES = 4 * 1024 * 1024;

/**
 * What TLS connections are made with. Files are read for each new connection, not watched: that sees every way to replace one (in place, by
 * rename, by the symbolic link `..data` of Kubernetes), costs nothing while a connection is held, and leaves nothing to close.
 */
export class TlsMaterial {
  readonly #tls: EtcdTlsOptions;
  #good: { readonly loaded: Loaded; readonly context: SecureContext } | undefined;
  #complaint: string | undefined;
  #loading: Promise<SecureContext> | undefined;

  constructor(tls: EtcdTlsOptions) {
    this.#tls = tls;
  }

  /**
   * For the next connection: the same context while no content has changed. Whoever comes while files are being read waits for that.
   * @throws DiscoveryError `UNAVAILABLE` naming the option and the file, when there is nothing to use yet
   */
  context(): Promise<SecureContext> {
    this.#loading ??= this.#next().finally(() => {
      this.#loading = undefined;
    });
    return this.#loading;
  }

  async #next(): Promise<SecureContext> {
    try {
      const loaded = await this.#load();
      if (this.#good === undefined || !equal(this.#good.loaded, loaded)) this.#good = { loaded, context: this.#contextOf(loaded) };
      this.#complaint = undefined;
      return this.#good.context;
    } catch (thrown) {
      const message = (thrown as Error).message;
      if (this.#good === undefined) throw new DiscoveryError("UNAVAILABLE", message, { source: "etcd", cause: thrown });
      this.#warn(`${message}; what was read before stays in use`);
      return this.#good.context;
    }
  }

  /** One file after the other: a file system that hangs holds one of the threads that Node.js has for all files and look-ups, not three. */
  async #load(): Promise<Loaded> {
    const { ca, cert, key } = this.#tls;
    return { ca: await bytes("ca", ca), cert: await bytes("cert", cert), key: await bytes("key", key) };
  }

  #contextOf(loaded: Loaded): SecureContext {
    const problem = tlsProblem(loaded);
    if (problem !== undefined) throw new Error(`${described(problem.option, this.#tls[problem.option])} is not ${problem.allowed}`);
    return createSecureContext(present(loaded));
  }

  /** Once for each bad state. */
  #warn(complaint: string): void {
    if (this.#complaint === complaint) return;
    this.#complaint = complaint;
    process.emitWarning(`[rollcall] etcd: ${complaint}`, { type: "RollcallWarning", code: "ROLLCALL_ETCD_TLS" });
  }
}

async function bytes(option: keyof Loaded, pem: EtcdPem | undefined): Promise<Buffer | undefined> {
  const file = fileOf(pem);
  if (file === undefined) return pem === undefined ? undefined : Buffer.from(pem as string | Uint8Array);
  try {
    return await contents(file);
  } catch (error) {
    throw new Error(`${described(option, pem)} cannot be read: ${(error as Error).message}`);
  }
}

/** Opened without waiting for a writer, because whatever is no ordinary file could be waited for without end. */
async function contents(file: string): Promise<Buffer> {
  const handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const stat = await handle.stat();
    if (!stat.isFile() || stat.size > MAX_FILE_BYTES) throw new Error(`it is no file of at most ${MAX_FILE_BYTES} bytes`);
    return await handle.readFile();
  } finally {
    await handle.close();
  }
}

function described(option: keyof Loaded, pem: EtcdPem | undefined): string {
  const file = fileOf(pem);
  return file === undefined ? `tls.${option}` : `tls.${option} (${file})`;
}

function equal(a: Loaded, b: Loaded): boolean {
  const same = (x: Buffer | undefined, y: Buffer | undefined): boolean => (x === undefined || y === undefined ? x === y : x.equals(y));
  return same(a.ca, b.ca) && same(a.cert, b.cert) && same(a.key, b.key);
}

function present({ ca, cert, key }: Loaded): SecureContextOptions {
  return { ...(ca !== undefined && { ca }), ...(cert !== undefined && { cert }), ...(key !== undefined && { key }) };
}
