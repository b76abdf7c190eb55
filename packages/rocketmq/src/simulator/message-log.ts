/** A message that a broker took. */
export interface RocketmqMessage {
  /** Name of the broker. */
  readonly broker: string;
  /** Its queue. */
  readonly queue: number;
  /** Its place in that queue, from 0. */
  readonly offset: number;
  /** As text, uncompressed. */
  readonly body: string;
}

/** Everything that was sent to a cluster. It outlives its brokers. */
export class MessageLog {
  readonly #messages = new Map<string, RocketmqMessage[]>();
  readonly #next = new Map<string, number>();
  #size = 0;

  /** How many messages there are, of all topics. */
  get size(): number {
    return this.#size;
  }

  /** All messages of a topic, in the order in which they came. */
  messages(topic: string): readonly RocketmqMessage[] {
    return [...(this.#messages.get(topic) ?? [])];
  }

  /** Appends some messages to one queue. The offset of the first. */
  append(topic: string, broker: string, queue: number, bodies: readonly string[]): number {
    const messages = this.#messages.get(topic) ?? [];
    this.#messages.set(topic, messages);
    const place = JSON.stringify([topic, broker, queue]);
    const first = this.#next.get(place) ?? 0;
    this.#next.set(place, first + bodies.length);
    messages.push(...bodies.map((body, index) => ({ broker, queue, offset: first + index, body })));
    this.#size += bodies.length;
    return first;
  }
}
