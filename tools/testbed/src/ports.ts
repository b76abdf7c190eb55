import { once } from "node:events";
import { createServer, type Server } from "node:net";

// Below 32768, where Linux begins to hand out ports of outgoing connections: a server there can lose its port while it restarts.
const FIRST_PORT = 20_000;
const BLOCK_SIZE = 200;
const BLOCKS = 50;

/**
 * Free ports on 127.0.0.1, between 20000 and 29999, for servers that are started with a port number and restarted on it.
 *
 * Ports come in blocks. A block belongs to whoever listens on its first port, so that owners in different processes never
 * share one and a crashed owner leaves nothing behind. No port is given out twice by the same object.
 */
export class Ports implements AsyncDisposable {
  readonly #locks: Server[] = [];
  readonly #random: () => number;
  #next = 0;
  #end = 0;
  #queue: Promise<unknown> = Promise.resolve();

  /** @param random Where the search for a free block begins, in [0, 1); default `Math.random`. */
  constructor(random: () => number = Math.random) {
    this.#random = random;
  }

  /**
   * A port that nobody listens on and no other owner will be given. Rejects when all 50 blocks are taken.
   *
   * @param inRow For a server that listens on several: it is the last of so many, one after another; default 1.
   */
  take(inRow = 1): Promise<number> {
    const port = this.#queue.then(() => this.#takeRow(inRow));
    this.#queue = port.catch(() => {});
    return port;
  }

  async #takeRow(length: number): Promise<number> {
    let last = await this.#takeNext();
    for (let taken = 1; taken < length; ) {
      const next = await this.#takeNext();
      taken = next === last + 1 ? taken + 1 : 1;
      last = next;
    }
    return last;
  }

  async #takeNext(): Promise<number> {
    while (true) {
      if (this.#next === this.#end) await this.#lockBlock();
      const port = this.#next++;
      // Programs other than ours do not know about blocks.
      const probe = await listen(port);
      if (probe === undefined) continue;
      await close(probe);
      return port;
    }
  }

  async #lockBlock(): Promise<void> {
    const start = Math.floor(this.#random() * BLOCKS);
    for (let i = 0; i < BLOCKS; i++) {
      const first = FIRST_PORT + ((start + i) % BLOCKS) * BLOCK_SIZE;
      const lock = await listen(first);
      if (lock === undefined) continue;
      this.#locks.push(lock.unref());
      this.#next = first + 1;
      this.#end = first + BLOCK_SIZE;
      return;
    }
    throw new Error(`no free block of ports between ${FIRST_PORT} and ${FIRST_PORT + BLOCKS * BLOCK_SIZE - 1} on 127.0.0.1`);
  }

  /** Gives all ports back. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#locks.splice(0).map(close));
    this.#next = this.#end;
  }
}

async function listen(port: number): Promise<Server | undefined> {
  const server = createServer((socket) => socket.destroy());
  server.listen(port, "127.0.0.1");
  try {
    await once(server, "listening");
    return server;
  } catch {
    return undefined;
  }
}

async function close(server: Server): Promise<void> {
  server.close();
  await once(server, "close");
}
