import type { RocketmqClientOptions } from "../rocketmq-options.js";
import type { RemotingRequest, RocketmqConnection } from "../rocketmq-transport.js";
import { connected } from "./remoting-call.js";

/** A broker's connection to one of its nameservers: alive for as long as the broker is registered there. */
export class NameserverLink {
  readonly #address: string;
  readonly #client: RocketmqClientOptions;
  readonly #ended = new AbortController();
  #connection: Promise<RocketmqConnection> | undefined;
  #last: Promise<void> = Promise.resolve();
  #waiting = 0;

  constructor(address: string, client: RocketmqClientOptions) {
    this.#address = address;
    this.#client = client;
  }

  /** Something is said that has not been answered yet. */
  get busy(): boolean {
    return this.#waiting > 0;
  }

  /** Says something, after everything that was said before; resolves once the nameserver has answered, or cannot. */
  async say(request: () => RemotingRequest): Promise<void> {
    this.#waiting += 1;
    this.#last = this.#last.then(() => this.#say(request));
    await this.#last;
    this.#waiting -= 1;
  }

  /** Closes the connection, for ever. */
  close(): void {
    this.#ended.abort();
    void this.#connection?.then(
      (connection) => connection.close(),
      () => {},
    );
  }

  async #say(request: () => RemotingRequest): Promise<void> {
    const known = this.#connection !== undefined;
    if (await this.#tried(request)) return;
    if (known) await this.#tried(request); // the nameserver may have been replaced since
  }

  async #tried(request: () => RemotingRequest): Promise<boolean> {
    const { signal } = this.#ended;
    if (signal.aborted) return true;
    this.#connection ??= connected(this.#address, this.#client, signal);
    try {
      await (await this.#connection).request(request(), { signal });
      return true;
    } catch {
      this.#connection = undefined;
      return false;
    }
  }
}
