import type { WatchContext } from "@rollcall/core";
import { addressUrl, type EtcdAddress } from "./etcd-address.js";
import type { EtcdConnection } from "./etcd-transport.js";

/**
 * The one connection that outlives a poll: to whoever answered last. It is let go when somebody else answers, when it is lost
 * (which asks for a poll), when polling stops, and on close.
 */
export class HeldConnection {
  #held: { readonly address: EtcdAddress; readonly connection: EtcdConnection } | undefined;
  #watch: WatchContext | undefined;
  #closed = false;

  /** Whose connection is held. */
  get address(): EtcdAddress | undefined {
    return this.#held?.address;
  }

  /** The held connection, if it leads to this URL. */
  to(url: string): EtcdConnection | undefined {
    return this.#held !== undefined && addressUrl(this.#held.address) === url ? this.#held.connection : undefined;
  }

  /** Whether polling has ended, so that nothing may be held. */
  get #ended(): boolean {
    return this.#closed || this.#watch?.signal.aborted === true;
  }

  /** Polling begins: hold connections until its signal fires. */
  watch(context: WatchContext): void {
    this.#watch = context;
    context.signal.addEventListener("abort", () => this.#letGo(), { once: true });
  }

  /** Holds this connection instead of the one before, which is closed. */
  hold(address: EtcdAddress, connection: EtcdConnection): void {
    if (this.#held?.connection === connection) return;
    this.#letGo();
    if (this.#ended) {
      connection.close();
      return;
    }
    this.#held = { address, connection };
    connection.onLost(() => {
      if (this.#held?.connection !== connection) return;
      this.#letGo();
      this.#watch?.changed();
    });
  }

  /** Lets go for good. */
  close(): void {
    this.#closed = true;
    this.#letGo();
  }

  #letGo(): void {
    this.#held?.connection.close();
    this.#held = undefined;
  }
}
