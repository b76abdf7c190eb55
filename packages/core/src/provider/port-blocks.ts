import { once } from "node:events";
import { createServer, type Server } from "node:net";
import { systemClock } from "../clock.js";

// Below 32768, where Linux begins to give out ports by itself: it would give away that of a server which is down.
const FIRST_PORT = 10_000;
const BLOCK_SIZE = 50;
const BLOCKS = 200;
/** No value of the caller's, which may well be undefined. */
const TAKEN: unique symbol = Symbol("taken");

/**
 * The ports of one simulated cluster, between 10000 and 19999. They come in blocks, and a block belongs to whoever listens on its first port: a port stays free for its
 * server while that is down, whatever other clusters do, and an owner that crashes leaves nothing behind.
 */
export class PortBlocks {
  readonly #host: string;
  readonly #locks: Server[] = [];
  #unused: readonly number[] = [];

  /** @param host - address of this machine whose ports they are */
  constructor(host: string) {
    this.#host = host;
  }

  /**
   * Has somebody listen on a port that this cluster has not used yet. Rejects with what `listen` rejects with, unless the port is taken by a program that knows nothing
   * of blocks: then the next one is tried. Rejects with an Error if no block is free.
   */
  async listen<T>(listen: (port: number) => Promise<T>): Promise<T> {
    while (true) {
      const [port, ...rest] = this.#unused;
      if (port === undefined) {
        this.#unused = await this.#oneMore();
        continue;
      }
      this.#unused = rest;
      const listening = await unlessTaken(listen(port));
      if (listening !== TAKEN) return listening;
    }
  }

  /** Gives all ports back. */
  async end(): Promise<void> {
    await Promise.all(
      this.#locks.splice(0).map(async (lock) => {
        lock.close();
        await once(lock, "close");
      }),
    );
  }

  /** The ports of one more block. They begin anywhere in it, so that a new cluster is seldom where one has just ended. */
  async #oneMore(): Promise<readonly number[]> {
    const begin = anyBelow(BLOCKS);
    for (let block = 0; block < BLOCKS; block += 1) {
      const first = FIRST_PORT + ((begin + block) % BLOCKS) * BLOCK_SIZE;
      const lock = await unlessTaken(locked(this.#host, first));
      if (lock === TAKEN) continue;
      this.#locks.push(lock);
      const ports = Array.from({ length: BLOCK_SIZE - 1 }, (_, index) => first + 1 + index);
      const at = anyBelow(ports.length);
      return [...ports.slice(at), ...ports.slice(0, at)];
    }
    throw new Error(`${this.#host} has no free block of ports between ${FIRST_PORT} and ${FIRST_PORT + BLOCKS * BLOCK_SIZE - 1}`);
  }
}

function anyBelow(limit: number): number {
  return Math.floor(systemClock.random() * limit);
}

async function locked(host: string, port: number): Promise<Server> {
  const lock = createServer((socket) => socket.destroy()).listen(port, host);
  await once(lock, "listening");
  return lock;
}

/** `TAKEN` if the port is taken; also where Windows keeps it for itself. */
async function unlessTaken<T>(listening: Promise<T>): Promise<T | typeof TAKEN> {
  try {
    return await listening;
  } catch (error) {
    const { code } = Object(error) as NodeJS.ErrnoException; // not instanceof: Jest's errors are of another realm
    if (code === "EADDRINUSE" || code === "EACCES") return TAKEN;
    throw error;
  }
}
