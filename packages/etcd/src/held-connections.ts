import type { Clock, WatchContext } from "@rollcall/core";
import { addressUrl, type EtcdAddress } from "./etcd-address.js";
import type { EtcdConnection } from "./etcd-transport.js";

/** A connection, and the address it was made to. */
export interface Held {
  readonly address: EtcdAddress;
  readonly connection: EtcdConnection;
}

/** How the spare is made. */
export interface SpareOptions {
  readonly connect: (address: EtcdAddress) => EtcdConnection;
  /** How long that may take, in milliseconds: a socket that is still connecting keeps the process alive. */
  readonly timeoutMs: number;
  readonly clock: Clock;
}

/**
 * The connections that outlive a poll: the one that polls use, to whoever answered last, and a silent spare to another member.
 * Losing either asks for a poll. One alone would not do: when every member is replaced in turn and the one it leads to is
 * the last, its loss comes after everybody known has gone. Of two, one leads to a member that still knows the rest.
 * All are let go when polling stops, and on close.
 */
export class HeldConnections {
  readonly #spare: SpareOptions;
  /** In the order in which they are asked. */
  #held: readonly Held[] = [];
  #dial: { readonly connection: EtcdConnection; readonly timeout: unknown } | undefined;
  /** Listed URLs that were given up, dialled or new since all were so: not the best to try next. */
  #doubtful = new Set<string>();
  /** URLs in the answer before. */
  #listed = new Set<string>();
  #watch: WatchContext | undefined;
  #closed = false;

  constructor(spare: SpareOptions) {
    this.#spare = spare;
  }

  /** Whom the connections lead to, in the order in which to ask. */
  get addresses(): readonly EtcdAddress[] {
    return this.#held.map(({ address }) => address);
  }

  /** The connection that leads to this URL, if there is one. */
  to(url: string): EtcdConnection | undefined {
    return this.#held.find(({ address }) => addressUrl(address) === url)?.connection;
  }

  /** Polling begins: hold connections until its signal fires. */
  watch(context: WatchContext): void {
    this.#watch = context;
    context.signal.addEventListener("abort", () => this.letGo(), { once: true });
  }

  /**
   * A poll was answered. Lets go of whoever was asked before in vain and of a spare that leads to nobody listed, and sees to
   * it that there is a spare.
   * @param others - where a spare may lead
   */
  answered(by: Held, others: readonly EtcdAddress[]): void {
    if (this.#ended) return by.connection.close();
    const at = this.#held.findIndex(({ connection }) => connection === by.connection);
    const usable = new Set(others.map(addressUrl));
    const spares = at < 0 ? [] : this.#held.slice(at + 1).filter(({ address }) => usable.has(addressUrl(address)));
    this.#keepOnly([by, ...spares]);
    if (at < 0) this.#hold(by);
    this.#abandonDial();
    // Newcomers may not serve yet; and where members are being replaced, it is an old one that goes next and has to be noticed.
    this.#doubtful = new Set([...usable].filter((url) => this.#doubtful.has(url) || !this.#listed.has(url)));
    this.#listed = new Set(usable).add(addressUrl(by.address));
    // Being lost is all that a spare is for, so there is none unless somebody watches.
    if (this.#held.length < 2 && this.#watch !== undefined) this.#dialSpare(others).catch(() => undefined);
  }

  /** Lets go of every connection. */
  letGo(): void {
    this.#abandonDial();
    this.#keepOnly([]);
  }

  /** Lets go for good. */
  close(): void {
    this.#closed = true;
    this.letGo();
  }

  /** Whether polling has ended, so that nothing may be held. */
  get #ended(): boolean {
    return this.#closed || this.#watch?.signal.aborted === true;
  }

  #keepOnly(keep: readonly Held[]): void {
    const kept = new Set(keep.map(({ connection }) => connection));
    for (const { address, connection } of this.#held) {
      if (kept.has(connection)) continue;
      connection.close();
      this.#doubtful.add(addressUrl(address));
    }
    this.#held = this.#held.filter(({ connection }) => kept.has(connection));
  }

  #hold(held: Held): void {
    this.#held = [...this.#held, held];
    held.connection.onLost(() => {
      if (!this.#held.includes(held)) return;
      this.#keepOnly(this.#held.filter((other) => other !== held));
      this.#watch?.changed();
    });
  }

  /** One attempt, in silence; at a doubtful member only if there is no other. */
  async #dialSpare(others: readonly EtcdAddress[]): Promise<void> {
    const { clock, connect, timeoutMs } = this.#spare;
    if (others.every((address) => this.#doubtful.has(addressUrl(address)))) this.#doubtful.clear();
    const choice = others.filter((address) => !this.#doubtful.has(addressUrl(address)));
    const address = choice[Math.floor(clock.random() * choice.length)];
    if (address === undefined) return;
    this.#doubtful.add(addressUrl(address));
    const connection = connect(address);
    const dial = { connection, timeout: clock.setTimeout(() => this.#abandonDial(), timeoutMs) };
    this.#dial = dial;
    const established = await connection.establish().then(
      () => true,
      () => false,
    );
    if (this.#dial !== dial) return; // abandoned, perhaps for another one
    if (!established) return this.#abandonDial();
    clock.clearTimeout(dial.timeout);
    this.#dial = undefined;
    this.#hold({ address, connection });
  }

  #abandonDial(): void {
    this.#spare.clock.clearTimeout(this.#dial?.timeout);
    this.#dial?.connection.close();
    this.#dial = undefined;
  }
}
