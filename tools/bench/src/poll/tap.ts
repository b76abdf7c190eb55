import { subscribe, unsubscribe } from "node:diagnostics_channel";
import type { Socket } from "node:net";

/** What has passed through sockets so far. */
export interface Passed {
  readonly opened: number;
  readonly requests: number;
  readonly bytesOut: number;
  readonly bytesIn: number;
}

/** Where Node tells of every socket that connects somewhere. */
const CHANNEL = "net.client.socket";

/**
 * Counts what this process does with the network from now on until it is disposed, whichever library does it: every socket that it connects, and what passes through
 * those. Kafka's and RocketMQ's clients write whole requests, each with its length before it; HTTP's write the head of a request as one text.
 */
export class Tap implements Disposable {
  readonly #sockets: Socket[] = [];
  #requests = 0;
  readonly #heard = (message: unknown): void => this.#add((message as { readonly socket: Socket }).socket);

  constructor() {
    subscribe(CHANNEL, this.#heard);
  }

  get passed(): Passed {
    const sum = (of: (socket: Socket) => number): number => this.#sockets.reduce((total, socket) => total + of(socket), 0);
    return {
      opened: this.#sockets.length,
      requests: this.#requests,
      bytesOut: sum(({ bytesWritten }) => bytesWritten),
      bytesIn: sum(({ bytesRead }) => bytesRead),
    };
  }

  /** How many sockets are open now. */
  get open(): number {
    return this.#sockets.filter(({ closed }) => !closed).length;
  }

  [Symbol.dispose](): void {
    unsubscribe(CHANNEL, this.#heard);
  }

  #add(socket: Socket): void {
    this.#sockets.push(socket);
    const [connect, write] = [socket.connect, socket.write].map(
      (method) => method.bind(socket) as (...args: readonly unknown[]) => unknown,
    );
    const counting = (data: string | Uint8Array, ...others: readonly unknown[]): unknown => {
      this.#requests += typeof data === "string" ? 1 : countFrames(data);
      return write?.(data, ...others);
    };
    // Connecting comes next, and gives a socket back the method that it is born with.
    Object.assign(socket, { connect: (...args: readonly unknown[]) => Object.assign(connect?.(...args) as Socket, { write: counting }) });
  }
}

function countFrames(frames: Uint8Array): number {
  const view = new DataView(frames.buffer, frames.byteOffset, frames.byteLength);
  let count = 0;
  for (let at = 0; at < frames.length; at += 4 + view.getInt32(at)) count += 1;
  return count;
}
