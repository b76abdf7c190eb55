import { connect, type Socket } from "node:net";
import type { Clock, Endpoint } from "@rollcall/core";
import type { ChaosBehaviour } from "./chaos-behaviour.js";

/** What a link stands on. */
export interface LinkHost {
  readonly target: Pick<Endpoint, "host" | "port">;
  readonly clock: Clock;
  /** Both ends are gone. */
  closed(link: ChaosLink): void;
}

/** One connection through the proxy: the client's end, and one to the target as soon as something is to pass. */
export class ChaosLink {
  readonly #host: LinkHost;
  readonly #client: Socket;
  #upstream: Socket | undefined;
  #behaviour: ChaosBehaviour;
  /** Of the answers, how much may still pass under `half-frame`. */
  #left = 0;

  constructor(host: LinkHost, client: Socket, behaviour: ChaosBehaviour) {
    this.#host = host;
    this.#client = client;
    this.#behaviour = behaviour;
    this.#pump(client, () => this.#upstream);
    client.once("close", () => {
      this.#upstream?.destroy();
      host.closed(this);
    });
    this.behave(behaviour);
  }

  /** From now on. */
  behave(behaviour: ChaosBehaviour): void {
    this.#behaviour = behaviour;
    if (behaviour.kind === "half-frame") this.#left = behaviour.bytes;
    switch (behaviour.kind) {
      case "forward":
      case "delay":
      case "half-frame":
        if (this.#upstream?.destroyed) return this.reset(); // the target left while nothing passed
        this.#upstream ??= this.#connect();
        return this.#read(true);
      case "blackhole":
        return this.#read(true);
      case "silence":
        return this.#read(false);
      case "cut":
      case "refuse":
        return this.reset();
    }
  }

  /** Both sides see their connection reset. */
  reset(): void {
    this.#upstream?.resetAndDestroy();
    this.#client.resetAndDestroy();
  }

  #connect(): Socket {
    const upstream = connect({ ...this.#host.target, allowHalfOpen: true, noDelay: true });
    this.#pump(upstream, () => this.#client);
    return upstream;
  }

  #read(reading: boolean): void {
    for (const socket of [this.#client, this.#upstream]) {
      if (reading) socket?.resume();
      else socket?.pause();
    }
  }

  /** Brings what one end says to the other, in order, each piece when it is due. */
  #pump(from: Socket, to: () => Socket | undefined): void {
    let before = Promise.resolve();
    const pass = (act: (to: Socket) => void): void => {
      const due = this.#due();
      before = before
        .then(() => due)
        .then(() => {
          const other = to();
          if (other !== undefined && !other.destroyed && this.#passes) act(other);
        });
    };
    from.on("error", () => undefined); // "close" follows
    from.on("data", (bytes: Buffer) => pass((other) => this.#write(bytes, from, other)));
    from.on("end", () => pass((other) => other.end()));
    // With an error also when the target refuses.
    from.on("close", (hadError) => pass((other) => (hadError ? other.resetAndDestroy() : other.destroySoon())));
  }

  get #passes(): boolean {
    return ["forward", "delay", "half-frame"].includes(this.#behaviour.kind);
  }

  #due(): Promise<void> | undefined {
    const { clock } = this.#host;
    const behaviour = this.#behaviour;
    return behaviour.kind === "delay" ? new Promise((resolve) => void clock.setTimeout(resolve, behaviour.ms)) : undefined;
  }

  #write(bytes: Buffer, from: Socket, to: Socket): void {
    const behaviour = this.#behaviour;
    if (behaviour.kind === "half-frame" && to === this.#client) {
      const part = bytes.subarray(0, this.#left);
      this.#left -= part.length;
      to.write(part);
      if (this.#left > 0) return;
      this.#read(false);
      if (behaviour.end === "silence") return;
      from.destroy();
      return to.destroySoon(); // a reset could overtake the last bytes
    }
    if (to.write(bytes) || from.isPaused()) return;
    from.pause();
    to.once("drain", () => {
      if (this.#behaviour.kind !== "silence") from.resume();
    });
  }
}
