import { connect, type Socket } from "node:net";
import type { ISocketFactory } from "kafkajs";

/** What has passed through sockets so far. */
export interface Passed {
  readonly opened: number;
  readonly requests: number;
  readonly bytesOut: number;
  readonly bytesIn: number;
}

/** Counts everything that a Kafka client which was given its `factory` as `socketFactory` does with the network. */
export class Tap {
  readonly #sockets: Socket[] = [];
  #requests = 0;

  readonly factory: ISocketFactory = ({ host, port, onConnect }) => {
    const socket = connect({ host, port }, onConnect);
    const write = socket.write.bind(socket);
    this.#sockets.push(socket);
    return Object.assign(socket, {
      write: (frames: Buffer, encoding: BufferEncoding) => {
        this.#requests += countFrames(frames);
        return write(frames, encoding);
      },
    });
  };

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
}

/** Clients write whole requests, each with its length before it. */
function countFrames(frames: Buffer): number {
  let count = 0;
  for (let at = 0; at < frames.length; at += 4 + frames.readInt32BE(at)) count += 1;
  return count;
}
