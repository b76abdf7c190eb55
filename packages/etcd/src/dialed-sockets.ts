import { AsyncLocalStorage } from "node:async_hooks";
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import type { Socket } from "node:net";

/** Where Node.js announces every client socket, before it connects. */
const CLIENT_SOCKETS = "net.client.socket";

/**
 * The sockets that one channel of grpc-js opens, so that they can be closed for certain. grpc-js lets go of a connection that is
 * still being made without closing it: to a stopped process it would stay open until that process wakes up, to a host
 * that drops packets until the operating system gives up. The execution context tells whose socket it is; it is followed
 * only while one is being made or a call is in progress, because that costs every promise of the process a little. (TLS sockets of grpc-js 1.12 are not
 * announced; 1.13 and later are complete.)
 */
export class DialedSockets {
  readonly #sockets = new Set<Socket>();
  readonly #context = new AsyncLocalStorage<true>();
  #dials = 0;
  readonly #announced = (message: unknown): void => {
    if (this.#context.getStore() !== true) return;
    const { socket } = message as { readonly socket: Socket };
    this.#sockets.add(socket);
    socket.once("close", () => this.#sockets.delete(socket));
  };

  /** Runs what may dial, and follows it until {@link DialedSockets.settled} has been called as often, once for each that returned. */
  during<R>(dial: () => R): R {
    this.#dials += 1;
    if (this.#dials === 1) subscribe(CLIENT_SOCKETS, this.#announced);
    try {
      return this.#context.run(true, dial);
    } catch (error) {
      this.settled();
      throw error;
    }
  }

  /** One dial is over. */
  settled(): void {
    this.#dials -= 1;
    if (this.#dials === 0) this.#stopFollowing();
  }

  /** Closes every socket, also one that grpc-js makes in this turn: it does not look whether anybody still wants it. Final. */
  destroy(): void {
    this.#dials += 1; // never over: dials that end in this turn do not end the following, and later ones do not begin it again
    this.#destroyAll();
    setImmediate(() => {
      this.#stopFollowing();
      this.#destroyAll();
    });
  }

  #destroyAll(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  #stopFollowing(): void {
    unsubscribe(CLIENT_SOCKETS, this.#announced);
    this.#context.disable();
  }
}
