import type { Clock } from "@rollcall/core";
import { type ClusterImage, settled, unfenced, withFenced } from "./cluster-image.js";

/** Decides what the cluster is: applies changes, fences brokers whose session ended, and tells every broker. */
export class Controller {
  readonly #clock: Clock;
  readonly #sessionMs: number;
  readonly #publish: (image: ClusterImage) => void;
  /** Brokers that send no heartbeats. */
  readonly #silent = new Set<number>();
  readonly #sessions = new Map<number, unknown>();
  #image: ClusterImage = { brokers: [], topics: [] };
  #up = true;

  /**
   * @param sessionMs - how long a broker may be silent before it is fenced
   * @param publish - called with every new image, while there is a controller
   */
  constructor(clock: Clock, sessionMs: number, publish: (image: ClusterImage) => void) {
    this.#clock = clock;
    this.#sessionMs = sessionMs;
    this.#publish = publish;
  }

  /** What was decided last. */
  get image(): ClusterImage {
    return this.#image;
  }

  get up(): boolean {
    return this.#up;
  }

  /** Applies a change, which may throw, and tells the brokers. Throws while the controller is down. */
  change(by: (image: ClusterImage) => ClusterImage): void {
    if (!this.#up) throw new Error("the controller is down: nothing changes in this cluster");
    this.#image = settled(by(this.#image));
    this.#publish(this.#image);
  }

  /** A broker sends no heartbeats from now on: it is fenced when its session ends. */
  lost(id: number): void {
    this.#silent.add(id);
    if (this.#up) this.#await(id);
  }

  /** A broker sends heartbeats. */
  heard(id: number): void {
    this.#silent.delete(id);
    this.#forget(id);
  }

  /** Ends the controller: nothing is decided and nobody is told anything. */
  stop(): void {
    this.#up = false;
    for (const id of this.#sessions.keys()) this.#forget(id);
  }

  /** Starts the controller again: it gives every broker one more session. */
  start(): void {
    this.#up = true;
    this.#publish(this.#image);
    for (const id of this.#silent) this.#await(id);
  }

  #await(id: number): void {
    this.#forget(id);
    if (!unfenced(this.#image).includes(id)) return;
    this.#sessions.set(
      id,
      this.#clock.setTimeout(() => this.#end(id), this.#sessionMs),
    );
  }

  #end(id: number): void {
    this.#forget(id);
    this.change((image) => withFenced(image, id, true));
  }

  #forget(id: number): void {
    this.#clock.clearTimeout(this.#sessions.get(id));
    this.#sessions.delete(id);
  }
}
