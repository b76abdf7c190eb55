import type { EtcdCallOptions, EtcdConnection } from "./etcd-transport.js";

/** A connection that can only be made once its certificates have been read, which happens when it is first used. */
export class TlsConnection implements EtcdConnection {
  readonly #make: () => Promise<EtcdConnection>;
  readonly #closed = new AbortController();
  #making: Promise<EtcdConnection> | undefined;
  #made: EtcdConnection | undefined;

  constructor(make: () => Promise<EtcdConnection>) {
    this.#make = make;
  }

  async call(path: string, request: Uint8Array, options: EtcdCallOptions): Promise<Uint8Array> {
    const connection = this.#made ?? (await this.#connection(options.signal));
    return connection.call(path, request, options);
  }

  async establish(): Promise<void> {
    const connection = this.#made ?? (await this.#connection(this.#closed.signal));
    return connection.establish();
  }

  onLost(callback: () => void): void {
    if (this.#made === undefined) queueMicrotask(callback);
    else this.#made.onLost(callback);
  }

  close(): void {
    this.#closed.abort(new Error("the connection is closed"));
    this.#made?.close();
  }

  /** Waits no longer than the signal lets it: a file on a network may stay silent. */
  #connection(signal: AbortSignal): Promise<EtcdConnection> {
    return new Promise((resolve, reject) => {
      signal.throwIfAborted();
      const giveUp = (): void => reject(signal.reason);
      signal.addEventListener("abort", giveUp, { once: true });
      this.#making ??= this.#start();
      this.#making.then(resolve, reject).finally(() => signal.removeEventListener("abort", giveUp));
    });
  }

  async #start(): Promise<EtcdConnection> {
    const connection = await this.#make();
    if (this.#closed.signal.aborted) {
      connection.close();
      throw this.#closed.signal.reason;
    }
    this.#made = connection;
    return connection;
  }
}
